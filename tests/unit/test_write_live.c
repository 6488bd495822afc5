/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_live.c - what a provider tells of this hour, in each form; unknown hours, and who was asked in vain */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "json_check.h"
#include "writers/live_parts.h"
#include "writers/writer.h"

/* 2026-11-24T12:00:00Z, and half hours of it */
#define NOON_NS (INT64_C(1795521600) * NSEC_PER_SEC)
#define HALF_HOUR_NS (1800 * NSEC_PER_SEC)

static struct intensity_point points[4];
static struct intensity_series series;
static struct live live;
static struct live_view view;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "UTC0", 1), 0);
    tzset();
    for (int i = 0; i < 4; i++)
        points[i] = (struct intensity_point){ .wall_ns = NOON_NS + (i - 1) * HALF_HOUR_NS,
                                              .gco2e_per_kwh = 100 + 50 * i,
                                              .quality = i < 2 ? POINT_MEASURED : POINT_FORECAST };
    series = (struct intensity_series){ .points = points, .count = 4 };
    live = (struct live){ .origin = { .provider = "gb",
                                      .zone = "GB",
                                      .kind = "direct-average",
                                      .source = "NESO",
                                      .licence = "CC BY 4.0",
                                      .fetched_wall_ns = NOON_NS },
                          .step_count = 1,
                          .steps = { { .provider = "gb", .outcome = FETCH_USED } } };
    view = (struct live_view){ .live = &live,
                               .series = &series,
                               .now_wall_ns = NOON_NS + 60 * NSEC_PER_SEC };
    return 0;
}

static char *text_of(bool unicode)
{
    struct strbuf out = { 0 };
    const struct text_style style = { .unicode = unicode, .columns = 78 };

    write_live_text(&out, &view, style);
    assert_false(out.failed);
    return out.text; /* the caller's */
}

static void assert_text(const char *expected)
{
    char *text = text_of(false);

    assert_string_equal(text == NULL ? "" : text, expected);
    free(text);
}

static void test_this_hour_and_the_extremes_of_those_ahead(void **state)
{
    (void)state;
    assert_text("  live      150 gCO2e/kWh, measured, since 2026-11-24 12:00 UTC\n"
                "  ahead     200 gCO2e/kWh, forecast, lowest, from 2026-11-24 12:30 UTC\n"
                "            250 gCO2e/kWh, forecast, highest, from 2026-11-24 13:00 UTC\n"
                "  by        direct-average, NESO, CC BY 4.0\n");
    /* the highest comes first, and one hour of those ahead is not known */
    points[2].gco2e_per_kwh = 300;
    points[3].quality = POINT_ESTIMATED;
    assert_text("  live      150 gCO2e/kWh, measured, since 2026-11-24 12:00 UTC\n"
                "  ahead     250 gCO2e/kWh, estimated, lowest, from 2026-11-24 13:00 UTC\n"
                "            300 gCO2e/kWh, forecast, highest, from 2026-11-24 12:30 UTC\n"
                "  by        direct-average, NESO, CC BY 4.0\n");
}

/* Providers publish late: the newest that was, and never one that is yet to come. */
static void test_an_hour_that_is_not_known_yet(void **state)
{
    (void)state;
    points[1].gco2e_per_kwh = NAN;
    series.count = 3;
    points[2].gco2e_per_kwh = NAN;
    assert_text("  live      100 gCO2e/kWh, measured, newest known, of 2026-11-24 11:30 UTC\n"
                "  by        direct-average, NESO, CC BY 4.0\n");
    points[0].gco2e_per_kwh = INFINITY;
    live.origin.kind[0] = live.origin.licence[0] = '\0';
    assert_text("  live      nothing is known of this hour\n"
                "  by        of unknown kind, NESO\n");
    view.now_wall_ns = NOON_NS - 86400 * NSEC_PER_SEC; /* all of it is ahead */
    points[2].gco2e_per_kwh = 42;
    assert_text("  live      nothing is known of this hour\n"
                "  ahead     42.0 gCO2e/kWh, forecast, lowest, from 2026-11-24 12:30 UTC\n"
                "            42.0 gCO2e/kWh, forecast, highest, from 2026-11-24 12:30 UTC\n"
                "  by        of unknown kind, NESO\n");
}

static void test_who_was_asked_in_vain(void **state)
{
    (void)state;
    series.count = 0;
    live.step_count = 3;
    live.steps[0] = (struct fetch_step){ .provider = "entsoe",
                                         .outcome = FETCH_DENIED,
                                         .reason = "401, \033[31mno" };
    live.steps[1] = (struct fetch_step){ .provider = "eia", .outcome = FETCH_NOT_COVERED };
    live.steps[2] = (struct fetch_step){ .provider = "gb", .outcome = FETCH_USED };
    assert_text("  live      nothing is known of this hour\n"
                "  asked     entsoe: denied, 401, [31mno\n"
                "  asked     eia: not covered\n");
}

static char *json_of(void)
{
    struct strbuf out = { 0 };
    struct json_out json;

    json_out_init(&json, &out);
    json_object_begin(&json, NULL);
    json_live_view(&json, &view);
    json_object_end(&json);
    assert_false(out.failed);
    assert_true(json_is_valid(out.text, out.length));
    return out.text;
}

static void test_json_has_all_of_it(void **state)
{
    char *text;

    (void)state;
    points[3].gco2e_per_kwh = NAN;
    live.steps[0].outcome = FETCH_FROM_CACHE;
    text = json_of();
    assert_json_at(text, "live.provider", "\"gb\"");
    assert_json_at(text, "live.licence", "\"CC BY 4.0\"");
    assert_json_at(text, "live.fetched_at", "\"2026-11-24T12:00:00.000Z\"");
    assert_json_at(text, "live.now.time", "\"2026-11-24T12:00:00.000Z\"");
    assert_true(json_number_at(text, "live.now.gco2e_per_kwh") == 150);
    assert_json_at(text, "live.now.quality", "\"measured\"");
    assert_true(json_number_at(text, "live.latest.gco2e_per_kwh") == 150);
    assert_json_at(text, "live.fallbacks.0.outcome", "\"cached\"");
    assert_json_at(text, "live.fallbacks.0.reason", "null");
    assert_json_at(text, "live.points.2.quality", "\"forecast\"");
    assert_json_at(text, "live.points.3.gco2e_per_kwh", "null");
    free(text);
    series.count = 0;
    live.origin = (struct intensity_origin){ 0 };
    text = json_of();
    assert_json_at(text, "live.now", "null");
    assert_json_at(text, "live.latest", "null");
    assert_json_at(text, "live.provider", "null");
    assert_json_at(text, "live.points", "[]");
    free(text);
}

/* Fit to be read again: what is not known is no row. */
static void test_csv_is_a_row_for_each_value(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    points[1].gco2e_per_kwh = NAN;
    write_live_csv(&out, &view);
    assert_string_equal(strbuf_text(&out), "time,gco2e_per_kwh\r\n"
                                           "2026-11-24T11:30:00.000Z,100\r\n"
                                           "2026-11-24T12:30:00.000Z,200\r\n"
                                           "2026-11-24T13:00:00.000Z,250\r\n");
    strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_this_hour_and_the_extremes_of_those_ahead, set_up),
        cmocka_unit_test_setup(test_an_hour_that_is_not_known_yet, set_up),
        cmocka_unit_test_setup(test_who_was_asked_in_vain, set_up),
        cmocka_unit_test_setup(test_json_has_all_of_it, set_up),
        cmocka_unit_test_setup(test_csv_is_a_row_for_each_value, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
