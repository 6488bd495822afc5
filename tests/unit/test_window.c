/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_window.c - a past window out of stored hours and samples */
#include "test_history.h"

#include "session/slicing.h"
#include "session/window.h"

/* A run that watches `device` at `watts` from `start` to `end` hours after EPOCH_NS, with its slices and,
 * where wanted, a sample every ten minutes. */
struct watch {
    const char *device;
    double start_hour;
    double end_hour;
    double watts;
    bool samples;
};

static int64_t at_hour(double hour)
{
    return EPOCH_NS + llround(hour * 3600) * NSEC_PER_SEC;
}

static void store(struct history *history, int number, const struct watch *watch)
{
    const int64_t step_ns = 10 * MINUTE_NS;
    int64_t start_ns = at_hour(watch->start_hour);
    int64_t end_ns = at_hour(watch->end_hour);
    struct run run = run_numbered(number);
    struct device device = device_named(watch->device);
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct slice_list slices = { 0 };
    struct aico2_error err = { 0 };

    run.started_wall_ns = run.ended_wall_ns = start_ns;
    totals.peak_watts = watch->watts + 1;
    totals.lowest_watts = watch->watts - 1;
    assert_int_equal(history_run_begin(history, &run, &device, 1, &err), 0);
    for (int64_t at_ns = start_ns + step_ns; at_ns <= end_ns; at_ns += step_ns) {
        struct history_sample sample = sample_at(0, at_ns, watch->watts * 600);

        sample.interval_seconds = 600;
        sample.power_watts = watch->watts;
        sample.sums.covered_seconds = 600;
        assert_int_equal(slicing_add(&slices, NULL, 0, &sample.sums, at_ns - step_ns, at_ns), 0);
        run.ended_wall_ns = at_ns;
        assert_int_equal(history_append(history, &run, &sample, watch->samples, NULL, 0, &totals,
                                        1, &err), 0);
    }
    assert_int_equal(history_append(history, &run, NULL, 0, slices.items, slices.count, &totals, 1,
                                    &err), 0);
    free(slices.items);
}

static void read_window(struct history *history, double from_hour, double to_hour,
                        const struct intensity_series *series, struct history_record *record_out)
{
    struct aico2_error err = { 0 };

    if (window_read(history, at_hour(from_hour), at_hour(to_hour), series, record_out, &err) < 0)
        fail_msg("%s", err.message);
}

static struct history *history_of(struct place *place, const struct watch *watches, size_t count)
{
    struct history *history;

    *place = place_new();
    history = open_local(place->path, HISTORY_WRITE);
    for (size_t i = 0; i < count; i++)
        store(history, (int)i + 1, &watches[i]);
    return history;
}

static void end(struct place *place, struct history *history, struct history_record *record)
{
    history_record_deinit(record);
    history_close(history);
    place_remove(place);
}

/* 100 W for 60 h is 21.6 MJ. Without a stored sample only the hours can tell. */
static void test_long_windows_are_read_from_hours(void **state)
{
    struct watch watch = { "cpu0", 0, 72, 100, false };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, &watch, 1);

    (void)state;
    read_window(history, 4, 64, NULL, &record);
    assert_int_equal(record.device_count, 1);
    assert_float_equal(record.totals[0].sums.joules, 21.6e6, 1);
    assert_float_equal(record.totals[0].sums.covered_seconds, 60 * 3600, 1e-6);
    assert_int_equal(record.slices.count, 1);
    assert_float_equal(record.slices.items[0].sums.joules, 21.6e6, 1);
    end(&place, history, &record);
}

/* From 3:30 to 63:15 by samples at the edges and hours between: 59.75 h of 100 W = 21.51 MJ. */
static void test_edges_of_a_long_window_are_read_from_samples(void **state)
{
    struct watch watch = { "cpu0", 0, 72, 100, true };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, &watch, 1);

    (void)state;
    read_window(history, 3.5, 63.25, NULL, &record);
    assert_float_equal(record.totals[0].sums.joules, 21.51e6, 1);
    assert_float_equal(record.totals[0].sums.covered_seconds, 59.75 * 3600, 1e-6);
    end(&place, history, &record);
}

/* Two runs watch cpu0 from hour 20 to 30 and each stretch counts once: 72 h of 100 W = 25.92 MJ. The
 * second begins and ends within an hour. dram0 was watched by one alone: 9 h of 10 W = 0.324 MJ. */
static void test_hours_of_two_runs_count_once(void **state)
{
    const struct watch watches[] = {
        { "cpu0", 0, 72, 100, true },
        { "cpu0", 20.5, 29.5, 100, true },
        { "dram0", 40, 49, 10, true },
    };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, watches, 3);

    (void)state;
    read_window(history, 0, 72, NULL, &record);
    assert_int_equal(record.device_count, 2);
    assert_float_equal(record.totals[0].sums.joules, 25.92e6, 1);
    assert_float_equal(record.totals[1].sums.joules, 0.324e6, 1);
    end(&place, history, &record);
}

/* Runs that follow each other share an hour but no moment: 20 W until 30:20, then 50 W from 30:30.
 * 30.333 h x 20 W + 29.5 h x 50 W = 2.184 MJ + 5.31 MJ. */
static void test_runs_that_share_an_hour_only_are_added(void **state)
{
    const struct watch watches[] = {
        { "cpu0", 30.5, 60, 50, false },
        { "cpu0", 0, 30 + 1.0 / 3, 20, false },
    };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, watches, 2);

    (void)state;
    read_window(history, 0, 60, NULL, &record);
    assert_float_equal(record.totals[0].sums.joules, 2.184e6 + 5.31e6, 1);
    end(&place, history, &record);
}

/* The peak of the run may lie outside: it is unknown, not the run's nor the mean. */
static void test_peak_is_the_runs_only_when_all_of_it_is_inside(void **state)
{
    struct watch watch = { "cpu0", 10, 70, 100, false };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, &watch, 1);

    (void)state;
    read_window(history, 0, 80, NULL, &record);
    assert_float_equal(record.totals[0].peak_watts, 101, 0);
    assert_float_equal(record.totals[0].lowest_watts, 99, 0);
    history_record_deinit(&record);
    read_window(history, 12, 80, NULL, &record);
    assert_true(isnan(record.totals[0].peak_watts));
    assert_true(isnan(record.totals[0].lowest_watts));
    end(&place, history, &record);
}

/* The series changes at hour 24: 24 h x 100 W before, 36 h x 100 W from then on. */
static void test_series_on_the_hour_cuts_stored_hours(void **state)
{
    struct intensity_point points[] = { { at_hour(0), 400 }, { at_hour(24), 100 } };
    const struct intensity_series series = { .points = points, .count = 2, .capacity = 2 };
    struct watch watch = { "cpu0", 0, 60, 100, false };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, &watch, 1);
    double before = 0;
    double after = 0;

    (void)state;
    read_window(history, 0, 60, &series, &record);
    for (size_t i = 0; i < record.slices.count; i++)
        *(record.slices.items[i].start_wall_ns < at_hour(24) ? &before : &after) +=
            record.slices.items[i].sums.joules;
    assert_float_equal(before, 8.64e6, 1);
    assert_float_equal(after, 12.96e6, 1);
    end(&place, history, &record);
}

/* It changes at 24:30, and the run begins at 24:20: of the 40 minutes in that hour 10 lie before the
 * change, which the sum of the hour cannot tell. 600 s x 100 W = 60 kJ. */
static void test_series_off_the_hour_is_read_from_samples(void **state)
{
    struct intensity_point points[] = { { at_hour(0), 400 }, { at_hour(24.5), 100 } };
    const struct intensity_series series = { .points = points, .count = 2, .capacity = 2 };
    struct watch watch = { "cpu0", 24 + 1.0 / 3, 84, 100, true };
    struct history_record record;
    struct place place;
    struct history *history = history_of(&place, &watch, 1);
    double before = 0;

    (void)state;
    read_window(history, 0, 84, &series, &record);
    for (size_t i = 0; i < record.slices.count; i++)
        before += record.slices.items[i].start_wall_ns < at_hour(24.5)
                      ? record.slices.items[i].sums.joules
                      : 0;
    assert_float_equal(before, 60e3, 1);
    end(&place, history, &record);
}

/* --- slicing --- */

/* The clock goes from hour 2 back to hour 1 and on again: each hour of the device stays one slice. */
static void test_clock_set_back_makes_no_second_slice_of_an_hour(void **state)
{
    static const double hours[] = { 0, 2, 1, 2, 0, 3, 1 };
    const struct energy_sums sums = { .joules = 1, .samples = 1 };
    struct slice_list slices = { 0 };

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        for (int device = 0; device < 2; device++)
            assert_int_equal(slicing_add(&slices, NULL, device, &sums, at_hour(hours[i]),
                                         at_hour(hours[i]) + SECOND_NS), 0);
    }
    assert_int_equal(slices.count, 8);
    for (size_t i = 0; i < slices.count; i++)
        assert_float_equal(slices.items[i].sums.joules,
                           slices.items[i].start_wall_ns == at_hour(3) ? 1.0F : 2.0F, 0);
    free(slices.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_windows_are_read_from_hours),
        cmocka_unit_test(test_edges_of_a_long_window_are_read_from_samples),
        cmocka_unit_test(test_hours_of_two_runs_count_once),
        cmocka_unit_test(test_runs_that_share_an_hour_only_are_added),
        cmocka_unit_test(test_peak_is_the_runs_only_when_all_of_it_is_inside),
        cmocka_unit_test(test_series_on_the_hour_cuts_stored_hours),
        cmocka_unit_test(test_series_off_the_hour_is_read_from_samples),
        cmocka_unit_test(test_clock_set_back_makes_no_second_slice_of_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
