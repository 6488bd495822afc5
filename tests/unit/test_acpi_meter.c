/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_acpi_meter.c - ACPI meters of a whole machine, and chips found by name */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "readers/acpi_meter.h"
#include "readers/hwmon.h"

#define BUS "sys/devices/LNXSYSTM:00/LNXSYBUS:00/"
#define METER BUS "ACPI000D:00"
#define LINK "sys/class/hwmon/"

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
    struct sample samples[304];
};

/* Old layout: name and attributes on the ACPI device, hwmonN nearly empty. */
static void add_meter(int fd, const char *device, int number, const char *average)
{
    char path[160];
    char target[160];

    (void)snprintf(path, sizeof(path), BUS "%s/name", device);
    tree_write(fd, path, "power_meter\n");
    if (average != NULL) {
        (void)snprintf(path, sizeof(path), BUS "%s/power1_average", device);
        tree_write(fd, path, average);
    }
    (void)snprintf(path, sizeof(path), BUS "%s/hwmon/hwmon%d", device, number);
    tree_mkdir(fd, path);
    (void)snprintf(path, sizeof(path), BUS "%s/hwmon/hwmon%d/device", device, number);
    (void)snprintf(target, sizeof(target), "../../../%s", device);
    tree_link(fd, path, target);
    (void)snprintf(path, sizeof(path), LINK "hwmon%d", number);
    (void)snprintf(target, sizeof(target), "../../devices/LNXSYSTM:00/LNXSYBUS:00/%s/hwmon/hwmon%d",
                   device, number);
    tree_link(fd, path, target);
}

static void probe(struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(&probed->machine);
    probed->reader = NULL;
    assert_int_equal(reader_acpi_meter.probe(&probed->machine.env, &probed->reader, &probed->status,
                                             &err),
                     0);
}

static void read_all(struct probed *probed)
{
    assert_non_null(probed->reader);
    reader_acpi_meter.read(probed->reader, probed->samples);
}

static void assert_gap(struct probed *probed, int error)
{
    read_all(probed);
    assert_int_equal(probed->samples[0].valid, 0);
    assert_int_equal(probed->samples[0].error, error);
}

static void assert_watts(struct probed *probed, double watts)
{
    read_all(probed);
    assert_int_equal(probed->samples[0].error, 0);
    assert_int_equal(probed->samples[0].valid, SAMPLE_POWER);
    assert_true(fabs(probed->samples[0].power_watts - watts) < 1e-9);
    assert_true(probed->samples[0].mono_ns == probed->machine.time.now_ns);
}

static void tear_down(struct probed *probed)
{
    reader_acpi_meter.close(probed->reader);
    machine_tear_down(&probed->machine);
}

static void assert_refused(struct probed *probed, enum reader_state state)
{
    probe(probed);
    assert_null(probed->reader);
    assert_int_equal(probed->status.state, state);
    assert_true(probed->status.reason[0] != '\0');
    assert_true((probed->status.fix[0] != '\0') == (state == READER_DENIED));
}

static void test_a_server_has_a_board(void **state)
{
    struct probed probed;
    const struct device *device;

    (void)state;
    machine_set_up(&probed.machine, "xeon-2s-dram");
    probe(&probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    device = &probed.reader->devices[0];
    assert_string_equal(device->id, "board-acpi");
    assert_int_equal(device->kind, DEVICE_BOARD);
    assert_int_equal(device->basis, BASIS_MEASURED);
    assert_int_equal(device->fields, SAMPLE_POWER);
    assert_string_equal(device->model, "ACPI power meter"); /* power1_model_number is empty */
    assert_string_equal(device->note, "each reading is the mean of the last 1 s");
    assert_true(fabs(device->band_ratio - 0.10) < 1e-9); /* 5 % (1 sigma) */
    assert_watts(&probed, 438);                          /* 438,000,000 uW */
    tear_down(&probed);
}

static void test_new_kernels_have_all_on_the_chip(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_write(probed.machine.fd, METER "/hwmon/hwmon7/name", "power_meter\n");
    tree_write(probed.machine.fd, METER "/hwmon/hwmon7/power1_average", "213000000\n");
    tree_link(probed.machine.fd, LINK "hwmon7",
              "../../devices/LNXSYSTM:00/LNXSYBUS:00/ACPI000D:00/hwmon/hwmon7");
    probe(&probed);
    assert_watts(&probed, 213);
    tear_down(&probed);
}

static void test_without_an_average_there_is_the_input(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_meter(probed.machine.fd, "ACPI000D:00", 0, NULL);
    tree_write(probed.machine.fd, METER "/power1_input", "90500000\n");
    probe(&probed);
    assert_watts(&probed, 90.5);
    tear_down(&probed);
}

static void test_the_meters_of_grace_are_of_no_machine(void **state)
{
    static const char *const others[] = { "Total Power in uW socket 0",
                                          "CPU Rail Input Power in uW SOCKET 1" };
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "gh200");
    assert_refused(&probed, READER_ABSENT);
    tear_down(&probed);
    for (size_t i = 0; i < 2; i++) {
        machine_set_up(&probed.machine, NULL);
        add_meter(probed.machine.fd, "ACPI000D:00", 0, "100000000\n");
        tree_write(probed.machine.fd, METER "/power1_oem_info", others[i]);
        assert_refused(&probed, READER_ABSENT);
        tear_down(&probed);
    }
    machine_set_up(&probed.machine, NULL);
    add_meter(probed.machine.fd, "ACPI000D:00", 0, "100000000\n");
    tree_write(probed.machine.fd, METER "/power1_is_battery", "1\n");
    assert_refused(&probed, READER_ABSENT);
    tear_down(&probed);
}

static void test_machines_without_one(void **state)
{
    static const char *const names[] = { "vm", "core-psys", "epyc-2s", "laptop" };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct probed probed;
        struct reader_status status;

        machine_set_up(&probed.machine, names[i]);
        assert_refused(&probed, READER_ABSENT);
        assert_true(reader_acpi_meter.is_absent(&probed.machine.env, &status));
        assert_int_equal(status.state, READER_ABSENT);
        tear_down(&probed);
    }
}

/* 0 is what firmware says that does not know; 21 kW draws no machine. */
static void test_what_no_machine_draws_is_refused(void **state)
{
    static const char *const bad[] = { "0\n",
                                       "",
                                       "\n",
                                       "garbage\n",
                                       "12 W\n",
                                       "49999\n",
                                       "-438000000\n",
                                       "21000000000\n",
                                       "0x10\n",
                                       "1e9\n",
                                       "99999999999999999999999\n" };
    struct probed probed;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        machine_set_up(&probed.machine, NULL);
        add_meter(probed.machine.fd, "ACPI000D:00", 0, bad[i]);
        assert_refused(&probed, READER_BROKEN);
        tear_down(&probed);
    }
    machine_set_up(&probed.machine, NULL);
    add_meter(probed.machine.fd, "ACPI000D:00", 0, NULL); /* neither average nor input */
    assert_refused(&probed, READER_BROKEN);
    tear_down(&probed);
}

static void test_a_forbidden_one_says_how_to_be_let_in(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_meter(probed.machine.fd, "ACPI000D:00", 0, NULL);
    tree_mkdir(probed.machine.fd, METER "/power1_average"); /* reading it fails, for root too */
    assert_refused(&probed, READER_DENIED);
    assert_non_null(strstr(probed.status.fix, "power1_average"));
    tear_down(&probed);
}

static void test_a_reading_that_fails_is_a_gap(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "xeon-2s-dram");
    probe(&probed);
    assert_watts(&probed, 438);
    tree_update(probed.machine.fd, METER "/power1_average", "0\n");
    assert_gap(&probed, -ENODATA);
    tree_update(probed.machine.fd, METER "/power1_average", "");
    assert_gap(&probed, -EBADMSG);
    tree_update(probed.machine.fd, METER "/power1_average", "rubbish\n");
    assert_gap(&probed, -EBADMSG);
    tree_update(probed.machine.fd, METER "/power1_average", "30000000000\n");
    assert_gap(&probed, -ERANGE);
    tree_update(probed.machine.fd, METER "/power1_average", "440000000\n");
    assert_watts(&probed, 440);
    /* replaced by rename, as in a captured machine */
    tree_write(probed.machine.fd, METER "/new", "450000000\n");
    assert_int_equal(renameat(probed.machine.fd, METER "/new", probed.machine.fd,
                              METER "/power1_average"),
                     0);
    assert_watts(&probed, 450);
    tear_down(&probed);
}

static void test_numbers_may_be_padded(void **state)
{
    struct probed probed;
    int fd;

    (void)state;
    machine_set_up(&probed.machine, "xeon-2s-dram");
    probe(&probed);
    fd = openat(probed.machine.fd, METER "/power1_average", O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, "401000000\n\0\0\0\0", 14), 14);
    (void)close(fd);
    assert_watts(&probed, 401);
    tear_down(&probed);
}

/* The driver is loaded again: hwmon2 is now hwmon5, and hwmon2 somebody else. */
static void test_a_renumbered_meter_is_found_again(void **state)
{
    struct probed probed;
    int fd;

    (void)state;
    machine_set_up(&probed.machine, "xeon-2s-dram");
    fd = probed.machine.fd;
    probe(&probed);
    assert_watts(&probed, 438);

    assert_int_equal(unlinkat(fd, LINK "hwmon2", 0), 0);
    assert_int_equal(unlinkat(fd, METER "/hwmon/hwmon2/device", 0), 0);
    assert_int_equal(unlinkat(fd, METER "/hwmon/hwmon2", AT_REMOVEDIR), 0);
    assert_gap(&probed, -ENODEV);
    add_meter(fd, "ACPI000D:01", 2, "999000000\n"); /* another meter gets its number */
    add_meter(fd, "ACPI000D:00", 5, NULL);
    assert_gap(&probed, -ENODEV); /* looked for once a second */
    probed.machine.time.now_ns += NSEC_PER_SEC;
    assert_watts(&probed, 438);
    tree_update(fd, METER "/power1_average", "431000000\n");
    assert_watts(&probed, 431);
    tear_down(&probed);
}

static void test_hundreds_of_meters_stand_in_order(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    for (int i = 299; i >= 0; i--) {
        char device[24];
        char average[24];

        (void)snprintf(device, sizeof(device), "ACPI000D:%03d", i);
        (void)snprintf(average, sizeof(average), "%d000000\n", 100 + i);
        add_meter(probed.machine.fd, device, i, average);
    }
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 300);
    assert_string_equal(probed.reader->devices[0].id, "board-acpi");
    assert_string_equal(probed.reader->devices[1].id, "board-acpi1");
    assert_string_equal(probed.reader->devices[299].id, "board-acpi299");
    read_all(&probed);
    for (int i = 0; i < 300; i++)
        assert_true(fabs(probed.samples[i].power_watts - (100 + i)) < 1e-9);
    tear_down(&probed);
}

static void test_one_of_two_that_answers_is_taken(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_meter(probed.machine.fd, "ACPI000D:00", 0, "0\n");
    add_meter(probed.machine.fd, "ACPI000D:01", 1, "77000000\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_watts(&probed, 77);
    tear_down(&probed);
}

static void test_links_in_a_loop_and_odd_names_are_no_chips(void **state)
{
    struct probed probed;
    struct hwmon *chips;
    size_t count;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_link(probed.machine.fd, LINK "hwmon0", "hwmon1");
    tree_link(probed.machine.fd, LINK "hwmon1", "hwmon0");
    tree_write(probed.machine.fd, LINK "hwmonx/name", "power_meter\n");
    tree_write(probed.machine.fd, LINK "hwmon99999999999999999999/name", "power_meter\n");
    tree_write(probed.machine.fd, LINK "hwmon12/name", "power_meters\n");
    machine_reopen(&probed.machine);
    assert_int_equal(hwmon_find(probed.machine.env.sys_fd, "power_meter", &chips, &count), 0);
    assert_int_equal(count, 0);
    assert_null(chips);
    tree_write(probed.machine.fd, LINK "hwmon3/name", "power_meter\n"); /* copied, no link */
    assert_int_equal(hwmon_find(probed.machine.env.sys_fd, "power_meter", &chips, &count), 0);
    assert_int_equal(count, 1);
    assert_string_equal(chips[0].path, "class/hwmon/hwmon3");
    assert_string_equal(chips[0].parent, "");
    free(chips);
    probed.reader = NULL;
    tear_down(&probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_has_a_board),
        cmocka_unit_test(test_new_kernels_have_all_on_the_chip),
        cmocka_unit_test(test_without_an_average_there_is_the_input),
        cmocka_unit_test(test_the_meters_of_grace_are_of_no_machine),
        cmocka_unit_test(test_machines_without_one),
        cmocka_unit_test(test_what_no_machine_draws_is_refused),
        cmocka_unit_test(test_a_forbidden_one_says_how_to_be_let_in),
        cmocka_unit_test(test_a_reading_that_fails_is_a_gap),
        cmocka_unit_test(test_numbers_may_be_padded),
        cmocka_unit_test(test_a_renumbered_meter_is_found_again),
        cmocka_unit_test(test_hundreds_of_meters_stand_in_order),
        cmocka_unit_test(test_one_of_two_that_answers_is_taken),
        cmocka_unit_test(test_links_in_a_loop_and_odd_names_are_no_chips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
