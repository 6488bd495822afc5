/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_amdgpu.c - which AMD GPUs count, once each, and what their driver's files say */
#include "gpu_tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/amdgpu.h"
#include "readers/amdgpu_metrics.h"

#define HWMON "hwmon/hwmon3/"
#define AVERAGE HWMON "power1_average"

/* A table of revision 1.3 whose accumulator says so many 2^-16 J; all else is not told. */
static void make_metrics(uint8_t table[120], uint64_t units)
{
    memset(table, 0xff, 120);
    table[0] = 120;
    table[1] = 0;
    table[2] = 1;
    table[3] = 3;
    for (size_t i = 0; i < 8; i++)
        table[24 + i] = (uint8_t)(units >> 8 * i);
}

static void add_card(int fd, unsigned number, const char *device)
{
    gpu_tree_add(fd, number, "amdgpu", "0x1002", device);
    gpu_tree_write(fd, number, HWMON "name", "amdgpu\n");
    gpu_tree_write(fd, number, "gpu_busy_percent", "50\n");
    gpu_tree_write(fd, number, "mem_info_vram_total", "25753026560\n");
    gpu_tree_write(fd, number, "mem_info_vram_used", "1000\n");
}

/* One RX 7900 XTX of 100 W with a limit of 339 W. */
static void one_card(struct test_machine *machine)
{
    machine_set_up(machine, NULL);
    add_card(machine->fd, 3, "0x744c");
    gpu_tree_write(machine->fd, 3, AVERAGE, "100000000\n");
    gpu_tree_write(machine->fd, 3, HWMON "power1_cap", "339000000\n");
}

/* 93 W and 478 W; the second dies say 0 W. card0 is the BMC's. */
static void test_two_dies_are_one_gpu(void **state)
{
    static const double watts[] = { 93, 478 };
    static const double busy[] = { (0.04 + 0) / 2, (0.99 + 0.98) / 2 };
    static const uint64_t used[] = { 2 * UINT64_C(10960896), 2 * UINT64_C(60129542144) };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, "mi250");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_string_equal(probed.status.reason, "");
    assert_int_equal(probed.reader->device_count, 2);
    gpu_tree_read(&machine, &probed, 1);
    for (size_t i = 0; i < 2; i++) {
        const struct device *device = gpu_tree_device(&probed, i);
        const struct sample *sample = &probed.samples[i];

        assert_string_equal(device->id, i == 0 ? "gpu0" : "gpu1");
        assert_int_equal(device->kind, DEVICE_GPU);
        assert_non_null(strstr(device->model, "MI250"));
        assert_non_null(strstr(device->model, "[1002:740c]"));
        assert_non_null(strstr(device->note, "two dies"));
        assert_true(device->memory_bytes == 2 * UINT64_C(68702699520));
        assert_true(device->rated_watts == 500);
        assert_true(fabs(device->band_ratio - 0.20) < 1e-9); /* 10 % (1 sigma) at the upper end */
        assert_true(sample->power_watts == watts[i]);
        assert_true(fabs(sample->utilization_ratio - busy[i]) < 1e-9);
        assert_true(sample->memory_used_bytes == used[i]);
        assert_int_equal(sample->error, 0);
        assert_int_equal(sample->valid, SAMPLE_POWER | SAMPLE_UTILIZATION | SAMPLE_MEMORY |
                                            SAMPLE_PROCESSES | (i == 0 ? SAMPLE_ENERGY : 0u));
    }
    /* 0x123456789a x 15625 / 1024, by hand: 78187493530 / 1024 = 76354974 rest 154 */
    assert_true(probed.samples[0].energy_uj ==
                UINT64_C(76354974) * 15625 + UINT64_C(154) * 15625 / 1024);
    gpu_tree_tear_down(&machine, &probed);
}

/* A second die alone, as a virtual machine may be given it: its power is told elsewhere. */
static void test_a_second_die_alone_has_no_power(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, NULL);
    add_card(machine.fd, 3, "0x740c");
    gpu_tree_write(machine.fd, 3, AVERAGE, "0\n");
    gpu_tree_write(machine.fd, 3, HWMON "power1_cap", "0\n");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_int_equal(gpu_tree_device(&probed, 0)->fields, SAMPLE_UTILIZATION | SAMPLE_MEMORY);
    assert_non_null(strstr(gpu_tree_device(&probed, 0)->note, "second die"));
    gpu_tree_tear_down(&machine, &probed);
}

static void test_two_first_dies_are_two_gpus(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, NULL);
    for (unsigned i = 3; i < 5; i++) {
        add_card(machine.fd, i, "0x7408");
        gpu_tree_write(machine.fd, i, AVERAGE, "90000000\n");
        gpu_tree_write(machine.fd, i, HWMON "power1_cap", "500000000\n");
    }
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    gpu_tree_tear_down(&machine, &probed);
}

/* A Ryzen's own graphics are card0 and no GPU of their own; an accumulator of ones is none. */
static void test_a_card_beside_graphics_of_the_processor(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;
    const struct device *device;

    (void)state;
    machine_set_up(&machine, "rx7900xtx");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_string_equal(probed.status.reason, "");
    assert_non_null(strstr(probed.status.detail, "0000:0f:00.0"));
    device = gpu_tree_device(&probed, 0);
    assert_string_equal(device->id, "gpu0");
    assert_string_equal(device->model, "AMD GPU [1002:744c]");
    assert_string_equal(device->uuid, "3c1e2f40a5b6c7d8");
    assert_int_equal(device->fields,
                     SAMPLE_POWER | SAMPLE_UTILIZATION | SAMPLE_MEMORY | SAMPLE_PROCESSES);
    assert_true(device->rated_watts == 339);
    gpu_tree_read(&machine, &probed, 1);
    assert_true(probed.samples[0].power_watts == 111);
    assert_true(fabs(probed.samples[0].utilization_ratio - 0.37) < 1e-9);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_graphics_of_a_processor_alone_are_absent(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;
    uint8_t table[120];

    (void)state;
    machine_set_up(&machine, "amd-apu");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_non_null(strstr(probed.status.reason, "graphics of a processor"));
    gpu_tree_tear_down(&machine, &probed);

    /* the format of the table alone tells */
    one_card(&machine);
    make_metrics(table, UINT64_MAX);
    table[2] = 2;
    gpu_tree_write_bytes(machine.fd, 3, "gpu_metrics", table, sizeof(table));
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    gpu_tree_tear_down(&machine, &probed);

    /* without gpu_metrics the second voltage tells */
    one_card(&machine);
    gpu_tree_write(machine.fd, 3, HWMON "in1_label", "vddnb\n");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    gpu_tree_tear_down(&machine, &probed);
}

/* MI300A: processor and GPU in one socket. */
static void test_processor_and_gpu_in_one_are_a_module(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, NULL);
    add_card(machine.fd, 3, "0x74a0");
    gpu_tree_write(machine.fd, 3, HWMON "power1_input", "400000000\n");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(gpu_tree_device(&probed, 0)->kind, DEVICE_MODULE);
    assert_string_equal(gpu_tree_device(&probed, 0)->id, "module0");
    gpu_tree_tear_down(&machine, &probed);
}

static void test_instantaneous_power_stands_in_for_the_average(void **state)
{
    static const char *const averages[] = { "0\n", "", "garbage\n", NULL };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        one_card(&machine);
        gpu_tree_write(machine.fd, 3, AVERAGE, averages[i]);
        gpu_tree_write(machine.fd, 3, HWMON "power1_input", "77000000\n");
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        assert_int_equal(probed.status.state, READER_USED);
        assert_string_equal(probed.status.reason, "");
        gpu_tree_read(&machine, &probed, 1);
        assert_true(probed.samples[0].power_watts == 77);
        gpu_tree_tear_down(&machine, &probed);
    }
}

static void test_without_power_there_is_utilisation(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_write(machine.fd, 3, AVERAGE, "0\n"); /* the meter is constant */
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(gpu_tree_device(&probed, 0)->fields, SAMPLE_UTILIZATION | SAMPLE_MEMORY);
    gpu_tree_read(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid, SAMPLE_UTILIZATION | SAMPLE_MEMORY);
    assert_true(probed.samples[0].utilization_ratio == 0.5);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_absence_is_quiet_and_told_in_a_look(void **state)
{
    static const char *const machines[] = { "vm", "xeon-2s-dram", "arc-a770", NULL };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct reader_status status = { 0 };

        machine_set_up(&machine, machines[i]);
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        assert_null(probed.reader);
        assert_int_equal(probed.status.state, READER_ABSENT);
        assert_string_equal(probed.status.reason, "no card of the amdgpu driver");
        assert_true(reader_amdgpu.is_absent(&machine.env, &status));
        assert_int_equal(status.state, READER_ABSENT);
        gpu_tree_tear_down(&machine, &probed);
    }
    machine_set_up(&machine, "mi250");
    assert_false(reader_amdgpu.is_absent(&machine.env, &probed.status));
    machine_tear_down(&machine);
}

/* The BMC's card and one of another maker under a driver of that name are none of ours. */
static void test_cards_of_others_are_no_amd_gpus(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, NULL);
    gpu_tree_add(machine.fd, 0, "ast", "0x1a03", "0x2000");
    gpu_tree_add(machine.fd, 1, "amdgpu", "0x1003", "0x744c");
    gpu_tree_add(machine.fd, 2, "vfio-pci", "0x1002", "0x744c");
    machine.env.explain = true; /* the bus is looked through for who asks, not at each start */
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_non_null(strstr(probed.status.reason, "not in the hands of the amdgpu driver"));
    assert_non_null(strstr(probed.status.fix, "modprobe amdgpu"));
    gpu_tree_tear_down(&machine, &probed);
}

static void test_forbidden_meters_say_how_to_open_them(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_write(machine.fd, 3, AVERAGE, NULL);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.status.state, READER_USED); /* its use can be read */
    assert_non_null(strstr(probed.status.reason, "no permission"));
    assert_non_null(strstr(probed.status.fix, "0000:03:00.0"));
    reader_amdgpu.close(probed.reader);

    gpu_tree_write(machine.fd, 3, "gpu_busy_percent", NULL);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_DENIED);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_meters_without_a_number_are_broken(void **state)
{
    static const char *const contents[] = { "", "\n", "garbage\n", "-5\n", "1 2\n", "101 W\n" };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        one_card(&machine);
        gpu_tree_write(machine.fd, 3, AVERAGE, contents[i]);
        gpu_tree_write(machine.fd, 3, "gpu_busy_percent", contents[i]);
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        assert_null(probed.reader);
        assert_int_equal(probed.status.state, READER_BROKEN);
        assert_non_null(strstr(probed.status.reason, "0000:03:00.0"));
        gpu_tree_tear_down(&machine, &probed);
    }
}

static void test_line_endings_do_not_matter(void **state)
{
    static const char *const contents[] = { "55000000", "55000000\r\n", " 55000000 \n" };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i <= 3; i++) {
        one_card(&machine);
        if (i < 3)
            gpu_tree_write(machine.fd, 3, AVERAGE, contents[i]);
        else
            gpu_tree_write_bytes(machine.fd, 3, AVERAGE, "55000000\n\0\0\0", 12);
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        gpu_tree_read(&machine, &probed, 1);
        assert_true(probed.samples[0].power_watts == 55);
        gpu_tree_tear_down(&machine, &probed);
    }
}

static void test_limits_that_mean_none_are_no_rating(void **state)
{
    static const char *const limits[] = { "0\n", "4294967295000000\n", "x\n", NULL };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        one_card(&machine);
        gpu_tree_write(machine.fd, 3, HWMON "power1_cap", limits[i]);
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        assert_true(isnan(gpu_tree_device(&probed, 0)->rated_watts));
        gpu_tree_tear_down(&machine, &probed);
    }
}

/* A failed reading is a gap: never 0, never the old value. */
static void test_what_cannot_be_read_is_a_gap(void **state)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        { "0\n", -ENODATA }, /* awake and 0 W: not told */
        { "", -EBADMSG },
        { "rubbish\n", -EBADMSG },
        { "1018000000\n", -EBADMSG }, /* more than 3 x 339 W */
        { NULL, -EISDIR },
    };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    assert_true(probed.samples[0].power_watts == 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gpu_tree_write(machine.fd, 3, AVERAGE, cases[i].text);
        gpu_tree_read(&machine, &probed, 2 + (double)i);
        assert_int_equal(probed.samples[0].valid & (SAMPLE_POWER | SAMPLE_ENERGY), 0);
        assert_int_equal(probed.samples[0].error, cases[i].error);
    }
    gpu_tree_write(machine.fd, 3, AVERAGE, "1017000000\n");
    gpu_tree_read(&machine, &probed, 10);
    assert_int_equal(probed.samples[0].error, 0);
    assert_true(probed.samples[0].power_watts == 1017);

    gpu_tree_write(machine.fd, 3, "gpu_busy_percent", "101\n");
    gpu_tree_read(&machine, &probed, 11);
    assert_int_equal(probed.samples[0].valid, SAMPLE_POWER | SAMPLE_MEMORY);
    assert_int_equal(probed.samples[0].error, 0);
    gpu_tree_tear_down(&machine, &probed);
}

/* A card that sleeps draws nothing and is not woken by being asked. */
static void test_a_sleeping_card_is_left_asleep(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_write(machine.fd, 3, "power/runtime_status", "suspended\n");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_true((gpu_tree_device(&probed, 0)->fields & SAMPLE_POWER) != 0);
    gpu_tree_read(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid, SAMPLE_POWER | SAMPLE_UTILIZATION);
    assert_true(probed.samples[0].power_watts == 0);
    assert_true(probed.samples[0].utilization_ratio == 0);

    gpu_tree_write(machine.fd, 3, "power/runtime_status", "active\n");
    gpu_tree_read(&machine, &probed, 2);
    assert_true(probed.samples[0].power_watts == 100);
    gpu_tree_tear_down(&machine, &probed);
}

static void move_hwmon(struct test_machine *machine, const char *from, const char *to)
{
    assert_int_equal(renameat(machine->fd, from, machine->fd, to), 0);
}

#define CARD "sys/devices/pci0000:00/0000:03:00.0"

static void test_a_card_that_vanishes_is_a_gap_until_it_is_back(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    add_card(machine.fd, 4, "0x744c");
    gpu_tree_write(machine.fd, 4, AVERAGE, "200000000\n");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    gpu_tree_read(&machine, &probed, 1);

    move_hwmon(&machine, CARD, CARD "-away");
    gpu_tree_read(&machine, &probed, 2);
    assert_int_equal(probed.samples[0].valid, 0);
    assert_int_equal(probed.samples[0].error, -ENODEV);
    assert_true(probed.samples[1].power_watts == 200);

    /* back under another number of its hwmon folder */
    move_hwmon(&machine, CARD "-away", CARD);
    move_hwmon(&machine, CARD "/hwmon/hwmon3", CARD "/hwmon/hwmon17");
    gpu_tree_read(&machine, &probed, 2.5); /* looked for once a second */
    assert_int_equal(probed.samples[0].error, -ENODEV);
    gpu_tree_read(&machine, &probed, 3.5);
    assert_int_equal(probed.samples[0].error, 0);
    assert_true(probed.samples[0].power_watts == 100);

    /* another number of the card */
    move_hwmon(&machine, "sys/class/drm/card3", "sys/class/drm/card9");
    gpu_tree_read(&machine, &probed, 4.5);
    assert_int_equal(probed.samples[0].error, -ENODEV);
    gpu_tree_read(&machine, &probed, 6);
    assert_true(probed.samples[0].power_watts == 100);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_the_counter_spares_power_once_it_moves(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;
    uint8_t table[120];

    (void)state;
    one_card(&machine);
    make_metrics(table, 65536 * 10);
    gpu_tree_write_bytes(machine.fd, 3, "gpu_metrics", table, sizeof(table));
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER),
                     SAMPLE_ENERGY | SAMPLE_POWER);
    assert_true(probed.samples[0].energy_uj == 10000000);
    make_metrics(table, 65536 * 11);
    gpu_tree_write_bytes(machine.fd, 3, "gpu_metrics", table, sizeof(table));
    gpu_tree_read(&machine, &probed, 2);
    assert_int_equal(probed.samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_ENERGY);
    assert_true(probed.samples[0].energy_uj == 11000000);

    gpu_tree_write_bytes(machine.fd, 3, "gpu_metrics", table, 50); /* cut short */
    gpu_tree_read(&machine, &probed, 3);
    assert_int_equal(probed.samples[0].valid & SAMPLE_ENERGY, 0);
    assert_int_equal(probed.samples[0].error, -EBADMSG);
    make_metrics(table, UINT64_MAX); /* no longer told */
    gpu_tree_write_bytes(machine.fd, 3, "gpu_metrics", table, sizeof(table));
    gpu_tree_read(&machine, &probed, 4);
    assert_int_equal(probed.samples[0].error, -ENODATA);
    gpu_tree_tear_down(&machine, &probed);
}

/* The accumulator of the MI100 is not to be relied on: power counts. */
static void test_mi100_counts_by_power(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;
    uint8_t table[120];

    (void)state;
    machine_set_up(&machine, NULL);
    add_card(machine.fd, 3, "0x738c");
    gpu_tree_write(machine.fd, 3, AVERAGE, "100000000\n");
    make_metrics(table, 65536);
    gpu_tree_write_bytes(machine.fd, 3, "gpu_metrics", table, sizeof(table));
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(gpu_tree_device(&probed, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER),
                     SAMPLE_POWER);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_only_known_tables_have_energy(void **state)
{
    static const struct {
        uint8_t content;
        size_t size;
        size_t at;
    } known[] = { { 1, 96, 24 },  { 2, 104, 24 }, { 3, 120, 24 },
                  { 4, 288, 24 }, { 5, 360, 88 }, { 6, 1664, 16 } };
    static uint8_t table[1664];
    struct amdgpu_metrics metrics;

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        memset(table, 0xff, sizeof(table));
        table[0] = (uint8_t)known[i].size;
        table[1] = (uint8_t)(known[i].size >> 8);
        table[2] = 1;
        table[3] = known[i].content;
        memset(table + known[i].at, 0, 8);
        table[known[i].at + 1] = 0xc8; /* 0xc800 = 51200 units of 2^-16 J: 0.78125 J */
        assert_true(amdgpu_metrics_parse(table, known[i].size, &metrics));
        assert_true(metrics.has_energy);
        assert_true(metrics.energy_uj == 781250);
        table[0]++; /* another size is another table */
        assert_true(amdgpu_metrics_parse(table, sizeof(table), &metrics) ==
                    (known[i].size < sizeof(table)));
        if (known[i].size < sizeof(table))
            assert_false(metrics.has_energy);
        table[0]--;
        assert_false(amdgpu_metrics_parse(table, known[i].size - 1, &metrics));
        table[3] = 7;
        assert_true(amdgpu_metrics_parse(table, sizeof(table), &metrics));
        assert_false(metrics.has_energy);
        table[3] = known[i].content;
        table[2] = 2; /* graphics of a processor */
        assert_true(amdgpu_metrics_parse(table, sizeof(table), &metrics));
        assert_int_equal(metrics.format, 2);
        assert_false(metrics.has_energy);
    }
    assert_false(amdgpu_metrics_parse("", 0, &metrics));
}

/* NVIDIA's keep the numbers that NVML gives them. */
static void test_numbers_begin_after_nvidias(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_add(machine.fd, 5, "nvidia", "0x10de", "0x2684");
    gpu_tree_add(machine.fd, 6, "nouveau", "0x10de", "0x2684"); /* which NVML does not see */
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_string_equal(gpu_tree_device(&probed, 0)->id, "gpu1");
    gpu_tree_tear_down(&machine, &probed);
}

static void test_300_cards_are_in_the_order_of_their_slots(void **state)
{
    enum { CARDS = 300 };
    static struct sample samples[CARDS];
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, NULL);
    for (unsigned i = CARDS; i > 0; i--) {
        char text[32];

        add_card(machine.fd, i, "0x744c");
        (void)snprintf(text, sizeof(text), "%u000000\n", i);
        gpu_tree_write(machine.fd, i, AVERAGE, text);
    }
    /* two nodes of one card, and a link that leads to itself */
    tree_link(machine.fd, "sys/class/drm/card999/device",
              "../../../devices/pci0000:00/0000:03:00.0");
    tree_link(machine.fd, "sys/class/drm/card1000", "card1000");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(probed.reader->device_count, CARDS);
    reader_amdgpu.read(probed.reader, samples);
    for (size_t i = 0; i < CARDS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "gpu%zu", i);
        assert_string_equal(gpu_tree_device(&probed, i)->id, id);
        assert_true(samples[i].power_watts == (double)i + 1);
    }
    gpu_tree_tear_down(&machine, &probed);
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    reader_amdgpu.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_dies_are_one_gpu),
        cmocka_unit_test(test_a_second_die_alone_has_no_power),
        cmocka_unit_test(test_two_first_dies_are_two_gpus),
        cmocka_unit_test(test_a_card_beside_graphics_of_the_processor),
        cmocka_unit_test(test_graphics_of_a_processor_alone_are_absent),
        cmocka_unit_test(test_processor_and_gpu_in_one_are_a_module),
        cmocka_unit_test(test_instantaneous_power_stands_in_for_the_average),
        cmocka_unit_test(test_without_power_there_is_utilisation),
        cmocka_unit_test(test_absence_is_quiet_and_told_in_a_look),
        cmocka_unit_test(test_cards_of_others_are_no_amd_gpus),
        cmocka_unit_test(test_forbidden_meters_say_how_to_open_them),
        cmocka_unit_test(test_meters_without_a_number_are_broken),
        cmocka_unit_test(test_line_endings_do_not_matter),
        cmocka_unit_test(test_limits_that_mean_none_are_no_rating),
        cmocka_unit_test(test_what_cannot_be_read_is_a_gap),
        cmocka_unit_test(test_a_sleeping_card_is_left_asleep),
        cmocka_unit_test(test_a_card_that_vanishes_is_a_gap_until_it_is_back),
        cmocka_unit_test(test_the_counter_spares_power_once_it_moves),
        cmocka_unit_test(test_mi100_counts_by_power),
        cmocka_unit_test(test_only_known_tables_have_energy),
        cmocka_unit_test(test_numbers_begin_after_nvidias),
        cmocka_unit_test(test_300_cards_are_in_the_order_of_their_slots),
        cmocka_unit_test(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
