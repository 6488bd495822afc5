/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_rapl.c - which counters of a machine count */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "readers/rapl.h"

#define ZONES "sys/devices/virtual/powercap/intel-rapl/"
#define RANGE "262143328850"

struct probed {
    struct reader *reader;
    struct reader_status status;
    struct sample samples[8];
};

static void probe(struct test_machine *machine, struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(machine);
    *probed = (struct probed){ .reader = NULL };
    assert_int_equal(reader_rapl.probe(&machine->env, &probed->reader, &probed->status, &err), 0);
}

static void read_all(struct probed *probed)
{
    assert_true(probed->reader->device_count <= 8);
    reader_rapl.read(probed->reader, probed->samples);
}

static void tear_down(struct test_machine *machine, struct probed *probed)
{
    reader_rapl.close(probed->reader);
    machine_tear_down(machine);
}

static const struct device *device_at(const struct probed *probed, size_t at)
{
    assert_non_null(probed->reader);
    assert_true(at < probed->reader->device_count);
    return &probed->reader->devices[at];
}

static void write_cpuinfo(int fd, const char *vendor, const char *flags)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "processor\t: 0\nvendor_id\t: %s\ncpu family\t: 6\nmodel\t\t: 106\n"
                   "model name\t: A CPU\nflags\t\t: fpu %s\n",
                   vendor, flags);
    tree_write(fd, "proc/cpuinfo", text);
}

static void test_two_sockets_and_their_dram(void **state)
{
    static const char *const ids[] = { "cpu0", "cpu1", "dram0", "dram1" };
    static const uint64_t energies[] = { 191837465012, 262143300000, 30120559871, 31220001234 };
    static const uint64_t ranges[] = { 262143328850, 262143328850, 65712999613, 65712999613 };
    static const double ratings[] = { 205, 205, 41.25, 41.25 };
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "xeon-2s-dram");
    probe(&machine, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 4);
    read_all(&probed);
    for (size_t i = 0; i < 4; i++) {
        const struct device *device = device_at(&probed, i);

        assert_string_equal(device->id, ids[i]);
        assert_int_equal(device->kind, i < 2 ? DEVICE_CPU : DEVICE_DRAM);
        assert_int_equal(device->basis, BASIS_MEASURED);
        assert_int_equal(device->index, (int)i % 2);
        assert_true(device->counter_range_uj == ranges[i]);
        assert_true(device->rated_watts == ratings[i]);
        assert_int_equal(probed.samples[i].valid, SAMPLE_ENERGY);
        assert_true(probed.samples[i].energy_uj == energies[i]);
        assert_true(probed.samples[i].mono_ns == machine.time.now_ns);
    }
    /* Ice Lake-SP measures: 3 % (1 sigma) for a package of a server, 10 % for its DRAM */
    assert_true(fabs(device_at(&probed, 0)->band_ratio - 0.06) < 1e-9);
    assert_true(fabs(device_at(&probed, 2)->band_ratio - 0.20) < 1e-9);
    tear_down(&machine, &probed);
}

/* i7-12700K: core and uncore lie in package-0, intel-rapl-mmio:0 is the same counter again. */
static void test_what_is_inside_or_around_a_package_is_no_package(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "core-psys");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    assert_string_equal(device_at(&probed, 0)->id, "cpu0");
    assert_string_equal(device_at(&probed, 0)->note, ""); /* not the mmio twin */
    assert_string_equal(device_at(&probed, 1)->id, "board");
    assert_int_equal(device_at(&probed, 1)->kind, DEVICE_BOARD);
    read_all(&probed);
    assert_true(probed.samples[0].energy_uj == 9384756102);
    assert_true(probed.samples[1].energy_uj == 15920394857);
    tear_down(&machine, &probed);
}

static void test_client_has_dram_and_a_board(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "laptop");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 3);
    assert_int_equal(device_at(&probed, 0)->kind, DEVICE_CPU);
    assert_int_equal(device_at(&probed, 1)->kind, DEVICE_DRAM);
    assert_int_equal(device_at(&probed, 2)->kind, DEVICE_BOARD);
    assert_true(device_at(&probed, 0)->rated_watts == 15);
    tear_down(&machine, &probed);
}

static void test_amd_has_packages_only_and_no_rating(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "epyc-2s");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(device_at(&probed, i)->kind, DEVICE_CPU);
        assert_true(isnan(device_at(&probed, i)->rated_watts));
        assert_true(fabs(device_at(&probed, i)->band_ratio - 0.20) <
                    1e-9); /* modelled by AMD: 10 % */
    }
    tear_down(&machine, &probed);
}

/* `enabled` is the power limit's, not the counter's: EPYC packages and Xeon DRAM have 0 there. */
static void test_a_disabled_limit_does_not_disable_the_counter(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl:0", "package-0", "5\n", RANGE);
    tree_write(machine.fd, ZONES "intel-rapl:0/enabled", "0\n");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    tear_down(&machine, &probed);
}

/* A container given class/powercap/intel-rapl alone sees the nested tree and no flat link. */
static void test_nested_tree_alone_is_found(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, NULL);
    tree_write(machine.fd, "sys/class/powercap/intel-rapl/intel-rapl:0/name", "package-0\n");
    tree_write(machine.fd, "sys/class/powercap/intel-rapl/intel-rapl:0/energy_uj", "7\n");
    tree_write(machine.fd, "sys/class/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0/name",
               "dram\n");
    tree_write(machine.fd, "sys/class/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0/energy_uj",
               "8\n");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    read_all(&probed);
    assert_true(probed.samples[0].energy_uj == 7 && probed.samples[1].energy_uj == 8);
    assert_string_equal(device_at(&probed, 1)->id, "dram0");
    tear_down(&machine, &probed);
}

static void test_zones_without_class_links_are_found(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "xeon-2s-dram");
    assert_int_equal(renameat(machine.fd, "sys/class/powercap", machine.fd, "sys/class/gone"), 0);
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 4);
    tear_down(&machine, &probed);
}

/* Zone numbers are hexadecimal, in an order of their own; `name` tells the socket. */
static void test_300_packages_are_in_the_order_of_their_names(void **state)
{
    struct test_machine machine;
    struct probed probed;
    struct sample samples[300];

    (void)state;
    machine_set_up(&machine, NULL);
    for (unsigned i = 0; i < 300; i++) {
        char node[32];
        char name[32];
        char energy[32];

        (void)snprintf(node, sizeof(node), "intel-rapl:%x", 299 - i);
        (void)snprintf(name, sizeof(name), "package-%u\n", i);
        (void)snprintf(energy, sizeof(energy), "%u\n", 1000000 + i);
        machine_add_zone(machine.fd, node, name, energy, RANGE);
    }
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 300);
    reader_rapl.read(probed.reader, samples);
    for (int i = 0; i < 300; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "cpu%d", i);
        assert_string_equal(device_at(&probed, (size_t)i)->id, id);
        assert_int_equal(device_at(&probed, (size_t)i)->index, i);
        assert_true(samples[i].energy_uj == 1000000u + (unsigned)i);
    }
    tear_down(&machine, &probed);
}

static void make_dies(struct test_machine *machine, const char *vendor)
{
    machine_set_up(machine, NULL);
    write_cpuinfo(machine->fd, vendor, "msr");
    machine_add_zone(machine->fd, "intel-rapl:0", "package-0-die-0", "100\n", RANGE);
    machine_add_zone(machine->fd, "intel-rapl:1", "package-0-die-1", "200\n", RANGE);
    machine_add_zone(machine->fd, "intel-rapl:2", "package-1-die-0", "300\n", RANGE);
    machine_add_zone(machine->fd, "intel-rapl:0/intel-rapl:0:0", "dram", "10\n", RANGE);
    machine_add_zone(machine->fd, "intel-rapl:1/intel-rapl:1:0", "dram", "20\n", RANGE);
}

/* Cascade Lake-AP: each die has a counter of its own. */
static void test_dies_of_intel_add_up(void **state)
{
    static const char *const ids[] = { "cpu0-die0", "cpu0-die1", "cpu1", "dram0-die0",
                                       "dram0-die1" };
    struct test_machine machine;
    struct probed probed;

    (void)state;
    make_dies(&machine, "GenuineIntel");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(device_at(&probed, i)->id, ids[i]);
    tear_down(&machine, &probed);
}

/* Threadripper 1950X with older kernels: the socket's value once per die. */
static void test_dies_of_amd_are_one_counter(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    make_dies(&machine, "AuthenticAMD");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 3);
    assert_string_equal(device_at(&probed, 0)->id, "cpu0");
    assert_string_equal(device_at(&probed, 1)->id, "cpu1");
    assert_string_equal(device_at(&probed, 2)->id, "dram0");
    read_all(&probed);
    assert_true(probed.samples[0].energy_uj == 200);
    tear_down(&machine, &probed);
}

static void test_mmio_stands_in_where_it_is_alone(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl-mmio:0", "package-0", "77\n", RANGE);
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_non_null(strstr(device_at(&probed, 0)->note, "mmio"));
    tear_down(&machine, &probed);
}

static void test_forbidden_counters_say_how_to_open_them(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl:0", "package-0", NULL, RANGE);
    tree_mkdir(machine.fd, ZONES "intel-rapl:0/energy_uj");
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_DENIED);
    assert_non_null(strstr(probed.status.reason, "package-0"));
    assert_int_equal(probed.status.remedy, REMEDY_POWERCAP_GROUP);
    assert_string_equal(probed.status.fix, "");    /* its words are the remedy's */
    assert_true(probed.status.band_ratio == 0.30); /* a maker that nobody knows */
    tear_down(&machine, &probed);
}

/* Mode 0400, and we are its owner: others are not. With a group it is for that to say. */
static void test_counters_of_root_alone_are_told(void **state)
{
    static const struct {
        mode_t mode;
        gid_t group;
        bool root_only;
    } cases[] = { { 0400, 0, true }, { 0440, 0, true }, { 0440, 1, false }, { 0444, 0, false } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_machine machine;
        struct probed probed;

        machine_set_up(&machine, "laptop");
        if (fchownat(machine.fd, ZONES "intel-rapl:0/energy_uj", (uid_t)-1, cases[i].group, 0) <
                0 &&
            cases[i].mode == 0440) {
            tear_down(&machine, &(struct probed){ 0 });
            continue; /* who is not root cannot give a file to these groups */
        }
        assert_int_equal(fchmodat(machine.fd, ZONES "intel-rapl:0/energy_uj", cases[i].mode, 0), 0);
        probe(&machine, &probed);
        assert_int_equal(probed.status.state, READER_USED);
        assert_int_equal(probed.status.root_only, cases[i].root_only);
        assert_int_equal(probed.status.remedy,
                         cases[i].root_only ? REMEDY_POWERCAP_GROUP : REMEDY_NONE);
        tear_down(&machine, &probed);
    }
}

static void test_one_forbidden_package_leaves_the_other(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "epyc-2s");
    assert_int_equal(unlinkat(machine.fd, ZONES "intel-rapl:0/energy_uj", 0), 0);
    tree_mkdir(machine.fd, ZONES "intel-rapl:0/energy_uj");
    probe(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_string_equal(device_at(&probed, 0)->id, "cpu1"); /* still the second socket */
    assert_int_equal(probed.status.state, READER_USED);
    assert_non_null(strstr(probed.status.reason, "no permission"));
    assert_non_null(strstr(probed.status.reason, "package-0"));
    assert_null(strstr(probed.status.reason, "package-1"));
    tear_down(&machine, &probed);
}

static void test_counters_without_a_number_are_broken(void **state)
{
    static const char *const contents[] = {
        "", "\n", "garbage\n", "-5\n", "12 34\n", "0x10\n", "99999999999999999999\n"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        struct test_machine machine;
        struct probed probed;

        machine_set_up(&machine, NULL);
        machine_add_zone(machine.fd, "intel-rapl:0", "package-0", contents[i], RANGE);
        probe(&machine, &probed);
        assert_null(probed.reader);
        assert_int_equal(probed.status.state, READER_BROKEN);
        assert_non_null(strstr(probed.status.reason, "package-0"));
        tear_down(&machine, &probed);
    }
}

static void test_a_million_digits_are_no_number(void **state)
{
    static char digits[1000001];
    struct test_machine machine;
    struct probed probed;

    (void)state;
    memset(digits, '1', sizeof(digits) - 1);
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl:0", "package-0", digits, RANGE);
    probe(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    tear_down(&machine, &probed);
}

static void test_line_endings_do_not_matter(void **state)
{
    static const char *const contents[] = { "4242", "4242\n", "4242\r\n", " 4242 \n" };

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        struct test_machine machine;
        struct probed probed;

        machine_set_up(&machine, NULL);
        machine_add_zone(machine.fd, "intel-rapl:0", "package-0\r\n", contents[i], RANGE);
        probe(&machine, &probed);
        read_all(&probed);
        assert_true(probed.samples[0].energy_uj == 4242);
        tear_down(&machine, &probed);
    }
}

static void test_range_must_hold_the_counter(void **state)
{
    static const struct {
        const char *range;
        uint64_t expected;
    } cases[] = {
        { "2000\n", 2000 }, { "1000\n", 1000 }, { "999\n", 0 }, { "x\n", 0 }, { NULL, 0 }
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_machine machine;
        struct probed probed;

        machine_set_up(&machine, NULL);
        machine_add_zone(machine.fd, "intel-rapl:0", "package-0", "1000\n", cases[i].range);
        probe(&machine, &probed);
        assert_true(device_at(&probed, 0)->counter_range_uj == cases[i].expected);
        tear_down(&machine, &probed);
    }
}

/* 0 and 4090 W are ways to say "no limit". */
static void test_rating_is_the_tdp_or_a_sane_limit(void **state)
{
    static const struct {
        const char *tdp;
        const char *limit;
        const char *burst;
        double rated_watts;
        double burst_watts;
    } cases[] = {
        { "95000000\n", "4090000000\n", "4090000000\n", 95, 60 },
        { "0\n", "35000000\n", NULL, 35, 60 },
        { NULL, "4090000000\n", NULL, NAN, 60 },
        { "6000000\n", "6000000\n", "25000000\n", 6, 60 },      /* N100 */
        { "15000000\n", "15000000\n", "115000000\n", 15, 115 }, /* i7-1260P */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_machine machine;
        struct probed probed;
        double rated_watts;

        machine_set_up(&machine, NULL);
        machine_add_zone(machine.fd, "intel-rapl:0", "package-0", "1000\n", RANGE);
        if (cases[i].tdp != NULL)
            tree_write(machine.fd, ZONES "intel-rapl:0/constraint_0_max_power_uw", cases[i].tdp);
        if (cases[i].limit != NULL)
            tree_write(machine.fd, ZONES "intel-rapl:0/constraint_0_power_limit_uw",
                       cases[i].limit);
        if (cases[i].burst != NULL)
            tree_write(machine.fd, ZONES "intel-rapl:0/constraint_1_power_limit_uw",
                       cases[i].burst);
        probe(&machine, &probed);
        rated_watts = device_at(&probed, 0)->rated_watts;
        assert_true(isnan(cases[i].rated_watts) ? isnan(rated_watts)
                                                : rated_watts == cases[i].rated_watts);
        assert_true(device_at(&probed, 0)->burst_watts == cases[i].burst_watts);
        tear_down(&machine, &probed);
    }
}

static void assert_absent(struct test_machine *machine, const char *why, bool has_fix)
{
    struct probed probed;

    probe(machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_non_null(strstr(probed.status.reason, why));
    assert_int_equal(probed.status.fix[0] != '\0' || probed.status.remedy == REMEDY_RAPL_MODULE,
                     has_fix);
    tear_down(machine, &probed);
}

static void test_absence_is_explained_as_it_is(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, "vm");
    assert_absent(&machine, "hypervisor", false);
    machine_set_up(&machine, "gh200");
    assert_absent(&machine, "ARM", false);
    machine_set_up(&machine, "container-masked");
    assert_absent(&machine, "masked by the container runtime", true);
    machine_set_up(&machine, NULL); /* no /sys at all */
    write_cpuinfo(machine.fd, "GenuineIntel", "msr");
    assert_absent(&machine, "not loaded", true);
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl:0", "core", "1\n", RANGE);
    assert_absent(&machine, "none of a package", false);
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl:0", NULL, "1\n", RANGE); /* a zone without a name */
    assert_absent(&machine, "no RAPL zones", true);
}

static void test_odd_names_are_no_packages(void **state)
{
    static const char *const names[] = { "package",        "package-",
                                         "package-x",      "package-0x",
                                         "package--1",     "package-99999",
                                         "package-0-die-", "package-0-die-0-core" };
    struct test_machine machine;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        machine_set_up(&machine, NULL);
        machine_add_zone(machine.fd, "intel-rapl:0", names[i], "1\n", RANGE);
        assert_absent(&machine, "none of a package", false);
    }
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    reader_rapl.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_sockets_and_their_dram),
        cmocka_unit_test(test_what_is_inside_or_around_a_package_is_no_package),
        cmocka_unit_test(test_client_has_dram_and_a_board),
        cmocka_unit_test(test_amd_has_packages_only_and_no_rating),
        cmocka_unit_test(test_a_disabled_limit_does_not_disable_the_counter),
        cmocka_unit_test(test_nested_tree_alone_is_found),
        cmocka_unit_test(test_zones_without_class_links_are_found),
        cmocka_unit_test(test_300_packages_are_in_the_order_of_their_names),
        cmocka_unit_test(test_dies_of_intel_add_up),
        cmocka_unit_test(test_dies_of_amd_are_one_counter),
        cmocka_unit_test(test_mmio_stands_in_where_it_is_alone),
        cmocka_unit_test(test_forbidden_counters_say_how_to_open_them),
        cmocka_unit_test(test_counters_of_root_alone_are_told),
        cmocka_unit_test(test_one_forbidden_package_leaves_the_other),
        cmocka_unit_test(test_counters_without_a_number_are_broken),
        cmocka_unit_test(test_a_million_digits_are_no_number),
        cmocka_unit_test(test_line_endings_do_not_matter),
        cmocka_unit_test(test_range_must_hold_the_counter),
        cmocka_unit_test(test_rating_is_the_tdp_or_a_sane_limit),
        cmocka_unit_test(test_absence_is_explained_as_it_is),
        cmocka_unit_test(test_odd_names_are_no_packages),
        cmocka_unit_test(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
