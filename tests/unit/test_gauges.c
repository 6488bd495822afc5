/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_gauges.c - live figures of built machines, and what is said where there are none */
#include "machine_tree.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/gauges.h"

#define GPU_LOAD "sys/devices/17000000.gv11b/load"
#define ZONE "sys/devices/virtual/thermal/thermal_zone0/temp"

struct look {
    struct test_machine machine;
    struct gauges *gauges;
    const struct gauge *items;
    size_t count;
};

static void look(struct look *look)
{
    assert_int_equal(gauges_read(look->gauges, &look->items, &look->count), 0);
    for (size_t i = 0; i < look->count; i++) {
        const struct gauge *gauge = &look->items[i];

        /* a figure or a reason, never both; and no name twice */
        if (gauge->unit == GAUGE_WORD)
            assert_int_equal(gauge->word[0] == '\0', gauge->reason[0] != '\0');
        else
            assert_int_equal(isfinite(gauge->value), gauge->reason[0] == '\0');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(look->items[j].name, gauge->name);
    }
}

static void set_up(struct look *at, const char *name)
{
    machine_set_up(&at->machine, name);
    assert_int_equal(gauges_new(&at->machine.env, &at->gauges), 0);
    look(at);
}

static void look_again(struct look *at)
{
    gauges_free(at->gauges);
    machine_reopen(&at->machine);
    assert_int_equal(gauges_new(&at->machine.env, &at->gauges), 0);
    look(at);
}

static void tear_down(struct look *at)
{
    gauges_free(at->gauges);
    machine_tear_down(&at->machine);
}

static const struct gauge *find(const struct look *at, const char *name)
{
    for (size_t i = 0; i < at->count; i++) {
        if (strcmp(at->items[i].name, name) == 0)
            return &at->items[i];
    }
    return NULL;
}

static void assert_value(const struct look *at, const char *name, double value)
{
    const struct gauge *gauge = find(at, name);

    if (gauge == NULL || !(fabs(gauge->value - value) <= 1e-9 * fmax(1, fabs(value))))
        fail_msg("%s is %g, not %g", name, gauge == NULL ? NAN : gauge->value, value);
}

static void assert_limit(const struct look *at, const char *name, double limit)
{
    assert_non_null(find(at, name));
    assert_true(fabs(find(at, name)->limit - limit) <= 1e-9 * limit);
}

static void assert_unknown(const struct look *at, const char *name, const char *why)
{
    const struct gauge *gauge = find(at, name);

    assert_non_null(gauge);
    assert_true(isnan(gauge->value));
    if (strstr(gauge->reason, why) == NULL)
        fail_msg("%s: '%s' has no '%s'", name, gauge->reason, why);
}

/* What jtop shows of a TX2 of JetPack 4, all of it readable to root. */
static void test_a_tx2_shows_all_that_jtop_does(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "jetson-tx2");
    assert_string_equal(find(&at, "module0.mode")->word, "MAXP_CORE_ARM");
    assert_value(&at, "rail.VDD_IN", 4.577);
    assert_string_equal(find(&at, "rail.VDD_IN")->inside, "");
    assert_value(&at, "module0.power", 4.577);
    assert_value(&at, "rail.VDD_SYS_GPU", 0.305);
    assert_string_equal(find(&at, "rail.VDD_SYS_GPU")->inside, "module0");
    assert_string_equal(find(&at, "rail.VDD_SYS_GPU")->label, "GPU");
    assert_string_equal(find(&at, "rail.VDD_SYS_DDR")->label, "memory");
    assert_value(&at, "rail.VDD_MUX", 6.865);
    assert_value(&at, "rail.VDD_3V3_SYS_M2", -0.026); /* as it is: only a sum is not below 0 */
    assert_string_equal(find(&at, "rail.VDD_3V3_SYS_M2")->inside, "board");
    assert_value(&at, "gpu.load", 0);
    assert_value(&at, "gpu.memory", 1082880.0 * 1024);
    assert_value(&at, "gpu.frequency", 140250000);
    assert_limit(&at, "gpu.frequency", 1300500000);
    assert_value(&at, "emc.frequency", 665600000);
    assert_value(&at, "emc.load", 0.2); /* 133,120 of 665,600 kHz */
    assert_value(&at, "cpus.online", 4);
    assert_limit(&at, "cpus.online", 6);
    assert_value(&at, "cpu3.frequency", 806400000);
    assert_null(find(&at, "cpu1.frequency"));
    assert_unknown(&at, "cpu1.load", "off");
    assert_value(&at, "memory.used", 4027070.0 * 1024); /* 8,054,140 - 4,027,070 kB */
    assert_limit(&at, "memory.used", 8054140.0 * 1024);
    assert_value(&at, "swap.used", 0);
    assert_value(&at, "temperature.BCPU-therm", 38);
    assert_null(find(&at, "temperature.PMIC-Die")); /* says 100 for ever */
    assert_value(&at, "fan0.duty", 0);
    assert_value(&at, "fan0.speed", 0);
    tear_down(&at);
}

static void test_boards_of_jetpack_5_and_later(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "jetson-agx-xavier");
    assert_string_equal(find(&at, "module0.mode")->word, "MODE_30W_ALL");
    assert_value(&at, "gpu.load", 0.42);
    assert_value(&at, "rail.CPU", 0.458496);
    assert_string_equal(find(&at, "rail.VDDRQ")->label, "memory");
    assert_value(&at, "swap.used", 1346460.0 * 1024); /* 16,346,460 - 15,000,000 kB */
    assert_value(&at, "fan0.duty", 64 / 255.0);
    assert_value(&at, "fan0.speed", 1180);
    tear_down(&at);

    set_up(&at, "jetson-agx-orin-jp6");
    assert_value(&at, "module0.power", 6.7096); /* of three rails: 2.3904 + 0.7968 + 3.5224 W */
    tear_down(&at);

    set_up(&at, "jetson-orin-nx");
    assert_value(&at, "rail.VDD_CPU_GPU_CV", 2.312832); /* 5072 mV x 456 mA */
    assert_string_equal(find(&at, "rail.VDD_CPU_GPU_CV")->label, "CPU + GPU + CV");
    assert_value(&at, "gpu.load", 0.655);
    assert_unknown(&at, "emc.frequency", "root alone");
    assert_unknown(&at, "emc.load", "root alone");
    assert_string_equal(find(&at, "emc.load")->fix, "sudo aico2 devices");
    assert_unknown(&at, "temperature.cv0-thermal", "off");
    assert_value(&at, "temperature.tj-thermal", 52.75);
    tear_down(&at);

    set_up(&at, "jetson-thor");
    assert_value(&at, "rail.VIN", 30.15);
    assert_value(&at, "module0.power",
                 20.47936); /* 4.77696 + 7.56352 + 8.13888: VIN is the carrier's */
    assert_unknown(&at, "gpu.load", "does not tell it");
    assert_value(&at, "gpu.frequency", 315000000);
    assert_limit(&at, "gpu.frequency.gpu-nvd-0", 1692000000);
    assert_value(&at, "emc.frequency", 2133000000);
    assert_unknown(&at, "emc.load", "root alone");
    tear_down(&at);
}

/* In debugfs of an Orin there is an activity without a unit: it is not made a load. */
static void test_an_activity_of_unknown_unit_is_no_load(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "jetson-orin-nano");
    assert_unknown(&at, "emc.load", "this kernel does not tell");
    tree_write(at.machine.fd, "sys/kernel/debug/bpmp/debug/clk/emc/rate", "2133000000\n");
    tree_write(at.machine.fd, "sys/kernel/debug/bpmp/debug/actmon/mc_all_avg_activity", "41234\n");
    look(&at);
    assert_value(&at, "emc.frequency", 2133000000);
    assert_unknown(&at, "emc.load", "no published unit");
    tree_write(at.machine.fd, "sys/kernel/debug/cactmon/mc_all", "9999999\n"); /* more than all */
    look(&at);
    assert_unknown(&at, "emc.load", "no such number");
    tear_down(&at);
}

static void test_a_load_past_its_scale_is_none(void **state)
{
    static const char *const texts[] = { "1001\n", "-1\n", "", "\n", "busy\n", "42%\n", "4 2\n" };
    struct look at;

    (void)state;
    set_up(&at, "jetson-agx-xavier");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        tree_update(at.machine.fd, GPU_LOAD, texts[i]);
        look(&at);
        assert_unknown(&at, "gpu.load", "no such number");
    }
    tree_update(at.machine.fd, GPU_LOAD, "1000\n");
    look(&at);
    assert_value(&at, "gpu.load", 1);
    assert_int_equal(unlinkat(at.machine.fd, GPU_LOAD, 0), 0);
    tree_mkdir(at.machine.fd, GPU_LOAD);
    look(&at);
    assert_unknown(&at, "gpu.load", "no permission");
    assert_int_equal(unlinkat(at.machine.fd, GPU_LOAD, AT_REMOVEDIR), 0);
    look(&at); /* the links lead nowhere now */
    assert_unknown(&at, "gpu.load", "does not tell it");
    tree_link(at.machine.fd, GPU_LOAD, "load");
    look(&at);
    assert_unknown(&at, "gpu.load", "");
    tear_down(&at);
}

/* Where devfreq is not built in, two links lead to the load all the same. */
static void test_the_load_is_found_by_its_links(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "jetson-agx-xavier");
    assert_int_equal(unlinkat(at.machine.fd, "sys/class/devfreq/17000000.gv11b", 0), 0);
    look(&at);
    assert_value(&at, "gpu.load", 0.42);
    assert_null(find(&at, "gpu.frequency"));
    assert_int_equal(unlinkat(at.machine.fd, "sys/devices/gpu.0", 0), 0);
    look(&at);
    assert_value(&at, "gpu.load", 0.42); /* platform/gpu.0 */
    tear_down(&at);
}

/* A container: the device tree is masked, and with it whose node the devfreq device is. */
static void test_the_gpu_is_known_by_its_name_as_well(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "jetson-agx-xavier");
    assert_int_equal(renameat(at.machine.fd, "sys/firmware", at.machine.fd, "sys/masked"), 0);
    look(&at); /* the release file is left */
    assert_value(&at, "gpu.load", 0.42);
    assert_limit(&at, "gpu.frequency", 1377000000);
    assert_unknown(&at, "gpu.memory", "does not tell");
    tear_down(&at);
}

static void test_sensors_that_are_off_say_so(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "jetson-agx-xavier");
    tree_update(at.machine.fd, ZONE, "-256000\n");
    look(&at);
    assert_unknown(&at, "temperature.CPU-therm", "off");
    tree_update(at.machine.fd, ZONE, "-12500\n"); /* outside, in winter */
    look(&at);
    assert_value(&at, "temperature.CPU-therm", -12.5);
    tree_update(at.machine.fd, ZONE, "300000\n");
    look(&at);
    assert_unknown(&at, "temperature.CPU-therm", "no such number");
    tree_update(at.machine.fd, ZONE, "hot\n");
    look(&at);
    assert_unknown(&at, "temperature.CPU-therm", "no such number");
    tear_down(&at);
}

static void test_zones_of_one_name_are_told_apart_and_300_are_not_too_many(void **state)
{
    struct look at;
    size_t found = 0;

    (void)state;
    set_up(&at, NULL);
    assert_int_equal(at.count, 0);
    for (int i = 0; i < 300; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "sys/class/thermal/thermal_zone%d/type", i);
        tree_write(at.machine.fd, path, "acpitz\n");
        (void)snprintf(path, sizeof(path), "sys/class/thermal/thermal_zone%d/temp", i);
        tree_write(at.machine.fd, path, "20000\n");
    }
    tree_link(at.machine.fd, "sys/class/thermal/thermal_zone7x", "thermal_zone7x");
    look_again(&at);
    for (size_t i = 0; i < at.count; i++)
        found += strncmp(at.items[i].name, "temperature.acpitz", 18) == 0;
    assert_int_equal(found, 256);
    assert_value(&at, "temperature.acpitz", 20);
    assert_value(&at, "temperature.acpitz.255", 20);
    tear_down(&at);
}

static void write_stat(int fd, unsigned busy0, unsigned idle0, unsigned busy1, unsigned idle1)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "cpu  %u 0 0 %u 0 0 0 0 0 0\ncpu0 %u 0 0 %u 0 0 0 0 0 0\n"
                   "cpu1 %u 0 0 %u 0 0 0 0 0 0\nintr 1\n",
                   busy0 + busy1, idle0 + idle1, busy0, idle0, busy1, idle1);
    tree_write(fd, "proc/stat", text);
}

static void test_load_is_of_the_time_between_two_readings(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, NULL);
    write_stat(at.machine.fd, 100, 900, 500, 500);
    look_again(&at);
    assert_unknown(&at, "cpu0.load", "two readings");
    write_stat(at.machine.fd, 125, 975, 500, 600); /* 25 of 100 ticks; none of 100 */
    look(&at);
    assert_value(&at, "cpu0.load", 0.25);
    assert_value(&at, "cpu1.load", 0);
    write_stat(at.machine.fd, 125, 975, 600, 600); /* time stood still; all of 100 */
    look(&at);
    assert_unknown(&at, "cpu0.load", "two readings");
    assert_value(&at, "cpu1.load", 1);
    write_stat(at.machine.fd, 10, 90, 650, 650); /* off and on again: it counts from 0 */
    look(&at);
    assert_unknown(&at, "cpu0.load", "two readings");
    assert_value(&at, "cpu1.load", 0.5);
    write_stat(at.machine.fd, 20, 90, 650, 750);
    look(&at);
    assert_value(&at, "cpu0.load", 1);
    tear_down(&at);
}

/* A power mode that switches cores off while somebody looks. */
static void test_cores_that_go_off_are_off_and_not_idle(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, NULL);
    tree_write(at.machine.fd, "sys/devices/system/cpu/present", "0-1\n");
    tree_write(at.machine.fd, "sys/devices/system/cpu/online", "0-1\n");
    write_stat(at.machine.fd, 100, 900, 500, 500);
    look_again(&at);
    assert_value(&at, "cpus.online", 2);
    tree_update(at.machine.fd, "sys/devices/system/cpu/online", "0\n");
    tree_write(at.machine.fd, "proc/stat",
               "cpu  110 0 0 990 0 0 0 0 0 0\ncpu0 110 0 0 990 0 0 0 0 0 0\nintr 1\n");
    look(&at);
    assert_value(&at, "cpus.online", 1);
    assert_limit(&at, "cpus.online", 2);
    assert_value(&at, "cpu0.load", 0.1);
    assert_unknown(&at, "cpu1.load", "off");
    tear_down(&at);
}

/* A container may see nothing of it all; a server has no rails and no graphics of a Jetson. */
static void test_other_machines_show_what_they_have(void **state)
{
    struct look at;

    (void)state;
    set_up(&at, "container-masked");
    assert_null(find(&at, "gpu.load"));
    tear_down(&at);

    set_up(&at, "laptop");
    assert_null(find(&at, "module0.mode"));
    assert_null(find(&at, "rail.VDD_IN"));
    assert_non_null(find(&at, "memory.used"));
    assert_non_null(find(&at, "cpu0.load"));
    tear_down(&at);
    gauges_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tx2_shows_all_that_jtop_does),
        cmocka_unit_test(test_boards_of_jetpack_5_and_later),
        cmocka_unit_test(test_an_activity_of_unknown_unit_is_no_load),
        cmocka_unit_test(test_a_load_past_its_scale_is_none),
        cmocka_unit_test(test_the_load_is_found_by_its_links),
        cmocka_unit_test(test_the_gpu_is_known_by_its_name_as_well),
        cmocka_unit_test(test_sensors_that_are_off_say_so),
        cmocka_unit_test(test_zones_of_one_name_are_told_apart_and_300_are_not_too_many),
        cmocka_unit_test(test_load_is_of_the_time_between_two_readings),
        cmocka_unit_test(test_cores_that_go_off_are_off_and_not_idle),
        cmocka_unit_test(test_other_machines_show_what_they_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
