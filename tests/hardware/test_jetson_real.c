/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/test_jetson_real.c - the rails and the live figures of this Jetson; skipped on others */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "readers/gauges.h"
#include "readers/jetson.h"

enum { SKIPPED = 77, ROUNDS = 10, DEVICES_MAX = 80 };

static struct reader *reader;
static struct reader_env env;

static void wait_a_tenth(void)
{
    struct timespec pause = { .tv_nsec = 110 * 1000 * 1000 };

    while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
        ;
}

/* A module draws something, no more than the largest can; what lies within draws no more than it. */
static void test_rails_make_sense(void **state)
{
    struct sample samples[DEVICES_MAX];

    (void)state;
    assert_in_range(reader->device_count, 1, DEVICES_MAX);
    assert_int_equal(reader->devices[0].kind, DEVICE_MODULE);
    print_message("# %s (%s), mode %s\n", reader->devices[0].model, reader->devices[0].product,
                  reader->devices[0].power_mode);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t begin_ns = clock_mono_ns();
        double parts_watts = 0;

        reader_jetson.read(reader, samples);
        print_message("# read in %.2f ms\n", (double)(clock_mono_ns() - begin_ns) / 1e6);
        assert_int_equal(samples[0].valid, SAMPLE_POWER);
        assert_true(samples[0].power_watts > 0.2 && samples[0].power_watts < 200);
        for (size_t j = 0; j < reader->device_count; j++) {
            const struct device *device = &reader->devices[j];

            print_message("#   %-24s %7.3f W%s%s\n", device->id, samples[j].power_watts,
                          device->note[0] != '\0' ? "  " : "", device->note);
            if (device->kind == DEVICE_PART && device->note[0] == '\0')
                parts_watts += samples[j].power_watts;
            if ((samples[j].valid & SAMPLE_UTILIZATION) != 0)
                assert_true(samples[j].utilization_ratio >= 0 && samples[j].utilization_ratio <= 1);
        }
        assert_true(parts_watts <= 1.14 * samples[0].power_watts + 0.2);
        wait_a_tenth();
    }
}

static void test_live_figures_make_sense(void **state)
{
    struct gauges *gauges;
    const struct gauge *items;
    size_t count;
    size_t known = 0;

    (void)state;
    assert_int_equal(gauges_new(&env, &gauges), 0);
    assert_int_equal(gauges_read(gauges, &items, &count), 0);
    wait_a_tenth();
    assert_int_equal(gauges_read(gauges, &items, &count), 0);
    for (size_t i = 0; i < count; i++) {
        print_message("# %-32s %12g %s%s%s\n", items[i].name, items[i].value,
                      gauge_unit_name(items[i].unit), items[i].reason[0] != '\0' ? "  " : "",
                      items[i].reason);
        known += isfinite(items[i].value);
        if (items[i].unit == GAUGE_RATIO && isfinite(items[i].value))
            assert_true(items[i].value >= 0 && items[i].value <= 1);
        if (items[i].unit == GAUGE_CELSIUS && isfinite(items[i].value))
            assert_true(items[i].value > -50 && items[i].value < 130);
    }
    assert_true(known >= 8); /* CPUs, memory, temperatures and rails at least */
    gauges_free(gauges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rails_make_sense),
        cmocka_unit_test(test_live_figures_make_sense),
    };
    struct reader_status status;
    struct aico2_error err = { 0 };
    int failed;

    env = (struct reader_env){
        .proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .sys_fd = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .dev_fd = -1,
        .etc_fd = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .clock = &clock_system,
    };
    if (reader_jetson.probe(&env, &reader, &status, &err) < 0 || reader == NULL) {
        (void)fprintf(stderr, "skipped: %s\n", status.reason);
        return SKIPPED;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    reader_jetson.close(reader);
    return failed;
}
