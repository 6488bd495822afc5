/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_properties.c - what holds for every run, whatever its figures (R21: twice the same is the same) */
#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake_machine.h"
#include "session/report/build.h"
#include "session_steps.h"
#include "writers/writer.h"

/* Power that changes; read `steps` times a second. */
static void varied_run(int steps, bool turned, struct report *report_out)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;

    fake_machine_init(&machine);
    for (int i = 0; i < 2; i++)
        fake_add_package(&machine, turned ? 1 - i : i, 4);
    fake_add_dram(&machine, 0);
    fake_add_gpu(&machine, 0);
    fake_find(&machine, 2, "gpu0")->sample.power_watts = 100;
    options = fake_options(&machine);
    options.interval_ns = NSEC_PER_SEC / steps;
    session = start(&machine, &options);
    for (int i = 0; i < 40; i++) {
        double busy = i % 4; /* 0 in each fourth second: idle is seen */

        for (int j = 0; j < steps; j++) {
            struct fake_device *gpu = fake_find(&machine, 2, "gpu0");

            fake_pass(&machine, 1.0 / steps);
            fake_use(&machine, "cpu0", (30 + 20 * busy) / steps);
            fake_use(&machine, "cpu1", 24.0 / steps);
            fake_use(&machine, "dram0", (4 + busy) / steps);
            fake_work(&machine, "cpu0", busy / steps);
            fake_job_works(session, busy / 2 / steps);
            gpu->sample.power_watts += 2.0 / steps;
            gpu->sample.utilization_ratio = 1;
            fake_tick(session, &machine);
        }
    }
    fake_finish(session, report_out);
}

static void assert_conserved(const struct report *report)
{
    double sum = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];

        assert_true(item->job_joules + item->others_joules + item->idle_joules ==
                    item->energy.value);
        sum += item->energy.value;
    }
    assert_true(report->job_joules + report->others_joules + report->idle_joules ==
                report->machine_joules);
    assert_near(sum, report->machine_joules);
}

static void test_halving_the_interval_changes_no_total(void **state)
{
    struct report once;

    (void)state;
    varied_run(1, false, &once);
    assert_conserved(&once);
    for (int steps = 2; steps <= 8; steps *= 2) {
        struct report often;

        varied_run(steps, false, &often);
        assert_conserved(&often);
        assert_near(often.machine_joules, once.machine_joules);
        assert_near(often.job_joules, once.job_joules);
        assert_near(often.total.value, once.total.value);
        assert_near(often.total.low, once.total.low);
        report_deinit(&often);
    }
    report_deinit(&once);
}

static void test_order_of_devices_changes_no_total(void **state)
{
    struct report one;
    struct report other;

    (void)state;
    varied_run(1, false, &one);
    varied_run(1, true, &other);
    assert_string_equal(other.devices[0].device.id, "cpu1");
    assert_near(one.total.value, other.total.value);
    assert_near(one.total.high, other.total.high);
    assert_near(one.machine_joules, other.machine_joules);
    assert_near(fake_report_device(&one, "cpu0")->job_joules,
                fake_report_device(&other, "cpu0")->job_joules);
    report_deinit(&one);
    report_deinit(&other);
}

static void json_of_a_run(struct strbuf *text)
{
    struct report report;

    varied_run(2, false, &report);
    memset(report.run.id, 'A', sizeof(report.run.id) - 1); /* random */
    report.run.own_max_rss_bytes = 0;                       /* this test's own memory */
    write_report_json(text, &report);
    report_deinit(&report);
}

static void test_same_trace_gives_the_same_report(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf first = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf second_text = { 0 };

    (void)state;
    json_of_a_run(&first);
    json_of_a_run(&second_text);
    assert_string_equal(strbuf_text(&first), strbuf_text(&second_text));
}

static void test_two_sessions_in_one_process(void **state)
{
    struct fake_machine machines[2];
    struct session_options options[2];
    struct session *sessions[2];
    struct report report;

    (void)state;
    for (int i = 0; i < 2; i++) {
        two_packages(&machines[i]);
        options[i] = fake_options(&machines[i]);
        sessions[i] = start(&machines[i], &options[i]);
    }
    assert_string_not_equal(session_run_id(sessions[0]), session_run_id(sessions[1]));
    for (int i = 0; i < 10; i++) {
        second(sessions[0], &machines[0], 3, 1);
        if (i % 2 == 0)
            second(sessions[1], &machines[1], 1, 0);
    }
    fake_finish(sessions[0], &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 1100);
    report_deinit(&report);
    fake_finish(sessions[1], &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 250);
    report_deinit(&report);
}

static void test_power_shown_meanwhile_is_that_of_the_last_interval(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct session_progress progress;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    session_progress(session, &progress);
    assert_true(isnan(progress.joules) && isnan(progress.watts));
    second(session, &machine, 0, 0);
    second(session, &machine, 4, 0);
    session_progress(session, &progress);
    assert_near(progress.watts, 110 + 25 + 8);
    assert_near(progress.joules, 58 + 143);
    assert_near(progress.job_cpu_seconds, 4);
    fake_finish(session, &report);
    report_deinit(&report);
}

static long resident_pages(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    (void)fclose(file);
    return pages;
}

/* Two days at a reading a second: what is kept grows with the hours only. */
static void test_long_run_keeps_hours_not_samples(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;
    long early = 0;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    options.root = 0; /* nobody's processes to look for */
    session = start(&machine, &options);
    for (int i = 0; i < 48 * 3600; i++) {
        second(session, &machine, 0, 2);
        if (i == 4 * 3600)
            early = resident_pages();
    }
    assert_int_equal(session->record.slices.count, 3 * 48);
    assert_true(resident_pages() - early < 256); /* a MiB */
    options.scope = SCOPE_MACHINE;
    fake_finish(session, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 48 * 3600 * 70.0);
    assert_true(isnan(report.run.cpu_seconds));
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halving_the_interval_changes_no_total),
        cmocka_unit_test(test_order_of_devices_changes_no_total),
        cmocka_unit_test(test_same_trace_gives_the_same_report),
        cmocka_unit_test(test_two_sessions_in_one_process),
        cmocka_unit_test(test_power_shown_meanwhile_is_that_of_the_last_interval),
        cmocka_unit_test(test_long_run_keeps_hours_not_samples),
    };

    return cmocka_run_group_tests_name("session_properties", tests, NULL, NULL);
}
