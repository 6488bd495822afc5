/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_device_counters.c - counters that never fall, over runs that begin at 0 each */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "session/metrics/device_counters.h"

enum { DEVICES = 3 };

struct fixture {
    struct report report;
    struct report_device devices[DEVICES];
};

static void begin(struct fixture *fixture, const char *run_id)
{
    *fixture = (struct fixture){ .report = { .device_count = 1 } };
    fixture->report.devices = fixture->devices;
    fixture->report.run.state = RUN_RUNNING;
    (void)snprintf(fixture->report.run.id, ULID_SIZE, "%s", run_id);
    for (int i = 0; i < DEVICES; i++) {
        struct report_device *item = &fixture->devices[i];

        item->device = DEVICE_NULL;
        item->device.kind = DEVICE_GPU;
        item->device.index = i;
        (void)snprintf(item->device.id, DEVICE_ID_SIZE, "gpu%d", i);
        (void)snprintf(item->device.reader, DEVICE_READER_SIZE, "nvml");
        item->energy = BAND_NONE;
        item->operational_gco2e = NAN;
        item->embodied_gco2e = NAN;
        item->mean_utilization_ratio = NAN;
    }
}

/* What a report says of the first device at this many seconds into the run. */
static void set(struct fixture *fixture, double seconds, double joules, double gap_seconds)
{
    struct report_device *item = &fixture->devices[0];

    fixture->report.run.duration_ns = (int64_t)(seconds * 1e9);
    item->energy = band_relative(joules, 0.05);
    item->operational_gco2e = joules / 100;
    item->gap_seconds = gap_seconds;
}

static double joules_of(const struct device_counters *counters, size_t index)
{
    return rising_total(counters->items[index].joules);
}

static void test_runs_are_added_up(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    set(&run, 10, 1000, 0);
    run.report.run.late_ticks = 2;
    run.report.own_energy.value = 4;
    assert_int_equal(device_counters_take(&counters, &run.report), 1);
    set(&run, 20, 2500, 0);
    run.report.run.state = RUN_FINISHED;
    assert_int_equal(device_counters_take(&counters, &run.report), 1);
    begin(&run, "B");
    set(&run, 1, 150, 0.5);
    run.report.run.late_ticks = 3;
    run.report.own_energy.value = 0.5;
    assert_int_equal(device_counters_take(&counters, &run.report), 1);

    assert_int_equal(counters.count, 1);
    assert_true(joules_of(&counters, 0) == 2650);
    assert_true(rising_total(counters.items[0].gco2e) == 26.5);
    assert_true(rising_total(counters.items[0].gap_seconds) == 0.5);
    assert_true(rising_total(counters.late_ticks) == 5);
    assert_true(rising_total(counters.own_joules) == 4.5);
    assert_true(isnan(rising_total(counters.items[0].embodied))); /* never known: not 0 */
    device_counters_deinit(&counters);
}

static void test_nothing_falls(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    set(&run, 10, 1000, 0);
    (void)device_counters_take(&counters, &run.report);
    set(&run, 11, 990, 0);
    (void)device_counters_take(&counters, &run.report);
    assert_true(joules_of(&counters, 0) == 1000);
    set(&run, 12, 1001, 0);
    (void)device_counters_take(&counters, &run.report);
    assert_true(joules_of(&counters, 0) == 1001);
    /* the device is gone: what it used is not */
    run.report.device_count = 0;
    set(&run, 13, 0, 0);
    (void)device_counters_take(&counters, &run.report);
    assert_true(joules_of(&counters, 0) == 1001);
    assert_false(counters.items[0].present);
    assert_true(isnan(counters.items[0].watts));
    device_counters_deinit(&counters);
}

static void test_finer_than_a_second_is_not_told(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    set(&run, 0.9, 90, 0);
    assert_int_equal(device_counters_take(&counters, &run.report), 0);
    assert_int_equal(counters.count, 0);
    set(&run, 1, 100, 0);
    assert_int_equal(device_counters_take(&counters, &run.report), 1);
    set(&run, 1.9, 500, 0);
    assert_int_equal(device_counters_take(&counters, &run.report), 0);
    assert_true(joules_of(&counters, 0) == 100);
    set(&run, 2, 600, 0);
    assert_int_equal(device_counters_take(&counters, &run.report), 1);
    assert_true(joules_of(&counters, 0) == 600);
    assert_true(counters.items[0].watts == 500);
    /* a run's end is told at once, and once */
    set(&run, 2.1, 610, 0);
    run.report.run.state = RUN_FINISHED;
    assert_int_equal(device_counters_take(&counters, &run.report), 1);
    assert_true(joules_of(&counters, 0) == 610);
    assert_true(counters.items[0].watts == 500);
    set(&run, 9, 999, 0);
    assert_int_equal(device_counters_take(&counters, &run.report), 0);
    device_counters_deinit(&counters);
}

static void test_power_is_of_what_was_measured_since(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    set(&run, 10, 1000, 0);
    (void)device_counters_take(&counters, &run.report);
    assert_true(counters.items[0].watts == 100);
    /* 4 s, of which 2 s are not backed by readings: 600 J in 2 s */
    set(&run, 14, 1600, 2);
    (void)device_counters_take(&counters, &run.report);
    assert_true(counters.items[0].watts == 300);
    /* nothing was read: no power, and not 0 */
    set(&run, 16, 1600, 4);
    (void)device_counters_take(&counters, &run.report);
    assert_true(isnan(counters.items[0].watts));
    device_counters_deinit(&counters);
}

static void test_load_is_of_the_time_since(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    set(&run, 10, 1000, 0);
    run.devices[0].mean_utilization_ratio = 0.5;
    run.devices[0].utilization_seconds = 10;
    (void)device_counters_take(&counters, &run.report);
    assert_true(counters.items[0].utilization_ratio == 0.5);
    assert_true(rising_total(counters.items[0].active_joules) == 500);
    /* 5 busy seconds of 10, then 4 of 4 */
    set(&run, 14, 2000, 0);
    run.devices[0].mean_utilization_ratio = 9.0 / 14;
    run.devices[0].utilization_seconds = 14;
    (void)device_counters_take(&counters, &run.report);
    assert_true(fabs(counters.items[0].utilization_ratio - 1) < 1e-12);
    assert_true(fabs(rising_total(counters.items[0].active_joules) - 1500) < 1e-9);
    /* not told any more */
    set(&run, 16, 2100, 0);
    (void)device_counters_take(&counters, &run.report);
    assert_true(isnan(counters.items[0].utilization_ratio));
    device_counters_deinit(&counters);
}

static void test_another_reader_is_another_counter(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    set(&run, 10, 1000, 0);
    (void)device_counters_take(&counters, &run.report);
    (void)snprintf(run.devices[0].device.reader, DEVICE_READER_SIZE, "proc_cpu");
    run.devices[0].device.basis = BASIS_MODELLED;
    set(&run, 20, 700, 0);
    (void)device_counters_take(&counters, &run.report);
    assert_int_equal(counters.count, 2);
    assert_true(joules_of(&counters, 0) == 1000);
    assert_true(joules_of(&counters, 1) == 700);
    assert_false(counters.items[0].present);
    assert_true(counters.items[1].present);
    device_counters_deinit(&counters);
}

static void test_boards_and_what_a_module_holds_are_not_added(void **state)
{
    struct device_counters counters = { 0 };
    struct fixture run;

    (void)state;
    begin(&run, "A");
    run.report.device_count = 3;
    set(&run, 10, 1000, 0);
    run.devices[1].device.kind = DEVICE_BOARD;
    run.devices[1].energy = band_relative(2000, 0.1);
    run.devices[2].inside_module = true;
    run.devices[2].energy = band_relative(300, 0.1);
    (void)device_counters_take(&counters, &run.report);
    assert_true(counters.items[0].added);
    assert_false(counters.items[1].added);
    assert_false(counters.items[2].added);
    device_counters_deinit(&counters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_are_added_up),
        cmocka_unit_test(test_nothing_falls),
        cmocka_unit_test(test_finer_than_a_second_is_not_told),
        cmocka_unit_test(test_power_is_of_what_was_measured_since),
        cmocka_unit_test(test_load_is_of_the_time_since),
        cmocka_unit_test(test_another_reader_is_another_counter),
        cmocka_unit_test(test_boards_and_what_a_module_holds_are_not_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
