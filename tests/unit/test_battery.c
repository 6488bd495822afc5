/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_battery.c - a laptop's power by what its batteries give up */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/battery.h"
#include "session/plan.h"

#define CLASS "sys/class/power_supply/"
#define BAT0 CLASS "BAT0/"
#define BAT1 CLASS "BAT1/"

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
    struct sample sample;
};

static void add_battery(int fd, const char *name, const char *file, const char *value)
{
    char path[96];

    (void)snprintf(path, sizeof(path), CLASS "%s/type", name);
    tree_write(fd, path, "Battery\n");
    (void)snprintf(path, sizeof(path), CLASS "%s/status", name);
    tree_write(fd, path, "Discharging\n");
    if (file == NULL)
        return;
    (void)snprintf(path, sizeof(path), CLASS "%s/%s", name, file);
    tree_write(fd, path, value);
}

static void add_mains(int fd, const char *online)
{
    tree_write(fd, CLASS "AC/type", "Mains\n");
    tree_write(fd, CLASS "AC/online", online);
}

static void probe(struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(&probed->machine);
    probed->reader = NULL;
    assert_int_equal(reader_battery.probe(&probed->machine.env, &probed->reader, &probed->status,
                                          &err),
                     0);
}

static void read_one(struct probed *probed)
{
    assert_non_null(probed->reader);
    reader_battery.read(probed->reader, &probed->sample);
}

static void assert_watts(struct probed *probed, double watts)
{
    read_one(probed);
    assert_int_equal(probed->sample.error, 0);
    assert_int_equal(probed->sample.valid, SAMPLE_POWER);
    assert_true(fabs(probed->sample.power_watts - watts) < 1e-9);
}

/* error 0: there is nothing to say. */
static void assert_nothing(struct probed *probed, int error)
{
    read_one(probed);
    assert_int_equal(probed->sample.valid, 0);
    assert_int_equal(probed->sample.error, error);
}

static void assert_refused(struct probed *probed, enum reader_state state)
{
    probe(probed);
    assert_null(probed->reader);
    assert_int_equal(probed->status.state, state);
    assert_true(probed->status.reason[0] != '\0');
    assert_true((probed->status.fix[0] != '\0') == (state == READER_DENIED));
}

static void tear_down(struct probed *probed)
{
    reader_battery.close(probed->reader);
    machine_tear_down(&probed->machine);
}

static void test_a_laptop_on_battery(void **state)
{
    struct probed probed;
    const struct device *device;

    (void)state;
    machine_set_up(&probed.machine, "laptop");
    probe(&probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    device = &probed.reader->devices[0];
    assert_string_equal(device->id, "board-battery");
    assert_int_equal(device->kind, DEVICE_BOARD);
    assert_int_equal(device->fields, SAMPLE_POWER);
    assert_string_equal(device->model, "battery LGC LNV-45N1");
    assert_non_null(strstr(device->note, "only while that discharges"));
    assert_true(fabs(device->band_ratio - 0.30) < 1e-9); /* 15 % (1 sigma) of a short run */
    assert_watts(&probed, 5.002);
    tear_down(&probed);
}

static void test_only_a_discharge_is_the_machines_power(void **state)
{
    static const char *const others[] = { "Charging\n",    "Full\n", "Not charging\n", "Unknown\n",
                                          "discharging\n", "",       "garbage\n" };
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "laptop");
    tree_update(probed.machine.fd, BAT0 "status", "Charging\n");
    probe(&probed);
    assert_non_null(probed.reader); /* the plug may be pulled */
    assert_non_null(strstr(probed.reader->devices[0].note, "did not discharge when the run began"));
    assert_nothing(&probed, 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        tree_update(probed.machine.fd, BAT0 "status", others[i]);
        assert_nothing(&probed, 0);
    }
    tree_update(probed.machine.fd, BAT0 "status", "Discharging\n");
    assert_watts(&probed, 5.002);
    /* a weak charger helps: the battery gives a part only */
    tree_update(probed.machine.fd, CLASS "AC/online", "1\n");
    assert_nothing(&probed, 0);
    tree_update(probed.machine.fd, CLASS "AC/online", "0\n");
    tree_write(probed.machine.fd, CLASS "ucsi1/type", "USB\n");
    assert_watts(&probed, 5.002);
    tear_down(&probed);
}

static void test_current_times_voltage(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_battery(probed.machine.fd, "CMB0", "current_now", "-1500000\n"); /* what goes out */
    tree_write(probed.machine.fd, CLASS "CMB0/voltage_now", "12000000\n");
    add_mains(probed.machine.fd, "0\n");
    probe(&probed);
    assert_string_equal(probed.reader->devices[0].model, "battery CMB0");
    assert_watts(&probed, 18); /* 1.5 A x 12 V */
    tear_down(&probed);
}

static void test_batteries_add_up(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_battery(probed.machine.fd, "BAT0", "power_now", "4000000\n");
    add_battery(probed.machine.fd, "BAT1", "current_now", "500000\n");
    tree_write(probed.machine.fd, BAT1 "voltage_now", "11000000\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_string_equal(probed.reader->devices[0].model, "battery BAT0 + battery BAT1");
    assert_watts(&probed, 9.5);                                 /* 4 + 0.5 x 11 */
    tree_update(probed.machine.fd, BAT1 "status", "Unknown\n"); /* it waits for its turn */
    assert_watts(&probed, 4);
    tree_update(probed.machine.fd, BAT1 "status", "Discharging\n");
    tree_update(probed.machine.fd, BAT1 "voltage_now", "x\n"); /* half of the sum is no sum */
    assert_nothing(&probed, -EBADMSG);
    tree_update(probed.machine.fd, BAT1 "status", "Charging\n"); /* somebody must feed it */
    assert_nothing(&probed, 0);
    tear_down(&probed);
}

/* 10 mWh are 36 J; the counter starts anywhere: only differences mean anything. */
static void test_differences_of_the_energy_left(void **state)
{
    struct probed probed;
    uint64_t first;
    uint64_t second;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_battery(probed.machine.fd, "BAT0", "energy_now", "36580000\n");
    add_mains(probed.machine.fd, "0\n");
    probe(&probed);
    assert_int_equal(probed.reader->devices[0].fields, SAMPLE_ENERGY);
    read_one(&probed);
    assert_int_equal(probed.sample.valid, SAMPLE_ENERGY);
    first = probed.sample.energy_uj;
    tree_update(probed.machine.fd, BAT0 "energy_now", "36570000\n");
    read_one(&probed);
    assert_true(probed.sample.energy_uj - first == 36000000);
    /* thought again: 36,580,000 is no charge, and 36,550,000 is 20 mWh below the lowest so far */
    tree_update(probed.machine.fd, BAT0 "energy_now", "36580000\n");
    read_one(&probed);
    assert_true(probed.sample.energy_uj - first == 36000000);
    tree_update(probed.machine.fd, BAT0 "energy_now", "nothing\n");
    assert_nothing(&probed, -EBADMSG);
    tree_update(probed.machine.fd, BAT0 "energy_now", "-5\n");
    assert_nothing(&probed, -ERANGE);
    tree_update(probed.machine.fd, BAT0 "energy_now", "36550000\n");
    read_one(&probed); /* bridges what could not be read */
    assert_true(probed.sample.energy_uj - first == 108000000);

    /* plugged in, charged, pulled: nobody knows what was used meanwhile, the counter goes back */
    second = probed.sample.energy_uj;
    tree_update(probed.machine.fd, CLASS "AC/online", "1\n");
    assert_nothing(&probed, 0);
    tree_update(probed.machine.fd, BAT0 "energy_now", "40000000\n");
    tree_update(probed.machine.fd, CLASS "AC/online", "0\n");
    read_one(&probed);
    assert_int_equal(probed.sample.valid, SAMPLE_ENERGY);
    assert_true(probed.sample.energy_uj < second);
    second = probed.sample.energy_uj;
    tree_update(probed.machine.fd, CLASS "AC/online", "1\n"); /* once more, with nothing used */
    assert_nothing(&probed, 0);
    tree_update(probed.machine.fd, CLASS "AC/online", "0\n");
    read_one(&probed);
    assert_true(probed.sample.energy_uj < second);
    first = probed.sample.energy_uj;
    tree_update(probed.machine.fd, BAT0 "energy_now", "39990000\n");
    read_one(&probed);
    assert_true(probed.sample.energy_uj - first == 36000000);
    tear_down(&probed);
}

static void test_batteries_of_mice_and_none(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "vm"); /* an empty class directory */
    assert_refused(&probed, READER_ABSENT);
    tear_down(&probed);
    machine_set_up(&probed.machine, NULL);
    assert_refused(&probed, READER_ABSENT);
    add_battery(probed.machine.fd, "hidpp_battery_0", "power_now", "5000000\n");
    tree_write(probed.machine.fd, CLASS "hidpp_battery_0/scope", "Device\n");
    add_battery(probed.machine.fd, "BAT1", "power_now", "5000000\n");
    tree_write(probed.machine.fd, BAT1 "present", "0\n"); /* an empty bay */
    tree_write(probed.machine.fd, CLASS "ups/type", "UPS\n");
    tree_link(probed.machine.fd, CLASS "BAT2", "BAT3");
    tree_link(probed.machine.fd, CLASS "BAT3", "BAT2");
    add_mains(probed.machine.fd, "1\n");
    assert_refused(&probed, READER_ABSENT);
    assert_true(reader_battery.is_absent(&probed.machine.env, &probed.status));
    tear_down(&probed);
}

static void test_one_that_tells_nothing_is_broken_or_forbidden(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_battery(probed.machine.fd, "BAT0", NULL, NULL);
    assert_refused(&probed, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "energy_now"));
    tree_write(probed.machine.fd, BAT0 "power_now", "five\n");
    assert_refused(&probed, READER_BROKEN);
    assert_int_equal(unlinkat(probed.machine.fd, BAT0 "power_now", 0), 0);
    tree_mkdir(probed.machine.fd, BAT0 "power_now"); /* reading it fails, for root too */
    assert_refused(&probed, READER_DENIED);
    tear_down(&probed);

    machine_set_up(&probed.machine, NULL);
    add_battery(probed.machine.fd, "BAT0", "power_now", "5000000\n");
    assert_int_equal(unlinkat(probed.machine.fd, BAT0 "status", 0), 0);
    tree_mkdir(probed.machine.fd, BAT0 "status");
    assert_refused(&probed, READER_DENIED);
    tear_down(&probed);
}

static void test_a_reading_that_fails_is_a_gap(void **state)
{
    static const char padded[] = "6000000\n\0\0\0";
    struct probed probed;
    int fd;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    add_battery(probed.machine.fd, "BAT0", "power_now", "5000000\n");
    probe(&probed);
    assert_watts(&probed, 5);
    tree_update(probed.machine.fd, BAT0 "power_now", "0\n"); /* a machine that is on */
    assert_nothing(&probed, -ENODATA);
    tree_update(probed.machine.fd, BAT0 "power_now", "");
    assert_nothing(&probed, -EBADMSG);
    tree_update(probed.machine.fd, BAT0 "power_now", "20000000001\n");
    assert_nothing(&probed, -ERANGE);
    fd = openat(probed.machine.fd, BAT0 "power_now", O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, padded, sizeof(padded)), sizeof(padded));
    (void)close(fd);
    assert_watts(&probed, 6);
    /* taken out, put back */
    assert_int_equal(renameat(probed.machine.fd, CLASS "BAT0", probed.machine.fd, "away"), 0);
    assert_nothing(&probed, -ENODEV);
    assert_int_equal(renameat(probed.machine.fd, "away", probed.machine.fd, CLASS "BAT0"), 0);
    assert_watts(&probed, 6);
    tear_down(&probed);
}

static void test_five_minutes_of_it_are_better_than_less(void **state)
{
    struct device device = DEVICE_NULL;

    (void)state;
    device.band_ratio = 0.30;
    plan_settle_board(&device, 3600); /* of another reader */
    assert_true(fabs(device.band_ratio - 0.30) < 1e-9);
    (void)snprintf(device.reader, sizeof(device.reader), "battery");
    plan_settle_board(&device, 299.9);
    assert_true(fabs(device.band_ratio - 0.30) < 1e-9);
    plan_settle_board(&device, 300);
    assert_true(fabs(device.band_ratio - 0.10) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_laptop_on_battery),
        cmocka_unit_test(test_only_a_discharge_is_the_machines_power),
        cmocka_unit_test(test_current_times_voltage),
        cmocka_unit_test(test_batteries_add_up),
        cmocka_unit_test(test_differences_of_the_energy_left),
        cmocka_unit_test(test_batteries_of_mice_and_none),
        cmocka_unit_test(test_one_that_tells_nothing_is_broken_or_forbidden),
        cmocka_unit_test(test_a_reading_that_fails_is_a_gap),
        cmocka_unit_test(test_five_minutes_of_it_are_better_than_less),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
