/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_pm_counters.c - the node of an HPE Cray EX */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/pm_counters.h"

#define FOLDER "sys/cray/pm_counters/"

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
    struct sample sample;
};

static void add_node(int fd)
{
    tree_write(fd, FOLDER "energy", "178214555 J 1734094386462336 us\n");
    tree_write(fd, FOLDER "power", "341 W 1734094386462336 us\n");
    tree_write(fd, FOLDER "cpu_energy", "52000000 J 1734094386462336 us\n");
    tree_write(fd, FOLDER "freshness", "1234567\n");
    tree_write(fd, FOLDER "generation", "3\n");
}

static void probe(struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(&probed->machine);
    probed->reader = NULL;
    assert_int_equal(reader_pm_counters.probe(&probed->machine.env, &probed->reader,
                                              &probed->status, &err),
                     0);
}

static void read_one(struct probed *probed)
{
    assert_non_null(probed->reader);
    reader_pm_counters.read(probed->reader, &probed->sample);
}

static void tear_down(struct probed *probed)
{
    reader_pm_counters.close(probed->reader);
    machine_tear_down(&probed->machine);
}

static void test_the_node_is_a_board(void **state)
{
    struct probed probed;
    const struct device *device;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_node(probed.machine.fd);
    probe(&probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    device = &probed.reader->devices[0];
    assert_string_equal(device->id, "board-cray");
    assert_int_equal(device->kind, DEVICE_BOARD);
    assert_int_equal(device->fields, SAMPLE_ENERGY | SAMPLE_POWER);
    assert_true(device->counter_range_uj == 0); /* it does not wrap */
    assert_true(fabs(device->band_ratio - 0.06) < 1e-9);
    read_one(&probed);
    assert_int_equal(probed.sample.error, 0);
    assert_int_equal(probed.sample.valid, SAMPLE_ENERGY | SAMPLE_POWER);
    assert_true(probed.sample.energy_uj == UINT64_C(178214555000000));
    assert_true(fabs(probed.sample.power_watts - 341) < 1e-9);
    tear_down(&probed);
}

static void test_text_that_is_no_counter(void **state)
{
    static const char *const bad[] = { "",
                                       "J",
                                       "12",
                                       "12 W",
                                       "12J",
                                       "-1 J",
                                       "1.5 J",
                                       "12 J x us",
                                       "12 J 5",
                                       "12 J 5 ms",
                                       "12 J 5 us us",
                                       "12 Joule",
                                       "0x10 J",
                                       "12 J5 us",
                                       "999999999999999999999999 J",
                                       "99999999999999999999 J" };
    uint64_t value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(pm_counter_parse(bad[i], "J", &value));
    assert_true(value == 7);
    assert_true(pm_counter_parse("12 J", "J", &value) && value == 12);
    assert_true(pm_counter_parse(" 13 J 5 us\n", "J", &value) && value == 13);
    assert_true(pm_counter_parse("0 W 1734094386462336 us", "W", &value) && value == 0);
    assert_true(pm_counter_parse("18446744073709551615 J", "J", &value) && value == UINT64_MAX);
}

static void test_other_machines_have_none(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "epyc-2s");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_string_equal(probed.status.fix, "");
    tear_down(&probed);
    machine_set_up(&probed.machine, NULL); /* no /sys at all */
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tear_down(&probed);
}

static void test_a_forbidden_or_broken_node_is_said(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_mkdir(probed.machine.fd, FOLDER "energy");
    tree_mkdir(probed.machine.fd, FOLDER "power");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_DENIED);
    assert_non_null(strstr(probed.status.fix, "chmod a+r"));
    tear_down(&probed);

    machine_set_up(&probed.machine, NULL);
    tree_write(probed.machine.fd, FOLDER "energy", "garbage\n");
    tree_write(probed.machine.fd, FOLDER "power", "");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "no number"));
    tear_down(&probed);

    machine_set_up(&probed.machine, NULL);
    tree_mkdir(probed.machine.fd, "sys/cray/pm_counters");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    tear_down(&probed);
}

static void test_without_an_energy_the_power_is_read(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_write(probed.machine.fd, FOLDER "power", "341 W 5 us\n");
    probe(&probed);
    assert_int_equal(probed.reader->devices[0].fields, SAMPLE_POWER);
    read_one(&probed);
    assert_int_equal(probed.sample.valid, SAMPLE_POWER);
    /* a node that is on does not draw nothing */
    tree_update(probed.machine.fd, FOLDER "power", "0 W 6 us\n");
    read_one(&probed);
    assert_int_equal(probed.sample.valid, 0);
    assert_int_equal(probed.sample.error, -ENODATA);
    tear_down(&probed);
}

static void test_a_reading_that_fails_is_a_gap(void **state)
{
    static const char padded[] = "178214600 J 1734094386562336 us\n\0\0\0";
    struct probed probed;
    int fd;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_node(probed.machine.fd);
    probe(&probed);
    tree_update(probed.machine.fd, FOLDER "energy", "what\n");
    read_one(&probed);
    assert_int_equal(probed.sample.valid, 0); /* its power alone is not its energy */
    assert_int_equal(probed.sample.error, -EBADMSG);
    tree_update(probed.machine.fd, FOLDER "energy", "99999999999999999 J 5 us\n");
    read_one(&probed);
    assert_int_equal(probed.sample.valid, 0); /* no 64 bits of microjoules hold it */
    assert_int_equal(probed.sample.error, -ERANGE);
    assert_int_equal(unlinkat(probed.machine.fd, FOLDER "energy", 0), 0);
    read_one(&probed);
    assert_int_equal(probed.sample.valid, 0);
    assert_int_equal(probed.sample.error, -ENODEV);
    tree_write(probed.machine.fd, FOLDER "energy", "");
    fd = openat(probed.machine.fd, FOLDER "energy", O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, padded, sizeof(padded)), sizeof(padded));
    (void)close(fd);
    read_one(&probed);
    assert_int_equal(probed.sample.error, 0);
    assert_true(probed.sample.energy_uj == UINT64_C(178214600000000));
    /* a power that cannot be read costs the peak only */
    assert_int_equal(unlinkat(probed.machine.fd, FOLDER "power", 0), 0);
    assert_int_equal(unlinkat(probed.machine.fd, FOLDER "freshness", 0), 0);
    read_one(&probed);
    assert_int_equal(probed.sample.valid, SAMPLE_ENERGY);
    tear_down(&probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_node_is_a_board),
        cmocka_unit_test(test_text_that_is_no_counter),
        cmocka_unit_test(test_other_machines_have_none),
        cmocka_unit_test(test_a_forbidden_or_broken_node_is_said),
        cmocka_unit_test(test_without_an_energy_the_power_is_read),
        cmocka_unit_test(test_a_reading_that_fails_is_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
