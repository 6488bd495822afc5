/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_place_day.c - the hours of a place around a moment, worked out by hand */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/series.h"
#include "json_check.h"
#include "session/place/day.h"
#include "writers/writer.h"

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
/* 2026-11-26T00:00:00Z */
static const int64_t MIDNIGHT_NS = 1795651200 * NSEC_PER_SEC;

static struct place_day_query query_of(struct intensity_series *series, const char *text)
{
    AICO2_CLEANUP(freep) char *copy = strdup(text);
    struct aico2_error err = { 0 };

    assert_int_equal(intensity_series_parse(copy, strlen(copy), "fr.csv", series, &err), 0);
    return (struct place_day_query){
        .place = { .place = "FR",
                   .name = "France",
                   .gco2e_per_kwh = { 44, 38, 51 },
                   .kind = "lifecycle-average",
                   .source = "a table",
                   .year = 2024 },
        .series = series,
        .source = "fr.csv",
        .now_ns = MIDNIGHT_NS + 2 * HOUR_NS + HOUR_NS / 2,
        .back_ns = 2 * HOUR_NS,
        .ahead_ns = 3 * HOUR_NS,
        .duration_ns = HOUR_NS,
    };
}

static void assert_point(const struct place_day *day, size_t index, double hours, double value,
                         enum day_quality quality)
{
    assert_true(index < day->count);
    assert_true(day->points[index].wall_ns == MIDNIGHT_NS + (int64_t)(hours * (double)HOUR_NS));
    assert_true(isnan(value) ? isnan(day->points[index].gco2e_per_kwh)
                             : day->points[index].gco2e_per_kwh == value);
    assert_int_equal(day->points[index].quality, quality);
}

/* At 02:30: two hours back is 00:30, three ahead is 05:30. The best hour ahead is 04:00 to 05:00, of 20 where now's
 * has half of 80 and half of 40: 60; 1 - 20/60 is saved. */
static void test_past_and_forecast(void **state)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    AICO2_CLEANUP(place_day_deinit) struct place_day day = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct aico2_error err = { 0 };
    struct place_day_query query =
        query_of(&series, "time,gco2e_per_kwh\n1795651200,100\n1795654800,90\n1795658400,80\n"
                          "1795662000,40\n1795665600,20\n1795669200,70\n1795672800,10\n");
    const char *json;

    (void)state;
    assert_int_equal(place_day_make(&query, &day, &err), 0);
    assert_int_equal(day.count, 6); /* 06:00, of 10, is beyond */
    assert_point(&day, 0, 0.5, 100, DAY_MEASURED);
    assert_point(&day, 2, 2, 80, DAY_MEASURED);
    assert_point(&day, 3, 3, 40, DAY_FORECAST);
    assert_point(&day, 5, 5, 70, DAY_FORECAST);
    assert_true(day.has_when);
    assert_int_equal(day.when.basis, WHEN_FORECAST);
    assert_true(day.when.best.start_ns == MIDNIGHT_NS + 4 * HOUR_NS);
    assert_true(day.when.best.gco2e_per_kwh == 20);
    assert_true(day.when.now.gco2e_per_kwh == 60);
    assert_true(fabs(day.when.saving_ratio.value - 2.0 / 3) < 1e-12);

    write_place_day_json(&out, &day);
    json = strbuf_text(&out);
    assert_true(json_is_valid(json, out.length));
    assert_json_at(json, "schema", "\"aico2.series/1\"");
    assert_json_at(json, "basis", "\"hours\"");
    assert_json_at(json, "source", "\"fr.csv\"");
    assert_json_at(json, "now", "\"2026-11-26T02:30:00.000Z\"");
    assert_json_at(json, "yearly.gco2e_per_kwh", "44");
    assert_json_at(json, "points.3.0", "1795662000");
    assert_json_at(json, "points.3.1", "40");
    assert_json_at(json, "points.3.2", "\"forecast\"");
    assert_json_at(json, "when.best.gco2e_per_kwh", "20");
}

/* It ends at 03:00, half an hour from now: no hour ahead is covered, and no whole day before to go by. */
static void test_a_series_that_ends(void **state)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    AICO2_CLEANUP(place_day_deinit) struct place_day day = { 0 };
    struct aico2_error err = { 0 };
    struct place_day_query query =
        query_of(&series, "time,gco2e_per_kwh\n1795654800,90\n1795658400,80\n");

    (void)state;
    assert_int_equal(place_day_make(&query, &day, &err), 0);
    assert_false(day.has_when);
    assert_int_equal(day.count, 3);
    assert_point(&day, 0, 1, 90, DAY_MEASURED);
    assert_point(&day, 2, 3, NAN, DAY_MEASURED);
}

/* The day before had 10 at 04:00 and 50 else, and this day is not told of: 04:00 is the best of a usual day. */
static void test_a_usual_day(void **state)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    AICO2_CLEANUP(place_day_deinit) struct place_day day = { 0 };
    struct aico2_error err = { 0 };
    struct place_day_query query =
        query_of(&series, "time,gco2e_per_kwh\n1795564800,50\n1795579200,10\n1795582800,50\n"
                          "1795651200,60\n1795654800,70\n");

    (void)state;
    assert_int_equal(place_day_make(&query, &day, &err), 0);
    assert_true(day.has_when);
    assert_int_equal(day.when.basis, WHEN_TYPICAL_DAY);
    assert_int_equal(day.when.days, 1);
    assert_true(day.when.best.start_ns == MIDNIGHT_NS + 4 * HOUR_NS);
    assert_point(&day, 0, 0.5, 60, DAY_MEASURED);
    assert_point(&day, 1, 1, 70, DAY_MEASURED);
    assert_point(&day, 2, 2, NAN, DAY_MEASURED);
    assert_point(&day, 3, 2.5, 50, DAY_TYPICAL);
    assert_point(&day, 4, 3, 50, DAY_TYPICAL);
    assert_point(&day, 5, 4, 10, DAY_TYPICAL);
}

static void test_a_yearly_figure_alone(void **state)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    AICO2_CLEANUP(place_day_deinit) struct place_day day = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct aico2_error err = { 0 };
    struct place_day_query query = query_of(&series, "time,gco2e_per_kwh\n1795654800,90\n");
    const char *json;

    (void)state;
    query.series = NULL;
    assert_int_equal(place_day_make(&query, &day, &err), 0);
    write_place_day_json(&out, &day);
    json = strbuf_text(&out);
    assert_true(json_is_valid(json, out.length));
    assert_json_at(json, "basis", "\"yearly\"");
    assert_json_at(json, "points", "[]");
    assert_json_at(json, "source", "null");
    assert_json_at(json, "when", "null");
    assert_json_at(json, "yearly.year", "2024");
}

static void test_a_job_longer_than_the_time(void **state)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    AICO2_CLEANUP(place_day_deinit) struct place_day day = { 0 };
    struct aico2_error err = { 0 };
    struct place_day_query query = query_of(&series, "time,gco2e_per_kwh\n1795654800,90\n");

    (void)state;
    query.duration_ns = 4 * HOUR_NS;
    assert_int_equal(place_day_make(&query, &day, &err), -EINVAL);
    assert_int_equal(day.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_past_and_forecast),
        cmocka_unit_test(test_a_series_that_ends),
        cmocka_unit_test(test_a_usual_day),
        cmocka_unit_test(test_a_yearly_figure_alone),
        cmocka_unit_test(test_a_job_longer_than_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
