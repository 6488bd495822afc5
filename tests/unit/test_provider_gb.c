/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_gb.c - the Carbon Intensity API of Great Britain, its answers as documented */
#include "provider_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static const struct provider *gb(void)
{
    return provider_find("gb");
}

static struct provider_query query_whole(void)
{
    return query_of(gb(), "GB", "2018-01-20T12:00Z", "2018-01-20T14:00Z", "2018-01-20T13:10Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "GB" }), "GB");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "GB", .region = "GB-SCT" }),
                        "GB-16");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "GB", .zone = "GB-7" }),
                        "GB-7");
    /* the Irish grid */
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "GB", .region = "GB-NIR" }),
                        "");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "GB", .zone = "GB-NIR" }),
                        "");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "GB", .zone = "GB-18" }),
                        "");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .zone = "GB-1/../x" }), "");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "FR" }), "");
    assert_string_equal(zone_of(gb(), (struct fetch_place){ .country = "" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_whole();

    (void)state;
    /* the half hour that now is in belongs to the past window; to come is the forecast's */
    assert_asks(gb(), &query, 0, "/intensity/2018-01-20T12:00Z/2018-01-20T13:30Z");
    assert_asks(gb(), &query, 1, "/intensity/2018-01-20T13:00Z/fw48h");
    assert_asks(gb(), &query, 2, NULL);
    query.forecast = false;
    assert_asks(gb(), &query, 1, NULL);

    (void)snprintf(query.zone, sizeof(query.zone), "GB-16");
    query.forecast = true;
    assert_asks(gb(), &query, 0,
                "/regional/intensity/2018-01-20T12:00Z/2018-01-20T13:30Z/regionid/16");
    assert_asks(gb(), &query, 1, "/regional/intensity/2018-01-20T13:00Z/fw48h/regionid/16");
}

static void test_windows_of_fourteen_days(void **state)
{
    /* 30 days back from odd minutes: 14 + 14 + 2 days and the rounding */
    struct provider_query query =
        query_of(gb(), "GB", "2018-03-01T00:10Z", "2018-03-31T00:10Z", "2018-06-01T00:00Z");

    (void)state;
    assert_asks(gb(), &query, 0, "/intensity/2018-03-01T00:00Z/2018-03-15T00:00Z");
    assert_asks(gb(), &query, 1, "/intensity/2018-03-15T00:00Z/2018-03-29T00:00Z");
    /* the night of the 25th has one hour less on British clocks; here all is UTC */
    assert_asks(gb(), &query, 2, "/intensity/2018-03-29T00:00Z/2018-03-31T00:30Z");
    assert_asks(gb(), &query, 3, NULL);
    /* wholly ahead: no past to ask for */
    query = query_of(gb(), "GB", "2018-06-01T02:00Z", "2018-06-01T03:00Z", "2018-06-01T00:00Z");
    assert_asks(gb(), &query, 0, "/intensity/2018-06-01T02:00Z/fw48h");
    assert_asks(gb(), &query, 1, NULL);
}

/* The first is the documented answer; the others continue it. */
static const char answer[] =
    "{ \"data\":[{\"from\":\"2018-01-20T12:00Z\",\"to\":\"2018-01-20T12:30Z\","
    "\"intensity\":{\"forecast\":266,\"actual\":263,\"index\":\"moderate\"}},"
    "{\"from\":\"2018-01-20T12:30Z\",\"to\":\"2018-01-20T13:00Z\","
    "\"intensity\":{\"forecast\":270,\"actual\":0,\"index\":\"moderate\"}},"
    "{\"from\":\"2018-01-20T13:00Z\",\"to\":\"2018-01-20T13:30Z\","
    "\"intensity\":{\"forecast\":281,\"actual\":null,\"index\":\"moderate\"}},"
    "{\"from\":\"2018-01-20T13:30Z\",\"to\":\"2018-01-20T14:00Z\","
    "\"intensity\":{\"forecast\":null,\"actual\":null,\"index\":\"moderate\"}}]}";

static void test_whole(void **state)
{
    struct provider_query query = query_whole();

    (void)state;
    /* 0 is a value; null is the forecast's turn; null twice is nothing */
    ASSERT_POINTS(gb(), &query, 0, answer, { "2018-01-20T12:00Z", 263, POINT_MEASURED },
                  { "2018-01-20T12:30Z", 0, POINT_MEASURED },
                  { "2018-01-20T13:00Z", 281, POINT_FORECAST });
    assert_points(gb(), &query, 0, "{\"data\":[]}", NULL, 0);
}

static const char region_row[] =
    "{\"from\":\"2018-01-20T12:00Z\",\"to\":\"2018-01-20T12:30Z\",\"intensity\":{\"forecast\":266,"
    "\"index\":\"moderate\"},\"generationmix\":[{\"fuel\":\"gas\",\"perc\":43.6}]}";

static void test_region_in_both_shapes(void **state)
{
    struct provider_query query = query_whole();
    struct strbuf text = { 0 };

    (void)state;
    (void)snprintf(query.zone, sizeof(query.zone), "GB-3");
    strbuf_printf(
        &text, "{\"data\":[{\"regionid\":3,\"shortname\":\"North West England\",\"data\":[%s]}]}",
        region_row);
    ASSERT_POINTS(gb(), &query, 0, strbuf_text(&text),
                  { "2018-01-20T12:00Z", 266, POINT_FORECAST });
    assert_refuses_garbage(gb(), &query, 0, strbuf_text(&text));
    strbuf_deinit(&text);
    strbuf_printf(&text, "{\"data\":{\"regionid\":3,\"data\":[%s]}}", region_row);
    ASSERT_POINTS(gb(), &query, 0, strbuf_text(&text),
                  { "2018-01-20T12:00Z", 266, POINT_FORECAST });
    (void)snprintf(query.zone, sizeof(query.zone), "GB-13");
    assert_refused(gb(), &query, 0, strbuf_text(&text), "another region: '3'");
    strbuf_deinit(&text);
    assert_refused(gb(), &query, 0, "{\"data\":[]}", "regionid");
    assert_refused(gb(), &query, 0, "{\"data\":{\"regionid\":\"13\",\"data\":[]}}", "'13'");
}

static void test_bad_answers(void **state)
{
    static const char row[] = "{\"data\":[{\"from\":@TIME@,\"intensity\":{\"forecast\":266,"
                              "\"actual\":@VALUE@}}]}";
    struct provider_query query = query_whole();

    (void)state;
    assert_refuses_garbage(gb(), &query, 0, answer);
    assert_refuses_values(gb(), &query, 0, row, "\"2018-01-20T12:00Z\"", TAKES_NULL);
    /* an hour ahead of the clock, and measured */
    assert_refused(gb(), &query, 0,
                   "{\"data\":[{\"from\":\"2018-01-20T14:00Z\",\"intensity\":{\"forecast\":266,"
                   "\"actual\":263}}]}",
                   "2018-01-20T14:00:00.000Z claims to be measured");
    assert_refused(gb(), &query, 0, "{\"data\":[{\"from\":\"2018-01-20T12:00Z\"}]}", "'actual'");
    assert_refused(gb(), &query, 0, "{\"data\":[17]}", "'from' holds nothing");
    assert_refused(gb(), &query, 0, "{\"data\":\"soon\\u0007\"}", "the text 'soon'");
}

static void test_a_million_rows(void **state)
{
    struct provider_query query = query_whole();
    struct strbuf text = { 0 };

    (void)state;
    strbuf_add(&text, "{\"data\":[");
    for (int i = 0; i < 1000000; i++)
        strbuf_printf(&text, "%s{\"from\":\"2018-01-20T12:00Z\",\"intensity\":{\"actual\":1}}",
                      i > 0 ? "," : "");
    strbuf_add(&text, "]}");
    assert_refused(gb(), &query, 0, strbuf_text(&text), "more than 115200 values");
    strbuf_deinit(&text);
}

static void test_errors_and_row(void **state)
{
    struct intensity_origin origin = { 0 };
    struct provider_query query = query_whole();
    char text[160] = "";
    static const char error[] = "{\"error\":{\"code\":\"400 Bad Request\",\"message\":\"Please "
                                "enter a valid path\\ne.g. /intensity/\"}}";

    (void)state;
    assert_true(gb()->error_text(error, strlen(error), text));
    assert_string_equal(text, "Please enter a valid path e.g. /intensity/");
    assert_false(gb()->error_text(answer, strlen(answer), text));
    assert_false(gb()->error_text("<html>", 6, text));
    assert_false(gb()->error_text("", 0, text));
    gb()->describe(&query, &origin);
    assert_string_equal(origin.kind, "direct-average");
    assert_true(origin.band_ratio == 0.15);
    (void)snprintf(query.zone, sizeof(query.zone), "GB-16");
    gb()->describe(&query, &origin);
    assert_true(origin.band_ratio == 0.30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_windows_of_fourteen_days),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_region_in_both_shapes),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_a_million_rows),
        cmocka_unit_test(test_errors_and_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
