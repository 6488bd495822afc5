/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_tegra_gpu.c - graphics of a Jetson by their load, and what they are taken to draw */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "readers/tegra_gpu.h"
#include "session/plan.h"

#define LOAD "sys/devices/57000000.gpu/load"

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
};

static void set_up(struct probed *probed, const char *name)
{
    struct aico2_error err = { 0 };

    machine_set_up(&probed->machine, name);
    probed->reader = NULL;
    assert_int_equal(reader_tegra_gpu.probe(&probed->machine.env, &probed->reader, &probed->status,
                                            &err),
                     0);
}

static void tear_down(struct probed *probed)
{
    reader_tegra_gpu.close(probed->reader);
    machine_tear_down(&probed->machine);
}

static struct sample read_one(struct probed *probed)
{
    struct sample sample;

    probed->machine.time.now_ns += NSEC_PER_SEC;
    reader_tegra_gpu.read(probed->reader, &sample);
    assert_true(sample.mono_ns == probed->machine.time.now_ns);
    return sample;
}

static void test_the_load_of_a_nano(void **state)
{
    struct probed probed;
    struct sample sample;

    (void)state;
    set_up(&probed, "jetson-nano");
    assert_non_null(probed.reader);
    assert_int_equal(probed.reader->device_count, 1);
    assert_int_equal(probed.reader->devices[0].kind, DEVICE_GPU);
    assert_int_equal(probed.reader->devices[0].fields, SAMPLE_UTILIZATION);
    assert_string_equal(probed.reader->devices[0].model, "GPU of NVIDIA Jetson Nano Developer Kit");
    sample = read_one(&probed);
    assert_int_equal(sample.valid, SAMPLE_UTILIZATION);
    assert_true(sample.utilization_ratio == 0.342);
    tear_down(&probed);
}

static void test_what_is_no_load_is_a_gap_until_it_is_one(void **state)
{
    static const char *const texts[] = { "", "1001\n", "-1\n", "garbage\n" };
    struct probed probed;

    (void)state;
    set_up(&probed, "jetson-nano");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        tree_update(probed.machine.fd, LOAD, texts[i]);
        assert_int_equal(read_one(&probed).valid, 0);
        assert_int_equal(read_one(&probed).error, -EBADMSG);
    }
    assert_int_equal(unlinkat(probed.machine.fd, LOAD, 0), 0);
    assert_int_equal(read_one(&probed).error, -ENOENT);
    tree_mkdir(probed.machine.fd, LOAD);
    assert_int_equal(read_one(&probed).error, -EISDIR);
    assert_int_equal(unlinkat(probed.machine.fd, LOAD, AT_REMOVEDIR), 0);
    tree_write(probed.machine.fd, LOAD, "1000\n");
    assert_true(read_one(&probed).utilization_ratio == 1);
    tear_down(&probed);
}

static void test_others_have_none(void **state)
{
    static const char *const names[] = { "laptop", "gh200", "jetson-thor", "container-masked" };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct probed probed;

        set_up(&probed, names[i]);
        assert_null(probed.reader);
        assert_int_equal(probed.status.state, READER_ABSENT);
        assert_true(probed.status.reason[0] != '\0');
        tear_down(&probed);
    }
    reader_tegra_gpu.close(NULL);
}

/* Half of the Nano's 10 W, a twentieth of it without load; half of 15 W of a module nobody knows. */
static void test_it_is_taken_for_half_of_the_module(void **state)
{
    struct probed probed;
    struct plan plan;

    (void)state;
    set_up(&probed, "jetson-nano");
    plan_gpu(&probed.reader->devices[0], &plan);
    assert_int_equal(plan.method, METER_UTILIZATION);
    assert_true(plan.model.full_watts == 5 && plan.model.idle_watts == 0.25);
    assert_true(probed.reader->devices[0].band_ratio == 1);
    assert_int_equal(probed.reader->devices[0].basis, BASIS_ASSUMED);
    assert_string_equal(probed.reader->devices[0].rated_source,
                        "half of jetson_power_modes.csv: Jetson Nano, MAXN");
    assert_string_equal(plan.warning, "");
    (void)snprintf(probed.reader->devices[0].product, DEVICE_PRODUCT_SIZE, "Jetson");
    plan_gpu(&probed.reader->devices[0], &plan);
    assert_true(plan.model.full_watts == 7.5);
    tear_down(&probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_load_of_a_nano),
        cmocka_unit_test(test_what_is_no_load_is_a_gap_until_it_is_one),
        cmocka_unit_test(test_others_have_none),
        cmocka_unit_test(test_it_is_taken_for_half_of_the_module),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
