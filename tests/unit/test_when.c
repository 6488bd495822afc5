/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_when.c - the greenest stretch ahead, by hand and against trying them all */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "carbon/greenest.h"
#include "carbon/series.h"
#include "session/when.h"
#include "writers/writer.h"

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
/* 2026-11-26T00:00:00Z */
static const int64_t MIDNIGHT_NS = 1795651200 * NSEC_PER_SEC;

/* Hourly values from midnight on. */
static struct intensity_series hours(const double *values, size_t count)
{
    struct intensity_series series = { .points = calloc(count, sizeof(struct intensity_point)),
                                       .count = count,
                                       .capacity = count };

    assert_non_null(series.points);
    for (size_t i = 0; i < count; i++)
        series.points[i] = (struct intensity_point){ .wall_ns = MIDNIGHT_NS + (int64_t)i * HOUR_NS,
                                                     .gco2e_per_kwh = values[i] };
    return series;
}

static void test_means(void **state)
{
    static const double values[] = { 100, 50, 80, 20 };
    struct intensity_series series = hours(values, 4);

    (void)state;
    assert_true(greenest_series_end(&series) == MIDNIGHT_NS + 4 * HOUR_NS);
    /* half an hour of 100, an hour of 50, half an hour of 80: (50 + 50 + 40) / 2 */
    assert_true(greenest_mean(&series, MIDNIGHT_NS + HOUR_NS / 2, MIDNIGHT_NS + 5 * HOUR_NS / 2) ==
                70);
    assert_true(greenest_mean(&series, MIDNIGHT_NS, MIDNIGHT_NS + 4 * HOUR_NS) == 62.5);
    assert_true(isnan(greenest_mean(&series, MIDNIGHT_NS - 1, MIDNIGHT_NS + HOUR_NS)));
    assert_true(isnan(greenest_mean(&series, MIDNIGHT_NS, MIDNIGHT_NS + 4 * HOUR_NS + 1)));
    assert_true(isnan(greenest_mean(&series, MIDNIGHT_NS, MIDNIGHT_NS)));
    intensity_series_deinit(&series);
}

static void test_the_best_start_by_hand(void **state)
{
    static const double values[] = { 100, 50, 80, 20, 90 };
    struct intensity_series series = hours(values, 5);
    struct when_stretch best;

    (void)state;
    /* an hour: the fourth one */
    assert_true(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS + 3 * HOUR_NS && best.gco2e_per_kwh == 20);
    /* an hour and a half: 03:00 to 04:30 has (20 + 45) / 1.5 = 43.33, 02:30 to 04:00 (40 + 20) / 1.5 = 40 */
    assert_true(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, 3 * HOUR_NS / 2, &best));
    assert_true(best.start_ns == MIDNIGHT_NS + 5 * HOUR_NS / 2 && best.gco2e_per_kwh == 40);
    assert_true(best.end_ns == MIDNIGHT_NS + 4 * HOUR_NS);
    /* it has to end by 03:30: 01:30 to 03:30 has (25 + 80 + 10) / 2 = 57.5, 01:00 to 03:00 65 */
    assert_true(
        greenest_find(&series, MIDNIGHT_NS, MIDNIGHT_NS + 7 * HOUR_NS / 2, 2 * HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS + 3 * HOUR_NS / 2 && best.gco2e_per_kwh == 57.5);
    /* longer than all that is known, or than the time there is */
    assert_false(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, 6 * HOUR_NS, &best));
    assert_false(greenest_find(&series, MIDNIGHT_NS, MIDNIGHT_NS + HOUR_NS, 2 * HOUR_NS, &best));
    assert_false(greenest_find(&series, MIDNIGHT_NS + 5 * HOUR_NS, INT64_MAX, 1, &best));
    assert_false(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, 0, &best));
    /* before the first value nothing is known: from there on */
    assert_true(greenest_find(&series, 0, INT64_MAX, 5 * HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS && best.gco2e_per_kwh == 68);
    intensity_series_deinit(&series);
}

static void test_the_earliest_of_equals(void **state)
{
    static const double values[] = { 30, 30, 30, 30 };
    struct intensity_series series = hours(values, 4);
    struct when_stretch best;

    (void)state;
    assert_true(
        greenest_find(&series, MIDNIGHT_NS + 600 * NSEC_PER_SEC, INT64_MAX, HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS + 600 * NSEC_PER_SEC);
    intensity_series_deinit(&series);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A series on a grid of so many nanoseconds: steps of any length, gaps and equal values among them. */
static struct intensity_series random_series(uint32_t *seed, int64_t grid_ns)
{
    struct intensity_series series = { .capacity = 40, .count = 1 + next_random(seed) % 39 };
    int64_t at_ns = MIDNIGHT_NS;

    series.points = calloc(series.capacity, sizeof(*series.points));
    assert_non_null(series.points);
    for (size_t i = 0; i < series.count; i++) {
        double value = next_random(seed) % 8 == 0 ? NAN : (double)(next_random(seed) % 600);

        series.points[i] = (struct intensity_point){ .wall_ns = at_ns, .gco2e_per_kwh = value };
        at_ns += (1 + next_random(seed) % 12) * grid_ns;
    }
    return series;
}

/* The lowest mean of all starts on the grid, each by the values of its steps one by one. NAN: none fits. */
static double lowest_of_all(const struct intensity_series *series, int64_t from_ns,
                            int64_t until_ns, int64_t duration_ns, int64_t grid_ns)
{
    double lowest = NAN;

    for (int64_t start_ns = from_ns; start_ns + duration_ns <= until_ns; start_ns += grid_ns) {
        double sum = 0;

        for (int64_t at_ns = start_ns; at_ns < start_ns + duration_ns; at_ns += grid_ns)
            sum += at_ns < greenest_series_end(series) ? intensity_series_at(series, at_ns) : NAN;
        sum /= (double)(duration_ns / grid_ns);
        if (!(sum >= lowest))
            lowest = isnan(sum) ? lowest : sum;
    }
    return lowest;
}

/* Every start on the grid is tried, of series whose steps lie on it: none is better, none is missed, and the one found is
 * the earliest of its kind. A grid of a second, a minute, an hour. */
static void test_against_trying_them_all(void **state)
{
    static const int64_t grids_ns[] = { 1000000000, 60000000000, 3600000000000 };
    uint32_t seed = 20261126;
    int found_some = 0;
    int gaps_refused = 0;

    (void)state;
    for (int round = 0; round < 6000; round++) {
        int64_t grid_ns = grids_ns[round % 3];
        struct intensity_series series = random_series(&seed, grid_ns);
        int64_t duration_ns = (1 + next_random(&seed) % 30) * grid_ns;
        int64_t from_ns = MIDNIGHT_NS + ((int64_t)(next_random(&seed) % 60) - 10) * grid_ns;
        int64_t until_ns = from_ns + (next_random(&seed) % 200) * grid_ns;
        double lowest = lowest_of_all(&series, from_ns, until_ns, duration_ns, grid_ns);
        struct when_stretch best;
        bool found = greenest_find(&series, from_ns, until_ns, duration_ns, &best);

        if (found != !isnan(lowest))
            fail_msg("round %d: %s", round, found ? "found what is not there" : "missed");
        if (found) {
            assert_true(best.start_ns >= from_ns && best.end_ns <= until_ns);
            assert_true((best.start_ns - MIDNIGHT_NS) % grid_ns == 0);
            assert_true(fabs(best.gco2e_per_kwh - lowest) < 1e-7);
            /* nothing as good begins earlier */
            if (best.start_ns > from_ns)
                assert_false(lowest_of_all(&series, from_ns, best.end_ns - grid_ns, duration_ns,
                                           grid_ns) < lowest + 1e-10);
            found_some++;
        } else if (until_ns - from_ns >= duration_ns) {
            gaps_refused++;
        }
        intensity_series_deinit(&series);
    }
    assert_true(found_some > 1500 && gaps_refused > 500); /* both sides were tried */
}

/* 100 g, a gap of an hour, 50 g for two hours, nothing known from 06:00 on. */
static void test_a_stretch_has_no_gap_in_it(void **state)
{
    static const double values[] = { 100, 100, 100, NAN, 50, 50, NAN };
    struct intensity_series series = hours(values, 7);
    struct when_stretch best;

    (void)state;
    assert_true(greenest_series_end(&series) == MIDNIGHT_NS + 6 * HOUR_NS);
    assert_true(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, 2 * HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS + 4 * HOUR_NS && best.gco2e_per_kwh == 50);
    assert_true(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, 3 * HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS && best.gco2e_per_kwh == 100);
    assert_false(greenest_find(&series, MIDNIGHT_NS, INT64_MAX, 3 * HOUR_NS + 1, &best));
    assert_true(greenest_find(&series, MIDNIGHT_NS + 5 * HOUR_NS / 2, INT64_MAX, HOUR_NS, &best));
    assert_true(best.start_ns == MIDNIGHT_NS + 4 * HOUR_NS);
    intensity_series_deinit(&series);
}

/* --- days gone by --- */

/* Two days of 24 hours: the hour of the day, and the same plus 10. */
static struct intensity_series two_days(void)
{
    double values[48];

    for (int i = 0; i < 48; i++)
        values[i] = 100 + i % 24 + (i >= 24 ? 10 : 0);
    return hours(values, 48);
}

static void test_a_typical_day(void **state)
{
    struct intensity_series past = two_days();
    /* the third day, 06:15, and a job of an hour that has to end within a day */
    int64_t from_ns = MIDNIGHT_NS + 54 * HOUR_NS + HOUR_NS / 4;
    const struct when_query query = { .from_ns = from_ns,
                                      .within_ns = 24 * HOUR_NS,
                                      .duration_ns = HOUR_NS,
                                      .series = &past,
                                      .source = "past.csv" };
    struct when when;

    (void)state;
    assert_int_equal(when_make(&query, &when, NULL), 0);
    assert_int_equal(when.basis, WHEN_TYPICAL_DAY);
    assert_int_equal(when.days, 2);
    /* the hour from midnight: 100 and 110 */
    assert_true(when.best.start_ns == MIDNIGHT_NS + 72 * HOUR_NS);
    assert_true(fabs(when.best.gco2e_per_kwh - 105) < 1e-9);
    assert_true(fabs(when.best.low - 100) < 1e-9 && fabs(when.best.high - 110) < 1e-9);
    /* at once: 3/4 of 06h and 1/4 of 07h, (106.25 + 116.25) / 2 */
    assert_true(fabs(when.now.gco2e_per_kwh - 111.25) < 1e-9);
    assert_true(fabs(when.now.low - 106.25) < 1e-9 && fabs(when.now.high - 116.25) < 1e-9);
    assert_true(fabs(when.saving_ratio.value - (1 - 105 / 111.25)) < 1e-12);
    /* those days: waiting from 06:15 of the first for the midnight after it, 106.25 to 110, saved less than nothing;
     * what came before the first midnight is not known */
    assert_true(fabs(when.saving_ratio.low - (1 - 110 / 106.25)) < 1e-12);
    assert_true(when.saving_ratio.high == when.saving_ratio.value);
    intensity_series_deinit(&past);
}

static void test_days_that_are_not_whole_are_left_out(void **state)
{
    double values[30];
    struct intensity_series past;
    struct intensity_series ahead = { 0 };
    size_t days = 0;

    (void)state;
    for (int i = 0; i < 30; i++)
        values[i] = i < 6 ? 999 : 7; /* the last 24 hours alone are a whole day */
    past = hours(values, 30);
    assert_int_equal(greenest_typical_day(&past, MIDNIGHT_NS + 40 * HOUR_NS,
                                          MIDNIGHT_NS + 50 * HOUR_NS, &ahead, &days),
                     0);
    assert_int_equal(days, 1);
    assert_int_equal(ahead.count, 10);
    for (size_t i = 0; i < ahead.count; i++)
        assert_true(ahead.points[i].gco2e_per_kwh == 7);
    intensity_series_deinit(&ahead);
    intensity_series_deinit(&past);
}

/* Two days of 100 + hour and 10 more; of the first the hour from 05:00 is not known, of both that from 20:00. */
static void test_a_gap_of_one_day_is_that_of_the_others(void **state)
{
    struct intensity_series past = two_days();
    struct intensity_series ahead = { 0 };
    struct when_query query = { .from_ns = MIDNIGHT_NS + 48 * HOUR_NS,
                                .within_ns = 24 * HOUR_NS,
                                .duration_ns = HOUR_NS,
                                .series = &past,
                                .source = "past.csv" };
    struct aico2_error err = { 0 };
    struct when when;
    size_t days;

    (void)state;
    past.points[5].gco2e_per_kwh = NAN;
    past.points[20].gco2e_per_kwh = past.points[44].gco2e_per_kwh = NAN;
    assert_int_equal(greenest_typical_day(&past, query.from_ns, query.from_ns + 24 * HOUR_NS,
                                          &ahead, &days),
                     0);
    assert_true(ahead.points[4].gco2e_per_kwh == 109 && ahead.points[5].gco2e_per_kwh == 115);
    assert_true(isnan(ahead.points[20].gco2e_per_kwh));
    intensity_series_deinit(&ahead);
    assert_int_equal(when_make(&query, &when, &err), 0);
    assert_true(when.best.start_ns == query.from_ns && when.best.gco2e_per_kwh == 105);
    query.duration_ns = 21 * HOUR_NS; /* none that is so long is without the 20th hour */
    assert_int_equal(when_make(&query, &when, &err), -ENODATA);
    assert_non_null(strstr(err.message, "gaps"));
    intensity_series_deinit(&past);
}

static void test_what_cannot_be_said(void **state)
{
    static const double values[] = { 10, 20, 30 };
    struct intensity_series series = hours(values, 3);
    struct when_query query = { .from_ns = MIDNIGHT_NS + 5 * HOUR_NS,
                                .within_ns = 4 * HOUR_NS,
                                .duration_ns = HOUR_NS,
                                .series = &series,
                                .source = "ahead.csv" };
    struct when when = { .days = 77 };
    struct aico2_error err = { 0 };

    (void)state;
    assert_int_equal(when_make(&query, &when, &err), -ENODATA);
    assert_non_null(strstr(err.message, "2026-11-26T03:00:00.000Z"));
    query.duration_ns = 5 * HOUR_NS;
    assert_int_equal(when_make(&query, &when, &err), -EINVAL);
    assert_int_equal(when.days, 77);
    /* the figures begin later: the best is known, at once is not */
    query = (struct when_query){ .from_ns = MIDNIGHT_NS - HOUR_NS,
                                 .within_ns = 4 * HOUR_NS,
                                 .duration_ns = HOUR_NS,
                                 .series = &series,
                                 .source = "ahead.csv" };
    assert_int_equal(when_make(&query, &when, &err), 0);
    assert_true(when.best.start_ns == MIDNIGHT_NS && when.best.gco2e_per_kwh == 10);
    assert_true(isnan(when.now.gco2e_per_kwh) && isnan(when.saving_ratio.value));
    /* a grid without any carbon saves nothing, and is no division by 0 */
    series.points[0].gco2e_per_kwh = 0;
    query.from_ns = MIDNIGHT_NS;
    assert_int_equal(when_make(&query, &when, &err), 0);
    assert_true(when.now.gco2e_per_kwh == 0 && isnan(when.saving_ratio.value));
    intensity_series_deinit(&series);
}

/* --- several places --- */

static struct when make_when(const struct when_query *query)
{
    struct when when;

    assert_int_equal(when_make(query, &when, NULL), 0);
    return when;
}

static void test_the_yearly_figure_knows_no_hour(void **state)
{
    const struct when_query query = {
        .from_ns = MIDNIGHT_NS,
        .within_ns = 8 * HOUR_NS,
        .duration_ns = HOUR_NS,
        .place = { .gco2e_per_kwh = { 44, 37, 51 }, .source = "Ember" },
    };
    struct when when = make_when(&query);

    (void)state;
    assert_int_equal(when.basis, WHEN_YEARLY);
    assert_string_equal(when.source, "Ember");
    assert_true(when.best.start_ns == MIDNIGHT_NS && when.best.end_ns == MIDNIGHT_NS + HOUR_NS);
    assert_true(when.best.gco2e_per_kwh == 44 && when.best.low == 37 && when.best.high == 51);
    assert_true(when.saving_ratio.value == 0 && when.saving_ratio.high == 0);
}

static void test_the_greenest_of_places(void **state)
{
    static const double here[] = { 300, 100, 200 };
    static const double there[] = { 120, 80, 90 };
    struct intensity_series here_series = hours(here, 3);
    struct intensity_series there_series = hours(there, 3);
    struct when_query query = { .from_ns = MIDNIGHT_NS,
                                .within_ns = 3 * HOUR_NS,
                                .duration_ns = HOUR_NS,
                                .series = &here_series,
                                .source = "here.csv" };
    struct when places[3];
    struct when_choice choice;

    (void)state;
    places[0] = make_when(&query);
    query.series = &there_series;
    places[1] = make_when(&query);
    query.series = NULL;
    query.place.gco2e_per_kwh = (struct band){ 60, 45, 75 };
    places[2] = make_when(&query);

    choice = when_choose(places, 1);
    assert_true(choice.best == 0 && !choice.kinds_differ);
    assert_true(fabs(choice.saving_ratio.value - 2.0 / 3) < 1e-12); /* 100 instead of 300 */
    choice = when_choose(places, 2);
    assert_true(choice.best == 1 && !choice.kinds_differ);
    assert_true(places[1].best.start_ns == MIDNIGHT_NS + HOUR_NS);
    assert_true(fabs(choice.saving_ratio.value - (1 - 80.0 / 300)) < 1e-12);
    assert_true(choice.saving_ratio.low == choice.saving_ratio.high);
    /* a year's mean beside hours: said, with the band of the year */
    choice = when_choose(places, 3);
    assert_true(choice.best == 2 && choice.kinds_differ);
    assert_true(fabs(choice.saving_ratio.value - 0.8) < 1e-12);
    assert_true(fabs(choice.saving_ratio.low - 0.75) < 1e-12);
    assert_true(fabs(choice.saving_ratio.high - 0.85) < 1e-12);
    intensity_series_deinit(&here_series);
    intensity_series_deinit(&there_series);
}

/* --- for the programs that start jobs --- */

static const char *starter(int64_t start_ns, int64_t from_ns, enum when_starter which)
{
    static char text[64];
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    const struct when when = { .from_ns = from_ns, .best = { .start_ns = start_ns } };

    write_when_starter(&out, &when, which);
    (void)snprintf(text, sizeof(text), "%s", strbuf_text(&out));
    return text;
}

/* Europe/Paris goes from 02:59:59 CEST back to 02:00 CET on 2026-10-25, at 01:00 UTC. */
static void test_starters_of_an_hour_that_comes_twice(void **state)
{
    const int64_t back_ns = INT64_C(1792890000) * NSEC_PER_SEC; /* 2026-10-25T01:00:00Z */
    const int64_t from_ns = back_ns - 4 * HOUR_NS;
    const int64_t half_ns = HOUR_NS / 2;

    (void)state;
    assert_int_equal(setenv("TZ", "Europe/Paris", 1), 0);
    tzset();
    /* 23:30 UTC is 01:30, which comes once */
    assert_string_equal(starter(back_ns - 3 * half_ns, from_ns, WHEN_FOR_AT), "202610250130");
    assert_string_equal(starter(back_ns - 3 * half_ns, from_ns, WHEN_FOR_SLURM),
                        "2026-10-25T01:30:00");
    assert_string_equal(starter(back_ns - 3 * half_ns, from_ns, WHEN_FOR_CRON), "30 1 25 10 *");
    /* 00:30 and 01:30 UTC are both 02:30: later for those who know no other clock, exact for the rest */
    for (int i = -1; i <= 1; i += 2) {
        assert_string_equal(starter(back_ns + i * half_ns, from_ns, WHEN_FOR_AT), "202610250300");
        assert_string_equal(starter(back_ns + i * half_ns, from_ns, WHEN_FOR_CRON), "0 3 25 10 *");
        assert_string_equal(starter(back_ns + i * half_ns, from_ns, WHEN_FOR_SLURM),
                            i < 0 ? "now+12600seconds" : "now+16200seconds");
    }
    assert_string_equal(starter(back_ns + half_ns, from_ns, WHEN_FOR_UNIX), "1792891800");
    /* a minute begun is over before at(1) would start it: the next one; a second the same */
    assert_string_equal(starter(back_ns + 2 * HOUR_NS + 1, from_ns, WHEN_FOR_AT), "202610250401");
    assert_string_equal(starter(back_ns + 1, from_ns, WHEN_FOR_UNIX), "1792890001");
    assert_string_equal(starter(from_ns, from_ns, WHEN_FOR_SLURM), "now");
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_the_best_start_by_hand),
        cmocka_unit_test(test_the_earliest_of_equals),
        cmocka_unit_test(test_against_trying_them_all),
        cmocka_unit_test(test_a_stretch_has_no_gap_in_it),
        cmocka_unit_test(test_a_gap_of_one_day_is_that_of_the_others),
        cmocka_unit_test(test_a_typical_day),
        cmocka_unit_test(test_days_that_are_not_whole_are_left_out),
        cmocka_unit_test(test_the_yearly_figure_knows_no_hour),
        cmocka_unit_test(test_the_greenest_of_places),
        cmocka_unit_test(test_starters_of_an_hour_that_comes_twice),
        cmocka_unit_test(test_what_cannot_be_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
