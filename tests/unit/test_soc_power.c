/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_soc_power.c - ARM servers by the power sensors of their firmware */
#include "machine_tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "readers/soc_power.h"

#define BUS "sys/devices/LNXSYSTM:00/LNXSYBUS:00/"

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
    struct sample samples[200];
};

/* A chip as sysfs shows it: hwmonN below its device, and a link of the class. */
static void add_file(int fd, const char *device, int number, const char *name, const char *text)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "sys/devices/platform/%s/hwmon/hwmon%d/%s", device, number,
                   name);
    tree_write(fd, path, text);
}

static void add_chip(int fd, const char *device, int number, const char *name)
{
    char path[200];
    char target[200];

    add_file(fd, device, number, "name", name);
    (void)snprintf(path, sizeof(path), "sys/devices/platform/%s/hwmon/hwmon%d/device", device,
                   number);
    (void)snprintf(target, sizeof(target), "../../../%s", device);
    tree_link(fd, path, target);
    (void)snprintf(path, sizeof(path), "sys/class/hwmon/hwmon%d", number);
    (void)snprintf(target, sizeof(target), "../../devices/platform/%s/hwmon/hwmon%d", device,
                   number);
    tree_link(fd, path, target);
}

static void add_power(int fd, const char *device, int number, int channel, const char *label,
                      const char *microwatts)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "power%d_label", channel);
    add_file(fd, device, number, name, label);
    (void)snprintf(name, sizeof(name), "power%d_input", channel);
    add_file(fd, device, number, name, microwatts);
}

/* Altra: 40.5 + 12.25 + 3 W of the processor, 4 + 5 W of the DIMMs */
static void add_altra(int fd, const char *device, int number)
{
    add_chip(fd, device, number, "smpro_hwmon\n");
    add_power(fd, device, number, 1, "power1 CORE VRD\n", "40500000\n");
    add_power(fd, device, number, 2, "power2 SoC\n", "12250000\n");
    add_power(fd, device, number, 3, "power3 DIMM VRD1\n", "4000000\n");
    add_power(fd, device, number, 4, "power4 DIMM VRD2\n", "5000000\n");
    add_power(fd, device, number, 5, "power5 RCA VRD\n", "3000000\n");
}

static void add_grace(int fd, const char *device, int number, const char *info, const char *average)
{
    add_chip(fd, device, number, "power_meter\n");
    add_file(fd, device, number, "power1_oem_info", info);
    add_file(fd, device, number, "power1_average", average);
}

static void probe(struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(&probed->machine);
    probed->machine.time.now_ns = 1;
    assert_int_equal(reader_soc_power.probe(&probed->machine.env, &probed->reader, &probed->status,
                                            &err),
                     0);
}

static void set_up(struct probed *probed, const char *manifest)
{
    memset(probed, 0, sizeof(*probed));
    machine_set_up(&probed->machine, manifest);
}

static void tear_down(struct probed *probed)
{
    reader_soc_power.close(probed->reader);
    machine_tear_down(&probed->machine);
}

/* A tenth of a second later: the reader asks its sensors no more often than twenty times a second. */
static void read_all(struct probed *probed)
{
    probed->machine.time.now_ns += 100000000;
    reader_soc_power.read(probed->reader, probed->samples);
}

static const struct sample *sample_of(const struct probed *probed, const char *id)
{
    for (size_t i = 0; i < probed->reader->device_count; i++) {
        if (strcmp(probed->reader->devices[i].id, id) == 0)
            return &probed->samples[i];
    }
    fail_msg("no device '%s'", id);
    return NULL;
}

static void assert_watts(const struct probed *probed, const char *id, double watts)
{
    const struct sample *sample = sample_of(probed, id);

    assert_int_equal(sample->valid, SAMPLE_POWER);
    assert_true(fabs(sample->power_watts - watts) < 1e-9);
}

static void test_what_a_meter_of_grace_covers(void **state)
{
    static const struct {
        const char *info;
        enum grace_meter meter;
        int socket;
    } cases[] = {
        { "Module Power Socket 0", GRACE_MODULE, 0 },
        { "Grace Power Socket 1", GRACE_TOTAL, 1 },
        { "CPU Power Socket 3", GRACE_CPU, 3 },
        { "SysIO Power Socket 0", GRACE_SYSIO, 0 },
        { "module power socket 12", GRACE_MODULE, 12 },
        { "Total Power in uW socket 0", GRACE_TOTAL, 0 },
        { "Total Input Power in uW socket 1", GRACE_TOTAL, 1 },
        { "CPU Rail Power in uW socket 0", GRACE_CPU, 0 },
        { "CPU Rail Input Power in uW socket 1", GRACE_CPU, 1 },
        { "SoC Rail Input Power in uW socket 1", GRACE_SYSIO, 1 },
        { "Module Power", GRACE_NONE, -1 },
        { "Module Power Socket", GRACE_NONE, -1 },
        { "Module Power Socket x", GRACE_NONE, -1 },
        { "Module Power Socket -1", GRACE_NONE, -1 },
        { "Module Power Socket 4096", GRACE_NONE, -1 },
        { "Fan Power Socket 0", GRACE_NONE, -1 },
        { "", GRACE_NONE, -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int socket = -1;

        assert_int_equal(grace_meter_of(cases[i].info, &socket), cases[i].meter);
        assert_int_equal(socket, cases[i].socket);
    }
}

/* The module alone: its parts are in it. */
static void test_a_module_holds_its_parts(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "gh200");
    probe(&probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    assert_int_equal(probed.reader->devices[0].kind, DEVICE_MODULE);
    assert_true(probed.reader->devices[0].memory_bytes == UINT64_C(599000000) * 1024);
    read_all(&probed);
    assert_watts(&probed, "module0", 542);
    tear_down(&probed);
}

/* Without a meter of the module: 74 + 24 W of CPU and I/O, 128 - 98 of memory and regulators. */
static void test_grace_without_its_module(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "gh200");
    assert_int_equal(unlinkat(probed.machine.fd, BUS "ACPI000D:01/power1_average", 0), 0);
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 2);
    read_all(&probed);
    assert_watts(&probed, "cpu0", 98);
    assert_watts(&probed, "dram0", 30);
    tear_down(&probed);
}

static void test_two_superchips_in_any_order(void **state)
{
    struct probed probed;
    int fd;

    (void)state;
    set_up(&probed, NULL);
    fd = probed.machine.fd;
    add_grace(fd, "ACPI000D:05", 1, "SysIO Power Socket 1\n", "20000000\n");
    add_grace(fd, "ACPI000D:01", 2, "Grace Power Socket 0\n", "200000000\n");
    add_grace(fd, "ACPI000D:02", 3, "CPU Power Socket 1\n", "90000000\n");
    add_grace(fd, "ACPI000D:03", 4, "CPU Power Socket 0\n", "150000000\n");
    add_grace(fd, "ACPI000D:04", 5, "Grace Power Socket 1\n", "130000000\n");
    add_grace(fd, "ACPI000D:06", 6, "SysIO Power Socket 0\n", "25000000\n");
    /* of a name that is there already, and one of the whole machine */
    add_grace(fd, "ACPI000D:07", 7, "CPU Power Socket 0\n", "1000000\n");
    add_grace(fd, "ACPI000D:08", 8, "Chassis\n", "900000000\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 4);
    read_all(&probed);
    assert_watts(&probed, "cpu0", 175);
    assert_watts(&probed, "dram0", 25);
    assert_watts(&probed, "cpu1", 110);
    assert_watts(&probed, "dram1", 20);
    tear_down(&probed);
}

static void test_altra_of_two_sockets(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    /* sockets stand in the order of their devices, whatever hwmon's numbers are */
    add_altra(probed.machine.fd, "smpro-hwmon.2.auto", 1);
    add_altra(probed.machine.fd, "smpro-hwmon.1.auto", 7);
    add_file(probed.machine.fd, "smpro-hwmon.2.auto", 1, "power1_input", "60000000\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 4);
    read_all(&probed);
    assert_watts(&probed, "cpu0", 55.75);
    assert_watts(&probed, "dram0", 9);
    assert_watts(&probed, "cpu1", 75.25);
    assert_watts(&probed, "dram1", 9);
    tear_down(&probed);
}

/* The second socket's package is 5674 to the kernel: so its CPU time is found, and it is not modelled once more. */
static void test_sockets_are_the_kernels_packages(void **state)
{
    static const char *const ids[] = { "36\n", "36\n", "5674\n", "5674\n" };
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    add_altra(probed.machine.fd, "smpro-hwmon.2.auto", 1);
    add_altra(probed.machine.fd, "smpro-hwmon.1.auto", 7);
    tree_write(probed.machine.fd, "sys/devices/system/cpu/online", "0-3\n");
    for (int cpu = 0; cpu < 4; cpu++) {
        char path[96];

        (void)snprintf(path, sizeof(path),
                       "sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu);
        tree_write(probed.machine.fd, path, ids[cpu]);
    }
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(probed.reader->devices[i].index, i < 2 ? 36 : 5674);
    assert_string_equal(probed.reader->devices[2].id, "cpu1");
    tear_down(&probed);
}

static void test_x_gene(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    add_chip(probed.machine.fd, "APMC0D29:00", 0, "apm_xgene\n");
    add_power(probed.machine.fd, "APMC0D29:00", 0, 1, "CPU power\n", "21000000\n");
    add_power(probed.machine.fd, "APMC0D29:00", 0, 2, "IO power\n", "6500000\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 1);
    read_all(&probed);
    assert_watts(&probed, "cpu0", 27.5);
    tear_down(&probed);
}

static void add_zone(int fd, const char *zone, const char *name, const char *microwatts)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "sys/class/powercap/%s/name", zone);
    tree_write(fd, path, name);
    if (microwatts == NULL)
        return;
    (void)snprintf(path, sizeof(path), "sys/class/powercap/%s/power_uw", zone);
    tree_write(fd, path, microwatts);
}

/* Two clusters of 3.5 and 6.25 W; a cluster's cores lie within it, the GPU and memory beside. */
static void test_zones_of_scmi(void **state)
{
    struct probed probed;
    int fd;

    (void)state;
    set_up(&probed, NULL);
    fd = probed.machine.fd;
    tree_mkdir(fd, "sys/class/powercap/arm-scmi");
    add_zone(fd, "arm-scmi:1", "BIG-CLUSTER\n", "6250000\n");
    add_zone(fd, "arm-scmi:0", "little-cluster\n", "3500000\n");
    add_zone(fd, "arm-scmi:1:0", "big-core0\n", "6000000\n");
    add_zone(fd, "arm-scmi:2", "gpu\n", "9000000\n");
    add_zone(fd, "arm-scmi:10", "ddr\n", "1000000\n");
    add_zone(fd, "intel-rapl:0", "package-0\n", "5000000\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 1);
    read_all(&probed);
    assert_watts(&probed, "cpu0", 9.75);
    tree_update(fd, "sys/class/powercap/arm-scmi:0/power_uw", "rubbish\n");
    read_all(&probed);
    assert_int_equal(sample_of(&probed, "cpu0")->valid, 0);
    tear_down(&probed);
}

static void test_zones_of_scmi_that_say_nothing_of_a_processor(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    tree_mkdir(probed.machine.fd, "sys/class/powercap/arm-scmi");
    add_zone(probed.machine.fd, "arm-scmi:0", "soc\n", "9000000\n");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tear_down(&probed);

    /* a zone that cannot be read is no smaller processor */
    set_up(&probed, NULL);
    tree_mkdir(probed.machine.fd, "sys/class/powercap/arm-scmi");
    add_zone(probed.machine.fd, "arm-scmi:0", "cluster0\n", "3500000\n");
    add_zone(probed.machine.fd, "arm-scmi:1", "cluster1\n", NULL);
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    tear_down(&probed);

    set_up(&probed, NULL);
    tree_mkdir(probed.machine.fd, "sys/class/powercap/arm-scmi");
    for (int i = 0; i < 300; i++) {
        char zone[32];

        (void)snprintf(zone, sizeof(zone), "arm-scmi:%x", (unsigned)i);
        add_zone(probed.machine.fd, zone, "cluster\n", "1000000\n");
    }
    probe(&probed);
    assert_null(probed.reader);
    tear_down(&probed);
}

/* A sum without one of its terms is another figure: a gap, and never a smaller number. */
static void test_a_term_that_fails_is_a_gap_of_its_device(void **state)
{
    static const char *const bad[] = { "", "rubbish\n", "-5\n", "99999999999999999999\n" };
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    add_altra(probed.machine.fd, "smpro-hwmon.1.auto", 0);
    probe(&probed);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tree_update(probed.machine.fd,
                    "sys/devices/platform/smpro-hwmon.1.auto/hwmon/hwmon0/power2_input", bad[i]);
        read_all(&probed);
        assert_int_equal(sample_of(&probed, "cpu0")->valid, 0);
        assert_true(sample_of(&probed, "cpu0")->error < 0);
        assert_watts(&probed, "dram0", 9);
    }
    tree_update(probed.machine.fd,
                "sys/devices/platform/smpro-hwmon.1.auto/hwmon/hwmon0/power2_input", "12250000\n");
    read_all(&probed);
    assert_watts(&probed, "cpu0", 55.75);
    tear_down(&probed);
}

/* Each look at this clock is 0.3 s later. */
static int64_t hurried_ns(void *payload)
{
    struct fake_clock *clock = payload;

    return clock->now_ns += 300000000;
}

/* Firmware that does not answer: its timeout is waited for once in twenty times as long, and the rest is read on. */
static void test_firmware_that_hangs_is_left_alone(void **state)
{
    static const char path[] = "sys/devices/platform/smpro-hwmon.1.auto/hwmon/hwmon0/power2_input";
    struct probed probed;
    int64_t failed_ns;

    (void)state;
    set_up(&probed, NULL);
    add_altra(probed.machine.fd, "smpro-hwmon.1.auto", 0);
    probe(&probed);
    probed.machine.time.clock.mono_ns = hurried_ns;
    tree_update(probed.machine.fd, path, "rubbish\n");
    read_all(&probed);
    failed_ns = sample_of(&probed, "cpu0")->mono_ns;
    assert_int_equal(sample_of(&probed, "cpu0")->error, -EBADMSG);
    tree_update(probed.machine.fd, path, "12250000\n");
    while (probed.machine.time.now_ns < failed_ns + 4000000000) {
        read_all(&probed);
        assert_int_equal(sample_of(&probed, "cpu0")->error, -EBADMSG);
        assert_watts(&probed, "dram0", 9);
    }
    probed.machine.time.now_ns = failed_ns + 20 * INT64_C(1000000000);
    read_all(&probed);
    assert_watts(&probed, "cpu0", 55.75);
    tear_down(&probed);
}

static void test_a_difference_below_nothing_is_a_gap(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "gh200");
    assert_int_equal(unlinkat(probed.machine.fd, BUS "ACPI000D:01/power1_average", 0), 0);
    probe(&probed);
    tree_update(probed.machine.fd, BUS "ACPI000D:03/power1_average", "90000000\n");
    read_all(&probed);
    assert_watts(&probed, "cpu0", 98);
    assert_int_equal(sample_of(&probed, "dram0")->valid, 0);
    tear_down(&probed);
}

static void test_a_driver_that_is_loaded_again_is_found(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    add_altra(probed.machine.fd, "smpro-hwmon.1.auto", 0);
    probe(&probed);
    assert_int_equal(unlinkat(probed.machine.fd, "sys/class/hwmon/hwmon0", 0), 0);
    for (int channel = 1; channel <= 5; channel++) {
        char path[128];

        (void)snprintf(path, sizeof(path),
                       "sys/devices/platform/smpro-hwmon.1.auto/hwmon/hwmon0/power%d_input",
                       channel);
        assert_int_equal(unlinkat(probed.machine.fd, path, 0), 0);
    }
    read_all(&probed);
    assert_int_equal(sample_of(&probed, "cpu0")->valid, 0);
    add_altra(probed.machine.fd, "smpro-hwmon.1.auto", 4);
    for (int i = 0; i < 12; i++)
        read_all(&probed); /* it is looked for once a second */
    assert_watts(&probed, "cpu0", 55.75);
    tear_down(&probed);
}

static void test_between_two_figures_there_is_nothing_to_say(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "gh200");
    probe(&probed);
    read_all(&probed);
    assert_watts(&probed, "module0", 542);
    probed.machine.time.now_ns += 10000000;
    reader_soc_power.read(probed.reader, probed.samples);
    assert_int_equal(probed.samples[0].valid, 0);
    assert_int_equal(probed.samples[0].error, 0);
    tear_down(&probed);
}

static void test_none_and_three_hundred(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "vm");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tear_down(&probed);

    /* a machine's own meter is no processor's */
    set_up(&probed, "xeon-2s-dram");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tear_down(&probed);

    set_up(&probed, NULL);
    for (int i = 0; i < 300; i++) {
        char device[40];

        (void)snprintf(device, sizeof(device), "smpro-hwmon.%03d.auto", i);
        add_altra(probed.machine.fd, device, i);
    }
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 128); /* of 64 sockets */
    read_all(&probed);
    assert_watts(&probed, "cpu63", 55.75);
    tear_down(&probed);
}

static void test_all_garbage_is_broken(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, NULL);
    add_grace(probed.machine.fd, "ACPI000D:00", 0, "Module Power Socket 0\n", "rubbish\n");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    tear_down(&probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_meter_of_grace_covers),
        cmocka_unit_test(test_a_module_holds_its_parts),
        cmocka_unit_test(test_grace_without_its_module),
        cmocka_unit_test(test_two_superchips_in_any_order),
        cmocka_unit_test(test_altra_of_two_sockets),
        cmocka_unit_test(test_sockets_are_the_kernels_packages),
        cmocka_unit_test(test_x_gene),
        cmocka_unit_test(test_zones_of_scmi),
        cmocka_unit_test(test_zones_of_scmi_that_say_nothing_of_a_processor),
        cmocka_unit_test(test_a_term_that_fails_is_a_gap_of_its_device),
        cmocka_unit_test(test_firmware_that_hangs_is_left_alone),
        cmocka_unit_test(test_a_difference_below_nothing_is_a_gap),
        cmocka_unit_test(test_a_driver_that_is_loaded_again_is_found),
        cmocka_unit_test(test_between_two_figures_there_is_nothing_to_say),
        cmocka_unit_test(test_none_and_three_hundred),
        cmocka_unit_test(test_all_garbage_is_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
