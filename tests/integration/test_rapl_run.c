/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_rapl_run.c - runs over machines whose perf PMU is a fake, worked out by hand */
#include "../unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../unit/fake_perf.h"
#include "../unit/machine_tree.h"
#include "fake_machine.h"
#include "readers/proc_cpu.h"
#include "readers/proc_memory.h"
#include "readers/rapl.h"
#include "session/report/build.h"
#include "session_steps.h"

static struct fake_perf perf;
static struct fake_machine clocks;
static char root[64];
static int root_fd;
static uint64_t powercap_uj;

static int probe_with_perf(const struct reader_env *env, struct reader **reader_out,
                           struct reader_status *status_out, struct aico2_error *err)
{
    struct reader_env injected = *env;

    injected.perf = &perf.events;
    return reader_rapl.probe(&injected, reader_out, status_out, err);
}

static struct session *begin(const char *machine)
{
    static struct reader_driver rapl;
    static const struct reader_driver *drivers[] = { &rapl, &reader_proc_cpu, &reader_proc_memory,
                                                     NULL };
    struct session_options options;

    rapl = reader_rapl;
    rapl.probe = probe_with_perf;
    root_fd = temp_dir_open(root);
    assert_true(machine_tree_build(root_fd, machine));
    fake_machine_init(&clocks);
    options = fake_options(&clocks);
    options.sysroot = root;
    options.drivers = drivers;
    return start(&clocks, &options);
}

static void end(struct session *session, struct report *report)
{
    fake_finish(session, report);
    assert_int_equal(perf.open_now, 0);
    (void)close(root_fd);
    temp_dir_remove(root);
}

static void tick(struct session *session)
{
    fake_pass(&clocks, 1);
    fake_tick(session, &clocks);
}

static void use_powercap(double joules)
{
    char text[32];

    powercap_uj += (uint64_t)llround(joules * 1e6);
    (void)snprintf(text, sizeof(text), "%20llu\n", (unsigned long long)powercap_uj);
    tree_update(root_fd, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/energy_uj", text);
}

static void test_a_desktop_by_perf(void **state)
{
    struct fake_perf_counter *package;
    struct fake_perf_counter *platform;
    struct session *session;
    struct report report;
    double memory;

    (void)state;
    fake_perf_init(&perf);
    package = fake_perf_add(&perf, 20, 2, 0);
    platform = fake_perf_add(&perf, 20, 5, 0);
    session = begin("perf-desktop");
    for (int i = 0; i < 8; i++) {
        fake_perf_use(package, 31.25);
        fake_perf_use(platform, 48);
        tick(session);
    }
    end(session, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 250);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 1);
    assert_string_equal(fake_report_device(&report, "cpu0")->device.note, "through perf");
    assert_near(fake_report_device(&report, "board")->energy.value, 384);
    memory = fake_report_device(&report, "memory")->energy.value;
    assert_true(memory > 0);
    assert_near(report.machine_joules, 250 + memory); /* never the board */
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
}

/* 40 J a second on each socket. In the fifth second the CPU of the first is switched off: what it
 * used then is not known, all else is. */
static void test_a_counter_that_moves_to_another_cpu_leaves_a_gap(void **state)
{
    struct fake_perf_counter *sockets[3];
    struct session *session;
    struct report report;

    (void)state;
    fake_perf_init(&perf);
    for (int cpu = 0; cpu < 3; cpu++)
        sockets[cpu] = fake_perf_add(&perf, 11, 2, cpu);
    session = begin("epyc-perf");
    tree_write(root_fd, "sys/devices/system/cpu/cpu2/topology/physical_package_id", "0\n");
    for (int second = 1; second <= 10; second++) {
        for (int cpu = 0; cpu < 3; cpu++)
            fake_perf_use(sockets[cpu], 40);
        if (second == 5) {
            sockets[0]->read_error = sockets[0]->open_error = -ENODEV;
            tree_update(root_fd, "sys/devices/power/cpumask", "1-2\n");
        }
        tick(session);
    }
    end(session, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 9 * 40);
    assert_near(fake_report_device(&report, "cpu0")->gap_seconds, 1);
    assert_near(fake_report_device(&report, "cpu1")->energy.value, 10 * 40);
    assert_near(fake_report_device(&report, "cpu1")->coverage_ratio, 1);
    assert_true(fake_has_warning(&report, "cpu0: the energy counter jumped or was reset 1 time"));
    report_deinit(&report);
}

/* 50 J a second, of which perf tells 49.5: within the bound, and perf's from the third second on. It
 * fails from the sixth on; powercap tells of that time. 2 x 50 + 3 x 49.5 + 15 x 50 J. */
static void test_a_way_that_fails_is_changed_without_a_loss(void **state)
{
    struct fake_perf_counter *package;
    struct session *session;
    struct report report;
    const struct report_device *item;

    (void)state;
    fake_perf_init(&perf);
    package = fake_perf_add(&perf, 20, 2, 0);
    powercap_uj = 9384756102;
    session = begin("core-psys");
    for (int second = 1; second <= 20; second++) {
        fake_perf_use(package, 49.5);
        use_powercap(50);
        if (second == 6)
            package->read_error = package->open_error = -EIO;
        tick(session);
    }
    end(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->energy.value, 2 * 50 + 3 * 49.5 + 15 * 50);
    assert_near(item->coverage_ratio, 1);
    assert_non_null(strstr(item->device.note, "through perf"));
    assert_non_null(strstr(item->device.note, "perf failed 10 times in a row"));
    assert_non_null(strstr(item->device.note, "read through powercap"));
    assert_true(fake_has_warning(&report, "cpu0: perf failed 10 times in a row"));
    assert_true(fake_has_warning(&report, "cpu0: 9 readings failed"));
    report_deinit(&report);
}

static void test_the_two_that_disagree(void **state)
{
    struct fake_perf_counter *package;
    struct session *session;
    struct report report;

    (void)state;
    fake_perf_init(&perf);
    package = fake_perf_add(&perf, 20, 2, 0);
    powercap_uj = 9384756102;
    session = begin("core-psys");
    for (int second = 1; second <= 6; second++) {
        fake_perf_use(package, 100);
        use_powercap(50);
        tick(session);
    }
    end(session, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 300);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 1);
    assert_true(fake_has_warning(&report, "perf counted 200 J where powercap counted 100 J"));
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_desktop_by_perf),
        cmocka_unit_test(test_a_counter_that_moves_to_another_cpu_leaves_a_gap),
        cmocka_unit_test(test_a_way_that_fails_is_changed_without_a_loss),
        cmocka_unit_test(test_the_two_that_disagree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
