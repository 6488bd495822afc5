/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_recut.c - stored runs against series they were not recorded with: exact, or doubted aloud */
#include "test_history.h"

#include "carbon/series.h"
#include "session/recut.h"
#include "session/slicing.h"

static void assert_near(double got, double expected, double within)
{
    if (!(fabs(got - expected) <= within))
        fail_msg("%.17g is not %.17g", got, expected);
}

static struct intensity_series parsed(const char *text)
{
    struct intensity_series series = { 0 };
    struct aico2_error err = { 0 };
    char copy[8192];

    (void)snprintf(copy, sizeof(copy), "time,gco2e_per_kwh\n%s", text);
    if (intensity_series_parse(copy, strlen(copy), "s.csv", &series, &err) < 0)
        fail_msg("%s", err.message);
    return series;
}

/* Joules times what they met, over the joules. */
static double mean_of(const struct slice_list *slices, const struct intensity_series *series)
{
    double weighted = 0;
    double joules = 0;

    for (size_t i = 0; i < slices->count; i++) {
        weighted += slices->items[i].sums.joules *
                    intensity_series_at(series, slices->items[i].start_wall_ns);
        joules += slices->items[i].sums.joules;
    }
    return weighted / joules;
}

static void add(struct slice_list *slices, const struct intensity_series *series, int64_t start_ns,
                int64_t seconds, double watts)
{
    const struct energy_sums sums = { .joules = watts * (double)seconds,
                                      .covered_seconds = (double)seconds,
                                      .samples = 1 };

    assert_int_equal(slicing_add(slices, series, 0, &sums, start_ns,
                                 start_ns + seconds * SECOND_NS),
                     0);
}

/* A kilowatt from local midnight to local midnight in samples of ten minutes that lie across every edge; the
 * k-th hour of the day has k g/kWh, so that the mean of n hours is (n + 1) / 2. */
static void assert_day(const char *text, int64_t start_s, int hours)
{
    struct intensity_series series = parsed(text);
    struct slice_list slices = { 0 };
    int64_t at_ns = start_s * SECOND_NS;

    assert_int_equal(series.count, hours);
    add(&slices, &series, at_ns, 300, 1000);
    for (int i = 0; i < hours * 6 - 1; i++)
        add(&slices, &series, at_ns + 300 * SECOND_NS + i * 10 * MINUTE_NS, 600, 1000);
    add(&slices, &series, at_ns + hours * HOUR_NS - 300 * SECOND_NS, 300, 1000);
    assert_int_equal(slices.count, hours);
    for (size_t i = 0; i < slices.count; i++)
        assert_near(slices.items[i].sums.joules, 3.6e6, 1e-6);
    assert_near(mean_of(&slices, &series), (hours + 1) / 2.0, 1e-12);
    free(slices.items);
    intensity_series_deinit(&series);
}

/* Lines of a day on whose morning the clock of central Europe is set: at 1:00 UTC from +01:00 to +02:00, or
 * back, when the hour from 2 to 3 comes twice. */
static void write_day(char *text, size_t size, const char *date, bool spring)
{
    int value = 0;

    text[0] = '\0';
    for (int hour = 0; hour < 24; hour++) {
        size_t used = strlen(text);

        if (spring && hour == 2)
            continue;
        (void)snprintf(text + used, size - used, "%sT%02d:00:00+0%d:00,%d\n", date, hour,
                       spring == (hour > 2) ? 2 : 1, ++value);
        used = strlen(text);
        if (!spring && hour == 2) {
            text[used - strlen("1:00,3\n")] = '2'; /* first as summer time */
            (void)snprintf(text + used, size - used, "%sT02:00:00+01:00,%d\n", date, ++value);
        }
    }
}

/* 2026-03-28T23:00Z = 1774738800, 23 hours; 2026-10-24T22:00Z = 1792879200, 25 hours. */
static void test_days_of_23_and_25_hours(void **state)
{
    char text[2048];

    (void)state;
    write_day(text, sizeof(text), "2026-03-29", true);
    assert_day(text, 1774738800, 23);
    write_day(text, sizeof(text), "2026-10-25", false);
    assert_day(text, 1792879200, 25);
}

/* 23:59:60 is no time of its own in unix seconds: it is the next midnight. An hour about it at 10 and 20
 * g/kWh: 15. 1483227000 is 2016-12-31T23:30Z. */
static void test_a_leap_second(void **state)
{
    struct intensity_series series = parsed("2016-12-31T23:30:00Z,10\n2016-12-31T23:59:60Z,20\n");
    struct slice_list slices = { 0 };
    struct intensity_series twice = { 0 };
    struct aico2_error err = { 0 };
    char both[] = "time,gco2e_per_kwh\n2016-12-31T23:59:60Z,10\n2017-01-01T00:00:00Z,20\n";

    (void)state;
    add(&slices, &series, INT64_C(1483227000) * SECOND_NS, 3600, 500);
    assert_near(mean_of(&slices, &series), 15, 1e-12);
    free(slices.items);
    intensity_series_deinit(&series);
    assert_int_equal(intensity_series_parse(both, strlen(both), "s.csv", &twice, &err), -EBADMSG);
    assert_non_null(strstr(err.message, "s.csv:3: times must rise"));
}

/* Half hours, a hole of two hours in which the value before it holds on, over midnight. From 22:45 on, 2:30 h
 * of 100 W: 15 min at 50, 30 min at 60, and from 23:30 to 1:15 at 70: (0.25 * 50 + 0.5 * 60 + 1.75 * 70) /
 * 2.5 = 66. 1767221100 is 2025-12-31T22:45Z. */
static void test_half_hours_a_hole_and_midnight(void **state)
{
    struct intensity_series series = parsed("2025-12-31T22:30:00Z,50\n2025-12-31T23:00:00Z,60\n"
                                            "2025-12-31T23:30:00Z,70\n2026-01-01T01:30:00Z,500\n");
    struct slice_list slices = { 0 };

    (void)state;
    for (int minute = 0; minute < 150; minute += 10)
        add(&slices, &series, (INT64_C(1767221100) + minute * 60) * SECOND_NS, 600, 100);
    assert_near(mean_of(&slices, &series), 66, 1e-12);
    free(slices.items);
    intensity_series_deinit(&series);
}

/* A run from EPOCH on with samples of so many seconds each, of so many watts; slices of whole hours. */
static struct history *stored(struct place *place, const double *watts, int count, int seconds,
                              bool samples, struct history_record *record_out)
{
    struct run run = run_numbered(1);
    struct device device = device_named("cpu0");
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct slice_list slices = { 0 };
    struct aico2_error err = { 0 };
    struct history *history;

    *place = place_new();
    history = open_local(place->path, HISTORY_WRITE);
    run.ended_wall_ns = EPOCH_NS;
    assert_int_equal(history_run_begin(history, &run, &device, 1, &err), 0);
    for (int i = 0; i < count; i++) {
        struct history_sample sample =
            sample_at(0, EPOCH_NS + (i + 1) * seconds * SECOND_NS, watts[i] * seconds);

        sample.interval_seconds = seconds;
        sample.sums.covered_seconds = seconds;
        add(&slices, NULL, EPOCH_NS + i * seconds * SECOND_NS, seconds, watts[i]);
        run.ended_wall_ns = sample.end_wall_ns;
        assert_int_equal(history_append(history, &run, &sample, samples, NULL, 0, &totals, 1, &err),
                         0);
    }
    assert_int_equal(history_append(history, &run, NULL, 0, slices.items, slices.count, &totals, 1,
                                    &err),
                     0);
    free(slices.items);
    assert_int_equal(history_load(history, run.id, record_out, &err), 0);
    return history;
}

static void end(struct place *place, struct history *history, struct history_record *record,
                struct intensity_series *series)
{
    intensity_series_deinit(series);
    history_record_deinit(record);
    history_close(history);
    place_remove(place);
}

/* An hour of 100 W and one of 300 W, all samples gone: 360 kJ at 100 and 1080 kJ at 200 are 175 all the same,
 * where one sample of two hours would have said 150. */
static void test_whole_hours_are_exact_for_ever(void **state)
{
    static const double watts[] = { 100, 300 };
    struct intensity_series series = parsed("2026-01-01T00:00:00Z,100\n2026-01-01T01:00:00Z,200\n");
    struct history_record record;
    struct recut_doubt doubt;
    struct place place;
    struct history *history = stored(&place, watts, 2, 3600, false, &record);

    (void)state;
    assert_int_equal(recut_run(history, &record, &series, &series, &doubt, NULL), 0);
    assert_int_equal(record.slices.count, 2);
    assert_near(mean_of(&record.slices, &series), 175, 1e-12);
    assert_true(doubt.below == 0 && doubt.above == 0);
    end(&place, history, &record, &series);
}

/* Three samples of ten minutes of 100 W and three of 300 W: 180 kJ at 100, 540 kJ at 200. */
static void test_half_hours_are_as_the_samples_tell(void **state)
{
    static const double watts[] = { 100, 100, 100, 300, 300, 300 };
    struct intensity_series series = parsed("2026-01-01T00:00:00Z,100\n2026-01-01T00:30:00Z,200\n");
    struct history_record record;
    struct recut_doubt doubt;
    struct place place;
    struct history *history = stored(&place, watts, 6, 600, true, &record);

    (void)state;
    assert_int_equal(recut_run(history, &record, &series, &series, &doubt, NULL), 0);
    assert_int_equal(record.slices.count, 2);
    assert_near(record.slices.items[0].sums.joules, 180e3, 1e-6);
    assert_near(record.slices.items[1].sums.joules, 540e3, 1e-6);
    assert_true(doubt.below == 0 && doubt.above == 0); /* no sample lies across the change */
    end(&place, history, &record, &series);
}

/* The same hour thinned to one sample: half of it each way, 150, and it may have been 100 or 200. */
static void test_what_was_thinned_is_doubted(void **state)
{
    static const double watts[] = { 200 };
    struct intensity_series series = parsed("2026-01-01T00:00:00Z,100\n2026-01-01T00:30:00Z,200\n");
    struct history_record record;
    struct recut_doubt doubt;
    struct place place;
    struct history *history = stored(&place, watts, 1, 3600, true, &record);

    (void)state;
    assert_int_equal(recut_run(history, &record, &series, &series, &doubt, NULL), 0);
    assert_near(mean_of(&record.slices, &series), 150, 1e-9);
    assert_near(doubt.below, 50, 1e-9);
    assert_near(doubt.above, 50, 1e-9);
    assert_near(doubt.joules_ratio, 1, 1e-12);
    end(&place, history, &record, &series);
}

/* Forty minutes at 270 W, no samples: 3/4 of it before the change at 0:30, and nothing lost. */
static void test_without_samples_it_is_divided_in_time(void **state)
{
    static const double watts[] = { 270 };
    struct intensity_series series = parsed("2026-01-01T00:00:00Z,100\n2026-01-01T00:30:00Z,200\n");
    struct history_record record;
    struct recut_doubt doubt;
    struct place place;
    struct history *history = stored(&place, watts, 1, 2400, false, &record);

    (void)state;
    assert_int_equal(recut_run(history, &record, &series, &series, &doubt, NULL), 0);
    assert_near(mean_of(&record.slices, &series), 125, 1e-9);
    assert_near(record.slices.items[0].sums.joules + record.slices.items[1].sums.joules, 270 * 2400,
                1e-9);
    end(&place, history, &record, &series);
}

/* Hours of 360 and 1080 kJ, thinned to a sample of 70 minutes (540 kJ) and one of 50 (900 kJ): what of them lies in
 * an hour is not what the hour had. The hours keep theirs: 360 kJ evenly about 0:30, 1080 kJ as 10/70 x 540 + 20/50 x
 * 900 = 437.14 to 30/50 x 900 = 540. */
static void test_samples_across_the_hour_move_nothing_out_of_it(void **state)
{
    static const double watts[] = { 100, 300 };
    struct intensity_series series = parsed("2026-01-01T00:00:00Z,1\n2026-01-01T00:30:00Z,2\n"
                                            "2026-01-01T01:00:00Z,3\n2026-01-01T01:30:00Z,4\n");
    const int64_t ends[] = { EPOCH_NS + 70 * MINUTE_NS, EPOCH_NS + 120 * MINUTE_NS };
    const double minutes[] = { 70, 50 };
    const double joules[] = { 540e3, 900e3 };
    const double expected[] = { 180e3, 180e3, 1080e3 * 437142.857142857 / 977142.857142857,
                                1080e3 * 540000 / 977142.857142857 };
    struct history_record record;
    struct recut_doubt doubt;
    struct place place;
    struct history *history = stored(&place, watts, 2, 3600, false, &record);
    struct run run = record.run;
    struct device_totals totals = DEVICE_TOTALS_NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct history_sample sample = sample_at(0, ends[i], joules[i]);

        sample.interval_seconds = sample.sums.covered_seconds = minutes[i] * 60;
        assert_int_equal(history_append(history, &run, &sample, 1, NULL, 0, &totals, 1, NULL), 0);
    }
    assert_int_equal(recut_run(history, &record, &series, &series, &doubt, NULL), 0);
    assert_int_equal(record.slices.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_near(record.slices.items[i].sums.joules, expected[i], 1e-3);
    end(&place, history, &record, &series);
}

/* Samples of seven minutes lie across every edge of quarter hours; whatever the cuts, each hour keeps its
 * joules to the last bits. */
static void test_an_hour_keeps_its_energy(void **state)
{
    double watts[40];
    struct intensity_series series = parsed("2026-01-01T00:07:01Z,1\n2026-01-01T00:15:00Z,2\n"
                                            "2026-01-01T01:59:59Z,3\n2026-01-01T03:13:00Z,4\n");
    double hours[5] = { 0 };
    struct history_record record;
    struct recut_doubt doubt;
    struct place place;
    struct history *history;

    (void)state;
    for (int i = 0; i < 40; i++)
        watts[i] = 100 + 37 * (i % 5);
    history = stored(&place, watts, 40, 420, true, &record);
    for (size_t i = 0; i < record.slices.count; i++)
        hours[(record.slices.items[i].start_wall_ns - EPOCH_NS) / HOUR_NS] +=
            record.slices.items[i].sums.joules;
    assert_int_equal(recut_run(history, &record, &series, &series, &doubt, NULL), 0);
    assert_int_equal(record.slices.count, 5 + 4);
    for (size_t i = 0; i < record.slices.count; i++)
        hours[(record.slices.items[i].start_wall_ns - EPOCH_NS) / HOUR_NS] -=
            record.slices.items[i].sums.joules;
    for (int i = 0; i < 5; i++)
        assert_true(fabs(hours[i]) < 1e-9);
    end(&place, history, &record, &series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_of_23_and_25_hours),
        cmocka_unit_test(test_a_leap_second),
        cmocka_unit_test(test_half_hours_a_hole_and_midnight),
        cmocka_unit_test(test_whole_hours_are_exact_for_ever),
        cmocka_unit_test(test_half_hours_are_as_the_samples_tell),
        cmocka_unit_test(test_what_was_thinned_is_doubted),
        cmocka_unit_test(test_without_samples_it_is_divided_in_time),
        cmocka_unit_test(test_samples_across_the_hour_move_nothing_out_of_it),
        cmocka_unit_test(test_an_hour_keeps_its_energy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
