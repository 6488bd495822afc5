/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_rapl_perf.c - RAPL through the perf PMU `power`, whose counters are a fake's */
#include "rapl_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/rapl_event.h"

static struct fake_perf perf;

static void set_up(struct test_machine *machine, const char *name)
{
    machine_set_up(machine, name);
    fake_perf_init(&perf);
    machine->env.perf = &perf.events;
}

/* All that was opened is closed. */
static void tear_down(struct test_machine *machine, struct probed *probed)
{
    rapl_tear_down(machine, probed);
    assert_int_equal(perf.open_now, 0);
}

static void test_a_desktop_has_its_package_and_psys(void **state)
{
    struct test_machine machine;
    struct probed probed;
    struct fake_perf_counter *counters[6];

    (void)state;
    set_up(&machine, "perf-desktop");
    for (uint64_t config = 1; config <= 5; config++)
        counters[config] = fake_perf_add(&perf, 20, config, 0);
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_string_equal(probed.status.reason, "");
    assert_string_equal(probed.status.detail, "perf");
    assert_int_equal(probed.reader->device_count, 2);
    assert_string_equal(rapl_device_at(&probed, 0)->id, "cpu0");
    assert_string_equal(rapl_device_at(&probed, 0)->note, "through perf");
    assert_string_equal(rapl_device_at(&probed, 0)->reader, "rapl");
    assert_int_equal(rapl_device_at(&probed, 0)->counter_range_uj, 0); /* it never wraps */
    /* nobody tells what it may draw, and thin laptops draw many times their rating */
    assert_true(rapl_device_at(&probed, 0)->burst_watts == 60);
    assert_string_equal(rapl_device_at(&probed, 1)->id, "board");
    assert_int_equal(rapl_device_at(&probed, 1)->kind, DEVICE_BOARD);
    /* cores and graphics lie within the package */
    assert_int_equal(counters[1]->opened + counters[4]->opened + counters[3]->opened, 0);
    rapl_read_all(&probed);
    rapl_assert_energy(&probed, 0, 0);
    fake_perf_use(counters[2], 12.5);
    fake_perf_use(counters[5], 20.25);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 12500000);
    rapl_assert_energy(&probed, 1, 20250000);
    fake_perf_use(counters[2], 500000); /* twice what powercap holds */
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 500012500000);
    assert_int_equal(probed.samples[0].epoch, 0);
    tear_down(&machine, &probed);
}

/* Kernels before 5.17 list events for AMD that are none. */
static void test_of_amd_only_the_package_counts(void **state)
{
    struct test_machine machine;
    struct probed probed;
    struct fake_perf_counter *sockets[2];
    struct fake_perf_counter *bogus;

    (void)state;
    set_up(&machine, "epyc-perf");
    for (int cpu = 0; cpu < 2; cpu++)
        sockets[cpu] = fake_perf_add(&perf, 11, 2, cpu);
    bogus = fake_perf_add(&perf, 11, 3, 0);
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    fake_perf_use(sockets[0], 30);
    fake_perf_use(sockets[1], 41.25);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 30000000);
    rapl_assert_energy(&probed, 1, 41250000);
    assert_int_equal(bogus->opened, 0);
    assert_true(rapl_device_at(&probed, 0)->band_ratio == 0.20);
    tear_down(&machine, &probed);
}

static void write_seat(int fd, int cpu, int package, int die)
{
    char path[96];
    char text[16];

    (void)snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/physical_package_id",
                   cpu);
    (void)snprintf(text, sizeof(text), "%d\n", package);
    tree_write(fd, path, text);
    (void)snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/die_id", cpu);
    (void)snprintf(text, sizeof(text), "%d\n", die);
    tree_write(fd, path, text);
}

static void test_packages_are_called_what_the_topology_calls_them(void **state)
{
    struct test_machine machine;
    struct probed probed;
    struct fake_perf_counter *counters[2];

    (void)state;
    set_up(&machine, "epyc-perf");
    write_seat(machine.fd, 0, 7, 0);
    write_seat(machine.fd, 1, 3, 0);
    for (int cpu = 0; cpu < 2; cpu++)
        counters[cpu] = fake_perf_add(&perf, 11, 2, cpu);
    rapl_probe_machine(&machine, &probed);
    fake_perf_use(counters[0], 7);
    fake_perf_use(counters[1], 3);
    rapl_read_after(&machine, &probed, 1);
    assert_string_equal(rapl_device_at(&probed, 0)->id, "cpu0");
    assert_int_equal(rapl_device_at(&probed, 0)->index, 3);
    rapl_assert_energy(&probed, 0, 3000000);
    assert_int_equal(rapl_device_at(&probed, 1)->index, 7);
    rapl_assert_energy(&probed, 1, 7000000);
    tear_down(&machine, &probed);
}

/* Cascade Lake-AP has a counter on each die; older kernels show AMD's socket once a die. */
static void test_dies_add_up_on_intel_and_are_one_on_amd(void **state)
{
    (void)state;
    for (int amd = 0; amd < 2; amd++) {
        struct test_machine machine;
        struct probed probed;
        uint32_t type = amd ? 11 : 20;

        set_up(&machine, amd ? "epyc-perf" : "perf-desktop");
        write_seat(machine.fd, 0, 0, 0);
        write_seat(machine.fd, 1, 0, 1);
        tree_update(machine.fd, "sys/devices/power/cpumask", "0-1\n");
        for (int cpu = 0; cpu < 2; cpu++) {
            fake_perf_use(fake_perf_add(&perf, type, 2, cpu), 1);
            (void)fake_perf_add(&perf, type, 5, cpu);
        }
        rapl_probe_machine(&machine, &probed);
        if (amd) {
            assert_int_equal(probed.reader->device_count, 1);
            assert_string_equal(rapl_device_at(&probed, 0)->id, "cpu0");
        } else {
            assert_int_equal(probed.reader->device_count, 3);
            assert_string_equal(rapl_device_at(&probed, 0)->id, "cpu0-die0");
            assert_string_equal(rapl_device_at(&probed, 1)->id, "cpu0-die1");
            assert_string_equal(rapl_device_at(&probed, 2)->id, "board"); /* once */
        }
        tear_down(&machine, &probed);
    }
}

/* Nobody may open a counter of this machine for another's. */
static void test_a_captured_machine_has_no_perf(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "perf-desktop");
    machine.env.explain = true;
    rapl_probe_machine(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_non_null(strstr(probed.status.reason, "captured machine cannot be opened"));
    assert_string_equal(probed.status.doors[0].name, "rapl-perf");
    assert_int_equal(probed.status.doors[0].state, READER_ABSENT);
    rapl_tear_down(&machine, &probed);
    machine_set_up(&machine, "xeon-2s-dram"); /* powercap's are files */
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 4);
    assert_string_equal(probed.status.reason, "");
    rapl_tear_down(&machine, &probed);
}

static void test_who_may_not_is_told_what_would_help(void **state)
{
    static const int codes[] = { -EACCES, -EPERM };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct test_machine machine;
        struct probed probed;

        set_up(&machine, "perf-desktop");
        machine.env.explain = true;
        fake_perf_add(&perf, 20, 2, 0)->open_error = codes[i];
        fake_perf_add(&perf, 20, 5, 0)->open_error = codes[i];
        rapl_probe_machine(&machine, &probed);
        assert_null(probed.reader);
        assert_int_equal(probed.status.state, READER_DENIED);
        assert_non_null(strstr(probed.status.reason, "package-0"));
        assert_non_null(strstr(probed.status.reason, "perf_event_paranoid is 2"));
        assert_int_equal(probed.status.remedy, REMEDY_PERF_CAPABILITY);
        assert_int_equal(probed.status.door_count, 3);
        assert_int_equal(probed.status.doors[0].state, READER_DENIED);
        assert_int_equal(probed.status.doors[0].remedy, REMEDY_PERF_CAPABILITY);
        assert_int_equal(probed.status.doors[1].state, READER_ABSENT); /* powercap */
        assert_int_equal(probed.status.doors[2].state, READER_ABSENT); /* MSR */
        tear_down(&machine, &probed);
    }
}

/* The kernel would allow it: what refuses is around us. */
static void test_a_refusal_without_paranoia_is_the_containers(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "perf-desktop");
    tree_update(machine.fd, "proc/sys/kernel/perf_event_paranoid", "-1\n");
    fake_perf_add(&perf, 20, 2, 0)->open_error = -EPERM;
    rapl_probe_machine(&machine, &probed);
    assert_non_null(strstr(probed.status.reason, "seccomp"));
    tear_down(&machine, &probed);
}

static void test_odd_descriptions_are_not_opened(void **state)
{
    static const struct {
        const char *path;
        const char *content;
    } cases[] = {
        { "sys/devices/power/type", "" },
        { "sys/devices/power/type", "abc\n" },
        { "sys/devices/power/type", "-1\n" },
        { "sys/devices/power/type", "99999999999\n" },
        { "sys/devices/power/cpumask", "" },
        { "sys/devices/power/cpumask", "x\n" },
        { "sys/devices/power/cpumask", "0-\n" },
        { "sys/devices/power/cpumask", "99999\n" },
        { EVENTS "energy-pkg", "" },
        { EVENTS "energy-pkg", "event=\n" },
        { EVENTS "energy-pkg", "event=0x\n" },
        { EVENTS "energy-pkg", "event=0x102\n" },
        { EVENTS "energy-pkg", "config=0x02\n" },
        { EVENTS "energy-pkg", "event=0x02,umask=1\n" },
        { EVENTS "energy-pkg.unit", "mJ\n" },
        { EVENTS "energy-pkg.unit", "" },
        { EVENTS "energy-pkg.scale", "" },
        { EVENTS "energy-pkg.scale", "0\n" },
        { EVENTS "energy-pkg.scale", "-2e-10\n" },
        { EVENTS "energy-pkg.scale", "nan\n" },
        { EVENTS "energy-pkg.scale", "2e10\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_machine machine;
        struct probed probed;
        struct fake_perf_counter *counter;

        set_up(&machine, "perf-desktop");
        counter = fake_perf_add(&perf, 20, 2, 0);
        tree_update(machine.fd, cases[i].path, cases[i].content);
        rapl_probe_machine(&machine, &probed);
        assert_null(probed.reader);
        assert_int_equal(probed.status.state, READER_BROKEN);
        assert_int_equal(counter->opened, 0);
        tear_down(&machine, &probed);
    }
}

static void test_what_is_gone_or_forbidden_is_said(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "perf-desktop"); /* psys alone, as virtual machines show it */
    assert_int_equal(unlinkat(machine.fd, EVENTS "energy-pkg", 0), 0);
    rapl_probe_machine(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tear_down(&machine, &probed);
    set_up(&machine, "perf-desktop");
    assert_int_equal(unlinkat(machine.fd, "sys/devices/power/type", 0), 0);
    tree_mkdir(machine.fd, "sys/devices/power/type");
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.status.state, READER_DENIED);
    tear_down(&machine, &probed);
    set_up(&machine, "perf-desktop"); /* a link that leads to itself */
    assert_int_equal(unlinkat(machine.fd, "sys/devices/power/type", 0), 0);
    tree_link(machine.fd, "sys/devices/power/type", "type");
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.status.state, READER_BROKEN);
    tear_down(&machine, &probed);
}

static void test_padding_and_line_ends_do_not_matter(void **state)
{
    uint64_t config = 77;
    double unit_uj = 0;

    (void)state;
    assert_true(rapl_event_parse("event=0x02\n", &config) && config == 2);
    assert_true(rapl_event_parse("event=5 \r\n", &config) && config == 5);
    assert_true(rapl_event_parse("event=0xFF", &config) && config == 255);
    assert_false(rapl_event_parse("event=0x100", &config));
    assert_false(rapl_event_parse("event=2x", &config));
    assert_false(rapl_event_parse(" event=2", &config));
    assert_true(config == 255);
    assert_true(rapl_event_parse_scale("2.3283064365386962890625e-10\n", &unit_uj));
    assert_true(unit_uj == 1e6 / 4294967296.0);
    assert_true(rapl_event_parse_scale("1", &unit_uj) &&
                unit_uj == 1e6); /* psys, Sapphire Rapids */
    assert_false(rapl_event_parse_scale("1.5", &unit_uj));
    assert_false(rapl_event_parse_scale("inf", &unit_uj));
}

static void test_300_packages(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "perf-desktop");
    tree_update(machine.fd, "sys/devices/power/cpumask", "0-299\n");
    for (int cpu = 0; cpu < 300; cpu++) {
        write_seat(machine.fd, cpu, 299 - cpu, 0);
        (void)fake_perf_add(&perf, 20, 2, cpu);
    }
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 300);
    for (int cpu = 0; cpu < 300; cpu++)
        fake_perf_use(&perf.counters[cpu], 1000 + cpu);
    rapl_read_after(&machine, &probed, 1);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(rapl_device_at(&probed, i)->index, i);
        rapl_assert_energy(&probed, i, (1000 + 299 - i) * 1000000);
    }
    tear_down(&machine, &probed);
}

/* Without a topology two CPUs of the mask are still two packages. */
static void test_packages_without_a_topology_are_not_dropped(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "epyc-perf");
    for (int cpu = 0; cpu < 2; cpu++) {
        char path[96];

        (void)fake_perf_add(&perf, 11, 2, cpu);
        (void)snprintf(path, sizeof(path),
                       "sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu);
        assert_int_equal(unlinkat(machine.fd, path, 0), 0);
    }
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    tear_down(&machine, &probed);
}

/* The CPU that counted for its package is switched off: another one does, from 0. */
static void test_a_counter_follows_its_package_to_another_cpu(void **state)
{
    struct test_machine machine;
    struct probed probed;
    struct fake_perf_counter *first;
    struct fake_perf_counter *second;

    (void)state;
    set_up(&machine, "perf-desktop");
    first = fake_perf_add(&perf, 20, 2, 0);
    second = fake_perf_add(&perf, 23, 2, 1);
    rapl_probe_machine(&machine, &probed);
    fake_perf_use(first, 10);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 10000000);
    first->read_error = -ENODEV;
    first->open_error = -ENODEV;
    tree_update(machine.fd, "sys/devices/power/cpumask", "1\n");
    tree_update(machine.fd, "sys/devices/power/type", "23\n");
    rapl_read_after(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid, SAMPLE_ENERGY);
    assert_int_equal(probed.samples[0].epoch, 1); /* what was used meanwhile is not known */
    rapl_assert_energy(&probed, 0, 0);
    fake_perf_use(second, 4);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 4000000);
    assert_int_equal(probed.samples[0].epoch, 1);
    tear_down(&machine, &probed);
}

static void test_what_cannot_be_opened_again_is_tried_ever_more_rarely(void **state)
{
    struct test_machine machine;
    struct probed probed;
    struct fake_perf_counter *counter;
    uint64_t before;

    (void)state;
    set_up(&machine, "perf-desktop");
    counter = fake_perf_add(&perf, 20, 2, 0);
    rapl_probe_machine(&machine, &probed);
    counter->read_error = -EIO; /* it opens, but cannot be read: closed again */
    before = counter->opened;
    for (int ms = 1; ms <= 30000; ms++)
        rapl_read_after(&machine, &probed, 0.001);
    rapl_assert_gap(&probed, 0, -EIO);
    /* at 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7 and 22.7 s; others when another way is looked for */
    assert_in_range(counter->opened - before, 5, 16);
    counter->read_error = 0;
    rapl_read_after(&machine, &probed, 10);
    rapl_assert_energy(&probed, 0, 0);
    assert_int_equal(probed.samples[0].epoch, 1);
    tear_down(&machine, &probed);
}

/* The rating stands in powercap, where everybody may read it. */
static void test_the_rating_comes_from_powercap(void **state)
{
    static const char *const zones[] = { "intel-rapl:0", "intel-rapl:1",
                                         "intel-rapl:0/intel-rapl:0:0",
                                         "intel-rapl:1/intel-rapl:1:0" };
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "xeon-2s-dram");
    for (size_t i = 0; i < 4; i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), ZONES "%s/energy_uj", zones[i]);
        assert_int_equal(unlinkat(machine.fd, path, 0), 0);
        tree_mkdir(machine.fd, path);
        (void)fake_perf_add(&perf, 13, 2 + i / 2, (int)i % 2);
    }
    machine.env.explain = true;
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 4);
    assert_true(rapl_device_at(&probed, 0)->rated_watts == 205);
    assert_true(rapl_device_at(&probed, 0)->burst_watts == 246);
    assert_string_equal(rapl_device_at(&probed, 0)->rated_source, "driver");
    assert_true(rapl_device_at(&probed, 2)->rated_watts == 41.25);
    assert_string_equal(probed.status.reason, ""); /* a way that is not needed is no news */
    assert_int_equal(probed.status.doors[0].state, READER_USED);
    assert_int_equal(probed.status.doors[1].state, READER_DENIED);
    assert_int_equal(probed.status.doors[1].remedy, REMEDY_POWERCAP_GROUP);
    assert_non_null(strstr(probed.status.detail, "perf; not powercap: no permission to read "
                                                 "energy_uj of package-0"));
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 3, 0);
    tear_down(&machine, &probed);
}

/* Neither way is ours: both are said, and what opens them. */
static void test_both_ways_may_be_forbidden(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "core-psys");
    machine.env.explain = true;
    assert_int_equal(unlinkat(machine.fd, ZONES "intel-rapl:0/energy_uj", 0), 0);
    tree_mkdir(machine.fd, ZONES "intel-rapl:0/energy_uj");
    assert_int_equal(unlinkat(machine.fd, ZONES "intel-rapl:1/energy_uj", 0), 0);
    tree_mkdir(machine.fd, ZONES "intel-rapl:1/energy_uj");
    fake_perf_add(&perf, 20, 2, 0)->open_error = -EACCES;
    fake_perf_add(&perf, 20, 5, 0)->open_error = -EACCES;
    rapl_probe_machine(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_DENIED);
    assert_string_equal(probed.status.reason, "no permission to read energy_uj of package-0, psys");
    assert_int_equal(probed.status.remedy, REMEDY_POWERCAP_GROUP);
    assert_string_equal(probed.status.detail, "");
    assert_int_equal(probed.status.doors[0].state, READER_DENIED);
    assert_int_equal(probed.status.doors[0].remedy, REMEDY_PERF_CAPABILITY);
    assert_non_null(strstr(probed.status.doors[0].reason, "perf_event_paranoid is 2"));
    assert_int_equal(probed.status.doors[1].state, READER_DENIED);
    assert_int_equal(probed.status.doors[1].remedy, REMEDY_POWERCAP_GROUP);
    assert_int_equal(probed.status.doors[2].remedy, REMEDY_NONE); /* no advice */
    tear_down(&machine, &probed);
}

/* One event that is refused leaves the others. */
static void test_a_socket_that_cannot_be_opened_is_named(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, "epyc-perf");
    fake_perf_add(&perf, 11, 2, 0)->open_error = -EMFILE;
    (void)fake_perf_add(&perf, 11, 2, 1);
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_string_equal(rapl_device_at(&probed, 0)->id, "cpu1");
    assert_int_equal(probed.status.state, READER_USED);
    assert_non_null(strstr(probed.status.reason, "package-0"));
    assert_null(strstr(probed.status.reason, "package-1"));
    tear_down(&machine, &probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_desktop_has_its_package_and_psys),
        cmocka_unit_test(test_of_amd_only_the_package_counts),
        cmocka_unit_test(test_packages_are_called_what_the_topology_calls_them),
        cmocka_unit_test(test_dies_add_up_on_intel_and_are_one_on_amd),
        cmocka_unit_test(test_a_captured_machine_has_no_perf),
        cmocka_unit_test(test_who_may_not_is_told_what_would_help),
        cmocka_unit_test(test_a_refusal_without_paranoia_is_the_containers),
        cmocka_unit_test(test_odd_descriptions_are_not_opened),
        cmocka_unit_test(test_what_is_gone_or_forbidden_is_said),
        cmocka_unit_test(test_padding_and_line_ends_do_not_matter),
        cmocka_unit_test(test_300_packages),
        cmocka_unit_test(test_packages_without_a_topology_are_not_dropped),
        cmocka_unit_test(test_a_counter_follows_its_package_to_another_cpu),
        cmocka_unit_test(test_what_cannot_be_opened_again_is_tried_ever_more_rarely),
        cmocka_unit_test(test_the_rating_comes_from_powercap),
        cmocka_unit_test(test_both_ways_may_be_forbidden),
        cmocka_unit_test(test_a_socket_that_cannot_be_opened_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
