/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_jetson.c - which rails of a Jetson count, and what they draw */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "readers/jetson.h"
#include "readers/jetson_board.h"

#define COMPATIBLE "sys/firmware/devicetree/base/compatible"
#define MONITOR_NANO "sys/devices/platform/c240000.i2c/i2c-1/1-0040/hwmon/hwmon3/"
#define AGX_FIRST "sys/devices/platform/c240000.i2c/i2c-1/1-0040/hwmon/hwmon3/"
#define IIO_NANO "sys/devices/50000000.host1x/546c0000.i2c/i2c-6/6-0040/iio:device0/"

struct probed {
    struct reader *reader;
    struct reader_status status;
    struct sample samples[80];
};

static void probe(struct test_machine *machine, struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(machine);
    machine->env.sysroot = true;
    *probed = (struct probed){ .reader = NULL };
    assert_int_equal(reader_jetson.probe(&machine->env, &probed->reader, &probed->status, &err), 0);
}

static void read_all(struct test_machine *machine, struct probed *probed)
{
    machine->time.now_ns += NSEC_PER_SEC;
    assert_non_null(probed->reader);
    assert_true(probed->reader->device_count <= 80);
    reader_jetson.read(probed->reader, probed->samples);
}

/* Without the parts, which come last. */
static size_t count_wholes(const struct probed *probed)
{
    size_t count = 0;

    while (count < probed->reader->device_count &&
           probed->reader->devices[count].kind != DEVICE_PART)
        count++;
    for (size_t i = count; i < probed->reader->device_count; i++)
        assert_int_equal(probed->reader->devices[i].kind, DEVICE_PART);
    return count;
}

static void tear_down(struct test_machine *machine, struct probed *probed)
{
    reader_jetson.close(probed->reader);
    machine_tear_down(machine);
}

static void assert_watts(struct test_machine *machine, struct probed *probed, double watts)
{
    read_all(machine, probed);
    assert_int_equal(probed->samples[0].valid, SAMPLE_POWER);
    assert_int_equal(probed->samples[0].error, 0);
    assert_true(fabs(probed->samples[0].power_watts - watts) < 1e-9);
    assert_true(probed->samples[0].mono_ns == machine->time.now_ns);
}

static void assert_gap(struct test_machine *machine, struct probed *probed, int error)
{
    read_all(machine, probed);
    assert_int_equal(probed->samples[0].valid, 0);
    assert_int_equal(probed->samples[0].error, error);
}

/* A chip with one monitor; its rails are added with add_rail(). */
static void add_chip(int fd, const char *chip, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "sys/bus/i2c/devices/%s/name", chip);
    tree_write(fd, path, name);
}

static void add_file(int fd, const char *chip, const char *file, const char *content)
{
    char path[160];

    (void)snprintf(path, sizeof(path), "sys/bus/i2c/devices/%s/hwmon/hwmon%c/%s", chip,
                   chip[strlen(chip) - 1], file);
    tree_write(fd, path, content);
}

static void add_rail(int fd, const char *chip, int channel, const char *label,
                     const char *millivolts, const char *milliamperes)
{
    char file[32];

    (void)snprintf(file, sizeof(file), "in%d_label", channel);
    add_file(fd, chip, file, label);
    (void)snprintf(file, sizeof(file), "in%d_input", channel);
    add_file(fd, chip, file, millivolts);
    (void)snprintf(file, sizeof(file), "curr%d_input", channel);
    add_file(fd, chip, file, milliamperes);
}

static void set_up_jetson(struct test_machine *machine)
{
    machine_set_up(machine, NULL);
    tree_write(machine->fd, COMPATIBLE, "nvidia,tegra234");
}

/* carrier: NAN where none is metered */
static void check_both(const char *name, const char *model, const char *rails, double watts,
                       double carrier)
{
    struct test_machine machine;
    struct probed probed;
    const struct device *device;

    machine_set_up(&machine, name);
    probe(&machine, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_non_null(probed.reader);
    assert_int_equal(count_wholes(&probed), isnan(carrier) ? 1 : 2);
    device = &probed.reader->devices[0];
    assert_string_equal(device->id, "module0");
    assert_string_equal(device->model, model);
    assert_string_equal(device->reader, "jetson");
    assert_int_equal(device->kind, DEVICE_MODULE);
    assert_int_equal(device->basis, BASIS_MEASURED);
    assert_int_equal(device->fields, SAMPLE_POWER);
    assert_true(fabs(device->band_ratio - 0.10) < 1e-9);
    assert_true(strncmp(device->note, rails, strlen(rails)) == 0);
    assert_watts(&machine, &probed, watts);
    if (!isnan(carrier)) {
        assert_int_equal(probed.reader->devices[1].kind, DEVICE_BOARD);
        assert_true(fabs(probed.samples[1].power_watts - carrier) < 1e-9);
    }
    tear_down(&machine, &probed);
}

static void check_board(const char *name, const char *model, const char *rails, double watts)
{
    check_both(name, model, rails, watts, NAN);
}

/* 19072 mV x 200 mA = 3,814,400 uW, told as 3814 mW; VDD_MUX x 320 mA as 6103 mW. The device tree
 * has the name of the board's makers, which says nothing to those who bought it. */
static void test_tx1_and_tx2_count_their_input_and_show_the_carrier(void **state)
{
    (void)state;
    check_both("jetson-tx1", "NVIDIA Jetson TX1 (jetson_tx1)", "rail VDD_IN:", 3.814, 6.103);
    /* 19072 mV x 240 mA = 4,577,280 uW; x 360 mA = 6,865,920 uW */
    check_both("jetson-tx2", "NVIDIA Jetson TX2 (quill)", "rail VDD_IN:", 4.577, 6.865);
}

/* 5072 mV x 1440 mA */
static void test_orin_nx_counts_its_input(void **state)
{
    (void)state;
    check_board("jetson-orin-nx", "NVIDIA Jetson Orin NX Engineering Reference Developer Kit",
                "rail VDD_IN:", 7.30368);
}

/* 19104 x (56 + 24 + 104) + 19104 x (0 + 16) + 5040 x 528
 * = 3,515,136 + 305,664 + 2,661,120 uW */
static void test_agx_xavier_counts_six_rails_of_two_monitors(void **state)
{
    (void)state;
    check_board("jetson-agx-xavier", "NVIDIA Jetson AGX Xavier (Jetson-AGX)",
                "rail GPU + CPU + SOC + CV + VDDRQ + SYS5V:", 6.48192);
}

/* 19904 x (240 + 380) + 5024 x 1620 = 12,340,480 + 8,138,880 uW; the INA238 tells 30,150,000 uW
 * itself, a little off the product of its voltage and current. */
static void test_thor_counts_three_rails_and_shows_its_input(void **state)
{
    (void)state;
    check_both("jetson-thor", "NVIDIA Jetson AGX Thor Developer Kit",
               "rail VDD_GPU + VDD_CPU_SOC_MSS + VIN_SYS_5V0:", 20.47936, 30.15);
}

/* The driver's own product: 5184 mV x 424 mA = 2,198,016 uW, told as 2198 mW. */
static void test_nano_counts_its_input(void **state)
{
    (void)state;
    check_board("jetson-nano", "NVIDIA Jetson Nano Developer Kit", "rail POM_5V_IN:", 2.198);
}

/* 4912 mV x 736 mA = 3,615,232 uW, told as 3615 mW */
static void test_xavier_nx_counts_its_input(void **state)
{
    (void)state;
    check_board("jetson-xavier-nx", "NVIDIA Jetson Xavier NX Developer Kit", "rail VDD_IN:", 3.615);
}

/* 5064 mV x 976 mA */
static void test_orin_nano_counts_its_input(void **state)
{
    (void)state;
    check_board("jetson-orin-nano-jp5", "NVIDIA Orin Nano Developer Kit", "rail VDD_IN:", 4.942464);
    check_board("jetson-orin-nano",
                "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super",
                "rail VDD_IN:", 4.942464);
}

/* 19920 x 120 + 19920 x 40 + 5032 x 700 = 2,390,400 + 796,800 + 3,522,400 uW; the 5032 x 60 of
 * VDDQ_VDD2_1V8AO are in the last, and NC is nothing. */
static void test_agx_orin_adds_three_rails(void **state)
{
    (void)state;
    check_board("jetson-agx-orin-jp5", "Jetson AGX Orin",
                "rail VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0:", 6.7096);
    check_board("jetson-agx-orin-jp6", "NVIDIA Jetson AGX Orin Developer Kit",
                "rail VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0:", 6.7096);
}

/* 2 + 1 + 1.5 + 0 + 0.5 + 5 W */
static void test_agx_xavier_adds_six_rails(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up_jetson(&machine);
    add_chip(machine.fd, "1-0041", "ina3221x\n");
    add_rail(machine.fd, "1-0041", 1, "CV\n", "5000\n", "0\n");
    add_rail(machine.fd, "1-0041", 2, "VDDRQ\n", "5000\n", "100\n");
    add_rail(machine.fd, "1-0041", 3, "SYS5V\n", "5000\n", "1000\n");
    add_chip(machine.fd, "1-0040", "ina3221x\n");
    add_rail(machine.fd, "1-0040", 1, "GPU\n", "20000\n", "100\n");
    add_rail(machine.fd, "1-0040", 2, "CPU\n", "20000\n", "50\n");
    add_rail(machine.fd, "1-0040", 3, "SOC\n", "20000\n", "75\n");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 10);
    assert_string_equal(probed.status.detail,
                        "power monitors 1-0040: GPU, CPU, SOC; 1-0041: CV, VDDRQ, SYS5V");
    tear_down(&machine, &probed);
}

/* TX2: VDD_IN is the module, VDD_MUX the carrier board around it. */
static void test_the_carrier_board_is_beside_the_module(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up_jetson(&machine);
    add_chip(machine.fd, "0-0041", "ina3221\n");
    add_rail(machine.fd, "0-0041", 1, "VDD_IN\n", "19000\n", "200\n");
    add_rail(machine.fd, "0-0041", 2, "VDD_SYS_CPU\n", "19000\n", "60\n");
    add_chip(machine.fd, "0-0042", "ina3221\n");
    add_rail(machine.fd, "0-0042", 1, "VDD_MUX\n", "19000\n", "300\n");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 3.8);
    assert_int_equal(count_wholes(&probed), 2);
    assert_int_equal(probed.reader->devices[1].kind, DEVICE_BOARD);
    assert_string_equal(probed.reader->devices[1].id, "board");
    assert_true(fabs(probed.samples[1].power_watts - 5.7) < 1e-9);
    tear_down(&machine, &probed);
}

/* Thor: three rails of an INA3221 make the module, an INA238 sees all of the input. */
static void test_thor_has_a_meter_of_its_input(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up_jetson(&machine);
    add_chip(machine.fd, "2-0040", "ina3221\n");
    add_rail(machine.fd, "2-0040", 1, "VDD_GPU\n", "12000\n", "1000\n");
    add_rail(machine.fd, "2-0040", 2, "VDD_CPU_SOC_MSS\n", "12000\n", "500\n");
    add_rail(machine.fd, "2-0040", 3, "VIN_SYS_5V0\n", "5000\n", "1000\n");
    add_chip(machine.fd, "2-0044", "ina238\n");
    add_rail(machine.fd, "2-0044", 1, "", "20000\n", "1500\n");
    add_file(machine.fd, "2-0044", "label", "VIN\n");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 23); /* 12 + 6 + 5 */
    assert_int_equal(count_wholes(&probed), 2);
    assert_int_equal(probed.reader->devices[1].kind, DEVICE_BOARD);
    assert_true(fabs(probed.samples[1].power_watts - 30) < 1e-9);
    tear_down(&machine, &probed);
}

static void test_voltage_times_current_where_iio_has_no_power(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-nano");
    assert_int_equal(unlinkat(machine.fd, IIO_NANO "in_power0_input", 0), 0);
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 2.198016);
    tear_down(&machine, &probed);
}

/* A rail that draws nothing may read -8 mA: the sum keeps it, but does not go below 0. */
static void test_negative_currents_lower_the_sum_to_no_less_than_0(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-agx-orin-jp5");
    probe(&machine, &probed);
    tree_update(machine.fd, AGX_FIRST "curr2_input", "-20\n");
    assert_watts(&machine, &probed, 2.3904 - 0.3984 + 3.5224);
    tree_update(machine.fd, AGX_FIRST "curr1_input", "-20\n");
    tree_update(machine.fd, AGX_FIRST "curr3_input", "-20\n");
    assert_watts(&machine, &probed, 0);
    tear_down(&machine, &probed);
}

/* On the machine itself the files are the kernel's: never replaced, and opened once. */
static void test_the_kernels_files_stay_open(void **state)
{
    struct test_machine machine;
    struct probed probed = { .reader = NULL };
    struct aico2_error err = { 0 };

    (void)state;
    machine_set_up(&machine, "jetson-xavier-nx");
    machine.env.sysroot = false;
    assert_int_equal(reader_jetson.probe(&machine.env, &probed.reader, &probed.status, &err), 0);
    assert_watts(&machine, &probed, 3.615);
    tree_update(machine.fd, "sys/bus/iio/devices/iio:device0/in_power0_input", "4000\n");
    assert_watts(&machine, &probed, 4);
    tear_down(&machine, &probed);
}

static void test_odd_ends_of_a_number_do_not_matter(void **state)
{
    static const char *const contents[] = { "976", "976\r\n", " 976 \n" };

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        struct test_machine machine;
        struct probed probed;

        machine_set_up(&machine, "jetson-orin-nano-jp5");
        tree_update(machine.fd, MONITOR_NANO "curr1_input", contents[i]);
        probe(&machine, &probed);
        assert_watts(&machine, &probed, 4.942464);
        tear_down(&machine, &probed);
    }
}

static void write_nul_padded(int fd, const char *path)
{
    static const char text[8] = "976\n";
    int file = openat(fd, path, O_WRONLY | O_TRUNC);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, sizeof(text)), sizeof(text));
    assert_int_equal(close(file), 0);
}

static void test_nul_padding_is_no_part_of_a_number(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    write_nul_padded(machine.fd, MONITOR_NANO "curr1_input");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

static void test_garbage_in_mid_run_is_a_gap(void **state)
{
    static const char *const contents[] = {
        "",         "\n",       "garbage\n", "1 2\n", "0x10\n", "1e9\n", "99999999999999999999\n",
        "100001\n", "-100001\n"
    };
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-agx-orin-jp6");
    probe(&machine, &probed);
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        tree_update(machine.fd, "sys/class/hwmon/hwmon1/curr2_input", contents[i]);
        assert_gap(&machine, &probed, -EBADMSG); /* never the sum of the other two */
    }
    tree_update(machine.fd, "sys/class/hwmon/hwmon1/curr2_input", "40\n");
    tree_update(machine.fd, "sys/class/hwmon/hwmon1/in2_input", "-8\n");
    assert_gap(&machine, &probed, -EBADMSG);
    tree_update(machine.fd, "sys/class/hwmon/hwmon1/in2_input", "19920\n");
    assert_watts(&machine, &probed, 6.7096);
    tear_down(&machine, &probed);
}

/* The kernel's own EIO: nothing is mapped at the start of a process. */
static void fail_reading(int fd, const char *path)
{
    assert_int_equal(unlinkat(fd, path, 0), 0);
    tree_link(fd, path, "/proc/self/mem");
}

static void test_an_error_of_the_bus_is_a_gap_and_passes(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    fail_reading(machine.fd, MONITOR_NANO "curr1_input");
    assert_gap(&machine, &probed, -EIO);
    assert_int_equal(unlinkat(machine.fd, MONITOR_NANO "curr1_input", 0), 0);
    tree_write(machine.fd, MONITOR_NANO "curr1_input", "976\n");
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

/* Each look at this clock is half a second later: so long does the bus take, to fail and to work. */
static int64_t hurried_ns(void *payload)
{
    struct fake_clock *clock = payload;

    return clock->now_ns += NSEC_PER_SEC / 2;
}

/* A bus that hangs times out: the loop does not wait for it at every reading, but once in twenty times as long. What is
 * only slow is read all the same. */
static void test_a_bus_that_hangs_is_left_alone(void **state)
{
    struct test_machine machine;
    struct probed probed;
    int64_t failed_ns;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    machine.time.clock.mono_ns = hurried_ns;
    reader_jetson.read(probed.reader, probed.samples);
    assert_int_equal(probed.samples[0].valid, SAMPLE_POWER);
    fail_reading(machine.fd, MONITOR_NANO "curr1_input");
    assert_gap(&machine, &probed, -EIO);
    failed_ns = probed.samples[0].mono_ns;
    assert_int_equal(unlinkat(machine.fd, MONITOR_NANO "curr1_input", 0), 0);
    tree_write(machine.fd, MONITOR_NANO "curr1_input", "976\n");
    while (machine.time.now_ns < failed_ns + 8 * NSEC_PER_SEC)
        assert_gap(&machine, &probed, -EIO);
    machine.time.now_ns = failed_ns + 10 * NSEC_PER_SEC;
    read_all(&machine, &probed);
    assert_int_equal(probed.samples[0].valid, SAMPLE_POWER);
    tear_down(&machine, &probed);
}

static void test_an_error_of_the_bus_that_stays_is_broken(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    fail_reading(machine.fd, MONITOR_NANO "in1_input");
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "cannot read rail 'VDD_IN'"));
    tear_down(&machine, &probed);
}

static void test_garbage_at_the_start_is_broken(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    tree_update(machine.fd, MONITOR_NANO "in1_input", "garbage\n");
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "VDD_IN"));
    tear_down(&machine, &probed);
}

static void test_a_forbidden_rail_says_how_to_open_it(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    assert_int_equal(unlinkat(machine.fd, MONITOR_NANO "curr1_input", 0), 0);
    tree_mkdir(machine.fd, MONITOR_NANO "curr1_input");
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_DENIED);
    assert_non_null(strstr(probed.status.reason, "no permission to read rail 'VDD_IN'"));
    assert_string_equal(probed.status.fix,
                        "sudo chmod a+r /sys/bus/i2c/devices/1-0040/hwmon/hwmon3/*_input");
    tear_down(&machine, &probed);
}

/* Without its input the rails inside would be less than the module. */
static void test_an_input_that_is_off_is_not_replaced_by_its_parts(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    tree_update(machine.fd, MONITOR_NANO "in1_enable", "0\n");
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "'VDD_IN' is off"));
    assert_string_equal(probed.status.fix,
                        "echo 1 | sudo tee /sys/bus/i2c/devices/1-0040/hwmon/hwmon3/in1_enable");
    tear_down(&machine, &probed);
}

static void test_rails_of_an_unknown_board_are_not_added_up(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-agx-orin-jp5");
    tree_update(machine.fd, AGX_FIRST "in3_label", "VIN_SOMETHING\n");
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_non_null(strstr(probed.status.reason, "none of the rails"));
    assert_non_null(strstr(probed.status.detail, "VDD_CPU_CV, VIN_SOMETHING"));
    assert_null(strstr(probed.status.detail, "NC"));
    tear_down(&machine, &probed);
}

static void test_hwmon_under_another_number_is_found_again(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    assert_int_equal(renameat(machine.fd, MONITOR_NANO, machine.fd,
                              "sys/devices/platform/c240000.i2c/i2c-1/1-0040/hwmon/hwmon5"),
                     0);
    tree_update(machine.fd,
                "sys/devices/platform/c240000.i2c/i2c-1/1-0040/hwmon/hwmon5/curr1_input", "1000\n");
    assert_watts(&machine, &probed, 5.064);
    tear_down(&machine, &probed);
}

/* Loaded again it may count its channels otherwise: another rail is not taken for the input. */
static void test_a_channel_of_another_name_is_not_the_rail(void **state)
{
    static const char again[] = "sys/devices/platform/c240000.i2c/i2c-1/1-0040/hwmon/hwmon9";
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    assert_int_equal(renameat(machine.fd, MONITOR_NANO, machine.fd, again), 0);
    tree_update(machine.fd, "sys/bus/i2c/devices/1-0040/hwmon/hwmon9/in1_label", "VDD_SOC\n");
    assert_gap(&machine, &probed, -ENODEV);
    tree_update(machine.fd, "sys/bus/i2c/devices/1-0040/hwmon/hwmon9/in1_label", "VDD_IN\n");
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

static void test_a_driver_that_goes_is_a_gap_until_it_is_back(void **state)
{
    static const char away[] = "sys/away";
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    assert_int_equal(renameat(machine.fd, MONITOR_NANO, machine.fd, away), 0);
    assert_gap(&machine, &probed, -ENODEV);
    assert_gap(&machine, &probed, -ENODEV);
    assert_int_equal(renameat(machine.fd, away, machine.fd, MONITOR_NANO), 0);
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

/* Of rails of one name the first chip's counts: added, they would be counted twice. */
static void test_a_name_counts_once_among_many_monitors(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up_jetson(&machine);
    for (unsigned i = 300; i-- > 0;) {
        char chip[16];
        char current[16];

        (void)snprintf(chip, sizeof(chip), "7-0%03u", (i * 7) % 300);
        (void)snprintf(current, sizeof(current), "%u\n", 1000 + (i * 7) % 300);
        add_chip(machine.fd, chip, "ina3221\n");
        add_rail(machine.fd, chip, 3, "VDD_IN\n", "5000\n", current);
    }
    probe(&machine, &probed);
    assert_int_equal(count_wholes(&probed), 1);
    assert_watts(&machine, &probed, 5); /* 7-0000: 5000 mV x 1000 mA */
    tear_down(&machine, &probed);
}

static void assert_absent(struct test_machine *machine, const char *why)
{
    struct probed probed;

    probe(machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_string_equal(probed.status.fix, "");
    assert_non_null(strstr(probed.status.reason, why));
    tear_down(machine, &probed);
}

static void test_absence_is_explained_as_it_is(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, NULL);
    assert_absent(&machine, "not an NVIDIA Jetson");
    machine_set_up(&machine, "laptop");
    assert_absent(&machine, "not an NVIDIA Jetson");
    machine_set_up(&machine, "gh200");
    assert_absent(&machine, "not an NVIDIA Jetson");
    set_up_jetson(&machine); /* a Nano of 2 GB has none */
    assert_absent(&machine, "no power monitor");
    set_up_jetson(&machine);
    add_chip(machine.fd, "1-0040", "ina3221\n"); /* no driver has taken it */
    assert_absent(&machine, "no power monitor");
}

/* Another board with an INA3221 that has a rail of the same name is no Jetson. */
static void test_other_boards_with_such_monitors_are_left_alone(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    tree_update(machine.fd, COMPATIBLE, "maker,board");
    assert_absent(&machine, "not an NVIDIA Jetson");
}

/* A container: /sys/firmware is masked, NVIDIA's runtime shows the release file. */
static void test_a_masked_device_tree_leaves_the_release_file(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    assert_int_equal(renameat(machine.fd, "sys/firmware", machine.fd, "sys/masked"), 0);
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    assert_string_equal(probed.reader->devices[0].model, "NVIDIA Jetson");
    tear_down(&machine, &probed);
}

/* Without even that the chip's family is left. */
static void test_a_bare_container_leaves_the_chips_family(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano-jp5");
    assert_int_equal(renameat(machine.fd, "sys/firmware", machine.fd, "sys/masked"), 0);
    assert_int_equal(unlinkat(machine.fd, "etc/nv_tegra_release", 0), 0);
    tree_write(machine.fd, "sys/devices/soc0/family", "Broadcom\n");
    probe(&machine, &probed);
    assert_null(probed.reader);
    tree_update(machine.fd, "sys/devices/soc0/family", "Tegra\n");
    probe(&machine, &probed);
    assert_watts(&machine, &probed, 4.942464);
    tear_down(&machine, &probed);
}

static void test_modules_are_told_by_their_part_number(void **state)
{
    static const struct {
        const char *list;
        size_t length;
        const char *product;
    } boards[] = {
#define LIST(text) text, sizeof(text)
        { LIST("nvidia,p3768-0000+p3767-0005-super\0nvidia,p3767-0005\0nvidia,tegra234"),
          "Jetson Orin Nano Super 8GB" },
        { LIST("nvidia,p3768-0000+p3767-0003\0nvidia,p3767-0003\0nvidia,tegra234"),
          "Jetson Orin Nano 8GB" },
        { LIST("nvidia,p3737-0000+p3701-0004\0nvidia,tegra234"), "Jetson AGX Orin 32GB" },
        { LIST("nvidia,p3737-0000+p3701-0000\0nvidia,tegra234"), "Jetson AGX Orin 64GB" },
        { LIST("nvidia,p3449-0000-b00+p3448-0000-b00\0nvidia,jetson-nano"), "Jetson Nano" },
        { LIST("nvidia,p9999-0000\0nvidia,tegra234"), NULL },
        { LIST("maker,p3767-0003"), NULL },
        { "nvidia,p3767-0003", 12, NULL }, /* torn */
        { "", 0, NULL },
#undef LIST
    };

    (void)state;
    for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
        const char *product = jetson_product(boards[i].list, boards[i].length);

        if (boards[i].product == NULL)
            assert_null(product);
        else
            assert_string_equal(product, boards[i].product);
    }
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    reader_jetson.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tx1_and_tx2_count_their_input_and_show_the_carrier),
        cmocka_unit_test(test_orin_nx_counts_its_input),
        cmocka_unit_test(test_agx_xavier_counts_six_rails_of_two_monitors),
        cmocka_unit_test(test_thor_counts_three_rails_and_shows_its_input),
        cmocka_unit_test(test_a_channel_of_another_name_is_not_the_rail),
        cmocka_unit_test(test_a_bare_container_leaves_the_chips_family),
        cmocka_unit_test(test_modules_are_told_by_their_part_number),
        cmocka_unit_test(test_nano_counts_its_input),
        cmocka_unit_test(test_xavier_nx_counts_its_input),
        cmocka_unit_test(test_orin_nano_counts_its_input),
        cmocka_unit_test(test_agx_orin_adds_three_rails),
        cmocka_unit_test(test_agx_xavier_adds_six_rails),
        cmocka_unit_test(test_the_carrier_board_is_beside_the_module),
        cmocka_unit_test(test_thor_has_a_meter_of_its_input),
        cmocka_unit_test(test_voltage_times_current_where_iio_has_no_power),
        cmocka_unit_test(test_negative_currents_lower_the_sum_to_no_less_than_0),
        cmocka_unit_test(test_the_kernels_files_stay_open),
        cmocka_unit_test(test_odd_ends_of_a_number_do_not_matter),
        cmocka_unit_test(test_nul_padding_is_no_part_of_a_number),
        cmocka_unit_test(test_garbage_in_mid_run_is_a_gap),
        cmocka_unit_test(test_an_error_of_the_bus_is_a_gap_and_passes),
        cmocka_unit_test(test_a_bus_that_hangs_is_left_alone),
        cmocka_unit_test(test_an_error_of_the_bus_that_stays_is_broken),
        cmocka_unit_test(test_garbage_at_the_start_is_broken),
        cmocka_unit_test(test_a_forbidden_rail_says_how_to_open_it),
        cmocka_unit_test(test_an_input_that_is_off_is_not_replaced_by_its_parts),
        cmocka_unit_test(test_rails_of_an_unknown_board_are_not_added_up),
        cmocka_unit_test(test_hwmon_under_another_number_is_found_again),
        cmocka_unit_test(test_a_driver_that_goes_is_a_gap_until_it_is_back),
        cmocka_unit_test(test_a_name_counts_once_among_many_monitors),
        cmocka_unit_test(test_absence_is_explained_as_it_is),
        cmocka_unit_test(test_other_boards_with_such_monitors_are_left_alone),
        cmocka_unit_test(test_a_masked_device_tree_leaves_the_release_file),
        cmocka_unit_test(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
