/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_jetson_parts.c - rails within a Jetson's module, and the load of its graphics */
#include "machine_tree.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/jetson.h"

#define MONITOR_NANO "sys/devices/platform/c240000.i2c/i2c-1/1-0040/hwmon/hwmon3/"

struct probed {
    struct reader *reader;
    struct reader_status status;
    struct sample samples[80];
};

static void probe(struct test_machine *machine, struct probed *probed)
{
    struct aico2_error err = { 0 };

    *probed = (struct probed){ .reader = NULL };
    assert_int_equal(reader_jetson.probe(&machine->env, &probed->reader, &probed->status, &err), 0);
    assert_non_null(probed->reader);
    assert_true(probed->reader->device_count <= 80);
}

static void read_all(struct test_machine *machine, struct probed *probed)
{
    machine->time.now_ns += NSEC_PER_SEC;
    reader_jetson.read(probed->reader, probed->samples);
}

static void assert_watts(struct test_machine *machine, struct probed *probed, double watts)
{
    read_all(machine, probed);
    assert_true(fabs(probed->samples[0].power_watts - watts) < 1e-9);
}

static void tear_down(struct test_machine *machine, struct probed *probed)
{
    reader_jetson.close(probed->reader);
    machine_tear_down(machine);
}

static size_t find_part(const struct probed *probed, const char *id)
{
    for (size_t i = 0; i < probed->reader->device_count; i++) {
        if (strcmp(probed->reader->devices[i].id, id) == 0)
            return i;
    }
    fail_msg("no '%s'", id);
    return 0;
}

static void assert_part(const struct probed *probed, const char *id, const char *what, double watts)
{
    size_t at = find_part(probed, id);

    assert_int_equal(probed->reader->devices[at].kind, DEVICE_PART);
    assert_string_equal(probed->reader->devices[at].model, what);
    assert_true((probed->samples[at].valid & SAMPLE_POWER) != 0);
    assert_true(fabs(probed->samples[at].power_watts - watts) < 1e-9);
}

/* 5064 mV x 136 mA and x 272 mA, 127 of 1000 */
static void test_rails_within_the_module_are_its_parts(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    assert_int_equal(probed.reader->device_count, 3);
    assert_part(&probed, "VDD_CPU_GPU_CV", "CPU + GPU + CV", 0.688704);
    assert_part(&probed, "VDD_SOC", "SoC", 1.377408);
    assert_int_equal(probed.reader->devices[1].fields, SAMPLE_POWER | SAMPLE_UTILIZATION);
    assert_true(probed.samples[1].utilization_ratio == 0.127);
    assert_int_equal(probed.samples[2].valid, SAMPLE_POWER);
    tear_down(&machine, &probed);
}

/* The summands add up to the module; what lies within one of them says so. */
static void test_summands_are_parts_too(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-agx-orin-jp6");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 6.7096);
    assert_int_equal(probed.reader->device_count, 5);
    assert_part(&probed, "VDD_GPU_SOC", "GPU + SoC", 2.3904);
    assert_part(&probed, "VDD_CPU_CV", "CPU + CV", 0.7968);
    assert_part(&probed, "VIN_SYS_5V0", "", 3.5224);
    assert_part(&probed, "VDDQ_VDD2_1V8AO", "memory", 0.30192);
    assert_non_null(strstr(probed.reader->devices[4].note, "within another"));
    assert_string_equal(probed.reader->devices[3].note, "");
    tear_down(&machine, &probed);
}

/* Rails of the carrier board and supplies feed nothing that is known: they are none. */
static void test_rails_of_the_carrier_are_no_parts(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-tx2");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.577);
    assert_int_equal(probed.reader->device_count, 6);
    assert_part(&probed, "VDD_SYS_GPU", "GPU", 0.305);
    assert_part(&probed, "VDD_SYS_SOC", "SoC", 0.61);
    assert_part(&probed, "VDD_SYS_CPU", "CPU", 0.762);
    assert_part(&probed, "VDD_SYS_DDR", "memory", 1.22);
    /* what root sees of this one: who holds memory of the GPU, once a second */
    assert_int_equal(probed.reader->devices[find_part(&probed, "VDD_SYS_GPU")].fields,
                     SAMPLE_POWER | SAMPLE_UTILIZATION | SAMPLE_PROCESSES);
    assert_int_equal(probed.samples[find_part(&probed, "VDD_SYS_GPU")].process_count, 3);
    machine.time.now_ns += 200 * NSEC_PER_MSEC;
    reader_jetson.read(probed.reader, probed.samples);
    assert_int_equal(probed.samples[find_part(&probed, "VDD_SYS_GPU")].valid,
                     SAMPLE_POWER | SAMPLE_UTILIZATION);
    tear_down(&machine, &probed);
}

/* A value costs 0.3 ms on the bus: at a thousand readings a second parts wait, without a failure. */
static void test_parts_are_asked_ten_times_a_second(void **state)
{
    struct test_machine machine;
    struct probed probed;
    size_t told = 0;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    for (int i = 0; i < 1000; i++) {
        machine.time.now_ns += NSEC_PER_MSEC;
        reader_jetson.read(probed.reader, probed.samples);
        assert_int_equal(probed.samples[0].valid, SAMPLE_POWER);
        assert_int_equal(probed.samples[1].error, 0);
        told += probed.samples[1].valid != 0;
    }
    assert_true(told >= 9 && told <= 12);
    tear_down(&machine, &probed);
}

static void test_a_part_that_cannot_be_read_is_left_out(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    tree_update(machine.fd, MONITOR_NANO "curr2_input", "garbage\n");
    tree_update(machine.fd, MONITOR_NANO "in3_enable", "0\n");
    probe(&machine, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

/* 300 monitors with names of their own: what there is room for, and no name twice. */
static void test_more_rails_than_any_board_has(void **state)
{
    static const char *const files[][2] = { { "in1_input", "5000\n" }, { "curr1_input", "10\n" } };
    struct test_machine machine;
    struct probed probed;
    size_t count;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    for (int i = 0; i < 300; i++) {
        char path[96];
        char label[32];

        (void)snprintf(path, sizeof(path), "sys/bus/i2c/devices/7-%04d/name", i);
        tree_write(machine.fd, path, "ina3221\n");
        for (size_t j = 0; j < 2; j++) {
            (void)snprintf(path, sizeof(path), "sys/bus/i2c/devices/7-%04d/hwmon/hwmon%d/%s", i,
                           10 + i, files[j][0]);
            tree_write(machine.fd, path, files[j][1]);
        }
        (void)snprintf(label, sizeof(label), "VDD_CPU_%d\n", i % 200);
        (void)snprintf(path, sizeof(path), "sys/bus/i2c/devices/7-%04d/hwmon/hwmon%d/in1_label", i,
                       10 + i);
        tree_write(machine.fd, path, label);
    }
    probe(&machine, &probed);
    count = probed.reader->device_count;
    assert_true(count > 40 && count <= 65);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(probed.reader->devices[i].id, probed.reader->devices[j].id);
    }
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

/* Graphics that are switched off may fail to tell their load; their rail goes on. */
static void test_a_load_that_fails_is_no_load(void **state)
{
    static const char *const texts[] = { "1001\n", "", "off\n" };
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        tree_update(machine.fd, "sys/devices/platform/17000000.ga10b/load", texts[i]);
        read_all(&machine, &probed);
        assert_int_equal(probed.samples[1].valid, SAMPLE_POWER);
        assert_int_equal(probed.samples[1].error, 0);
    }
    tree_update(machine.fd, "sys/devices/platform/17000000.ga10b/load", "1000\n");
    read_all(&machine, &probed);
    assert_true(probed.samples[1].utilization_ratio == 1);
    assert_int_equal(unlinkat(machine.fd, "sys/devices/platform/17000000.ga10b/load", 0), 0);
    read_all(&machine, &probed);
    assert_int_equal(probed.samples[1].valid, SAMPLE_POWER);
    tear_down(&machine, &probed);
}

/* 15 W by its name; a mode without a figure leaves it to the table of modules. */
static void test_the_power_mode_is_the_rating_and_is_followed(void **state)
{
    struct test_machine machine;
    struct probed probed;
    const struct device *module;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano");
    probe(&machine, &probed);
    module = &probed.reader->devices[0];
    assert_string_equal(module->product, "Jetson Orin Nano Super 8GB");
    assert_string_equal(module->power_mode, "15W");
    assert_true(module->rated_watts == 15);
    assert_string_equal(module->rated_source, "power mode 15W");

    tree_update(machine.fd, "var/lib/nvpmodel/status", "pmode:0001 fmode:quiet\n");
    read_all(&machine, &probed);
    assert_string_equal(module->power_mode, "25W");
    assert_true(module->rated_watts == 25);
    tree_update(machine.fd, "var/lib/nvpmodel/status", "pmode:0002\n");
    read_all(&machine, &probed);
    assert_string_equal(module->power_mode, "MAXN_SUPER");
    assert_true(isnan(module->rated_watts));
    assert_string_equal(module->rated_source, "");

    /* being written, or garbage: what was known stays */
    tree_update(machine.fd, "var/lib/nvpmodel/status", "");
    read_all(&machine, &probed);
    assert_string_equal(module->power_mode, "MAXN_SUPER");
    assert_int_equal(unlinkat(machine.fd, "var/lib/nvpmodel/status", 0), 0);
    read_all(&machine, &probed);
    assert_string_equal(module->power_mode, "MAXN_SUPER");
    assert_true(fabs(probed.samples[0].power_watts - 4.942464) < 1e-9);
    tear_down(&machine, &probed);

    machine_set_up(&machine, "jetson-xavier-nx"); /* no state of nvpmodel at all */
    probe(&machine, &probed);
    assert_string_equal(probed.reader->devices[0].power_mode, "");
    assert_true(isnan(probed.reader->devices[0].rated_watts));
    tear_down(&machine, &probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rails_within_the_module_are_its_parts),
        cmocka_unit_test(test_summands_are_parts_too),
        cmocka_unit_test(test_rails_of_the_carrier_are_no_parts),
        cmocka_unit_test(test_parts_are_asked_ten_times_a_second),
        cmocka_unit_test(test_a_part_that_cannot_be_read_is_left_out),
        cmocka_unit_test(test_more_rails_than_any_board_has),
        cmocka_unit_test(test_a_load_that_fails_is_no_load),
        cmocka_unit_test(test_the_power_mode_is_the_rating_and_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
