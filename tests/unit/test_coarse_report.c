/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_coarse_report.c - what a report tells of tasks to those without the scope raw, and what it leaves to be found */
#include "support.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "server/coarse_report.h"
#include "server/coarse_row.h"

enum { TASKS_MAX = 16 };

static struct report_task tasks[TASKS_MAX];
static struct report report;

static void assert_near(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.12g, not %.12g", got, expected);
}

static void begin(double embodied_gco2e)
{
    memset(tasks, 0, sizeof(tasks));
    report = (struct report){ .tasks = tasks };
    report.run.interval_ns = NSEC_PER_SEC;
    report.run.duration_ns = 60 * NSEC_PER_SEC;
    report.run.state = RUN_FINISHED;
    report.embodied_gco2e = embodied_gco2e > 0
                                ? (struct band){ embodied_gco2e, embodied_gco2e, embodied_gco2e }
                                : BAND_NONE;
}

static void add(double seconds, double joules)
{
    tasks[report.task_count++] = (struct report_task){ .duration_seconds = seconds,
                                                       .energy_joules = joules,
                                                       .total_gco2e = NAN };
}

/* As report/tasks.c makes them: by joules, and the making of the hardware by time. */
static void add_grams(double gco2e_per_joule)
{
    double seconds = 0;

    for (size_t i = 0; i < report.task_count; i++)
        seconds += tasks[i].duration_seconds;
    for (size_t i = 0; i < report.task_count; i++)
        tasks[i].total_gco2e =
            tasks[i].energy_joules * gco2e_per_joule +
            (band_is_known(report.embodied_gco2e)
                 ? report.embodied_gco2e.value * tasks[i].duration_seconds / seconds
                 : 0);
}

static void tell(bool coarse)
{
    add_grams(1e-5);
    report_coarsen_tasks(&report, coarse);
}

static void expect(size_t index, double joules)
{
    assert_near(tasks[index].energy_joules, joules, 1e-9);
    assert_near(tasks[index].total_gco2e, joules * 1e-5, 1e-12);
}

static void expect_untold(size_t index)
{
    assert_true(isnan(tasks[index].energy_joules));
    assert_true(isnan(tasks[index].total_gco2e));
}

static void test_long_tasks_are_told_exactly(void **state)
{
    (void)state;
    begin(0);
    add(12, 1200.125);
    add(10, 333.0625);
    tell(false);
    expect(0, 1200.125);
    expect(1, 333.0625);
}

static void test_the_whole_less_all_others_is_no_short_task(void **state)
{
    double left;

    (void)state;
    begin(0);
    add(12, 1200);
    add(0.3, 77.7);
    add(17.7, 1722.3);
    tell(false);
    expect(0, 1200);
    expect_untold(1);
    expect(2, 1770); /* 17.7 of 18 s of 1800 J */
    left = 3000 - tasks[0].energy_joules - tasks[2].energy_joules;
    assert_near(left, 30, 1e-9); /* 0.3 s of that mean, whatever was used in them */
}

static void test_what_is_told_knows_nothing_of_a_short_task(void **state)
{
    double told[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        begin(0);
        add(12, 1200);
        add(0.3, i == 0 ? 1 : 500);
        add(17.7, i == 0 ? 1799 : 1300);
        add(0.5, 50);
        tell(false);
        told[i] = tasks[2].energy_joules;
    }
    assert_near(told[0], told[1], 1e-9);
}

static void test_a_pause_takes_nothing_from_the_epochs_beside_it(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 3; i++) {
        add(60, 6000);
        add(0.02, 1);
    }
    tell(false);
    expect(0, 6000);
    expect_untold(1);
    expect(2, 5999.0); /* 60 of 60.02 s of 6001 J */
    expect_untold(3);
    expect(4, 5998.0); /* 60 of 60.04 s of 6002 J */
    expect_untold(5);
}

static void test_a_task_that_is_not_nearly_all_of_its_second_is_not_told(void **state)
{
    (void)state;
    begin(0);
    add(0.8, 8);
    add(1.6, 160);
    add(11, 100);
    tell(false);
    expect_untold(0);
    expect_untold(1);
    expect(2, 100);
}

static void test_short_tasks_alone_tell_nothing(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 7; i++)
        add(0.3, 3);
    tell(false);
    for (size_t i = 0; i < 7; i++)
        expect_untold(i);
    begin(0);
    add(0.3, 3);
    tell(true);
    expect_untold(0);
}

static void test_one_below_ten_seconds_makes_all_coarse(void **state)
{
    (void)state;
    begin(0);
    add(20, 2000.055);
    add(5, 500.055);
    add(20, 2000.09);
    tell(false);
    expect(0, 2000.0);
    expect(1, 500.0);
    expect(2, 2000.0);
    begin(0);
    add(20, 2000.055);
    tell(true);
    expect(0, 2000.0);
}

/* The making of the hardware lies beside the joules: rounded together each place would tell of another tenth. */
static void test_grams_tell_no_more_than_joules_wherever(void **state)
{
    (void)state;
    for (int place = 1; place < 200; place++) {
        const double gco2e_per_joule = place * 1.7e-6;

        begin(3.3);
        add(5, 500.0777);
        add(15, 100);
        add_grams(gco2e_per_joule);
        report_coarsen_tasks(&report, false);
        assert_near(tasks[0].total_gco2e, 500.0 * gco2e_per_joule + 3.3 * 5 / 20, 1e-12);
    }
}

static void test_what_is_unknown_stays_so(void **state)
{
    (void)state;
    begin(0);
    add(5, NAN);
    add(15, NAN);
    tell(false);
    expect_untold(0);
    expect_untold(1);
    begin(0);
    add(5, 0);
    add(15, 100);
    tell(false);
    expect(0, 0);
}

/* Many short ones after each other would be a trace. */
static void test_of_a_run_of_less_than_a_second_nothing_is_told(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct device_totals totals[1] = { { .sums = { .joules = 1.25, .covered_seconds = 1 } } };
        struct slice slice = { .sums = { .joules = 1.25, .covered_seconds = 1 } };
        struct history_record record = {
            .totals = totals,
            .device_count = 1,
            .slices = { .items = &slice, .count = 1 },
            .run.duration_ns = i == 0 ? NSEC_PER_SEC - 1 : NSEC_PER_SEC,
        };
        struct run_row row = { .state = RUN_FINISHED,
                               .duration_seconds = seconds_from_ns(record.run.duration_ns),
                               .total_joules = 1.25,
                               .total_gco2e = 1 };

        (void)state;
        record_coarsen(&record);
        run_row_coarsen(&row);
        if (i == 0) {
            assert_true(record.slices.count == 0);
            assert_near(totals[0].sums.covered_seconds, 0, 0); /* unknown, not 0 J */
            assert_true(isnan(row.total_joules) && isnan(row.total_gco2e));
        } else {
            assert_near(totals[0].sums.joules, 1.2, 1e-9);
            assert_near(row.total_joules, 1.2, 1e-9);
        }
    }
}

static void test_peaks_are_told_of_seconds_alone(void **state)
{
    struct report_device device = { .peak_power_watts = 81.27 };

    (void)state;
    begin(0);
    report.devices = &device;
    report.device_count = 1;
    report.own_energy = (struct band){ 0.27, 0.21, 0.31 };
    report_coarsen(&report);
    assert_near(device.peak_power_watts, 81.3, 1e-9);
    assert_near(report.own_energy.value, 0.2, 1e-9);
    assert_near(report.own_energy.high, 0.4, 1e-9);
    report.run.interval_ns = NSEC_PER_SEC / 10;
    report_coarsen(&report);
    assert_true(isnan(device.peak_power_watts));
    device.peak_power_watts = 81.27;
    report.run.interval_ns = NSEC_PER_SEC;
    report.run.duration_ns = 60 * NSEC_PER_SEC;
    add(12, 100); /* its edges were read, too */
    report_coarsen(&report);
    assert_true(isnan(device.peak_power_watts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_tasks_are_told_exactly),
        cmocka_unit_test(test_the_whole_less_all_others_is_no_short_task),
        cmocka_unit_test(test_what_is_told_knows_nothing_of_a_short_task),
        cmocka_unit_test(test_a_pause_takes_nothing_from_the_epochs_beside_it),
        cmocka_unit_test(test_a_task_that_is_not_nearly_all_of_its_second_is_not_told),
        cmocka_unit_test(test_short_tasks_alone_tell_nothing),
        cmocka_unit_test(test_one_below_ten_seconds_makes_all_coarse),
        cmocka_unit_test(test_grams_tell_no_more_than_joules_wherever),
        cmocka_unit_test(test_what_is_unknown_stays_so),
        cmocka_unit_test(test_of_a_run_of_less_than_a_second_nothing_is_told),
        cmocka_unit_test(test_peaks_are_told_of_seconds_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
