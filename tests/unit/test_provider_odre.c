/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_odre.c - France's eCO2mix, its answers as documented */
#include "provider_check.h"

#include <string.h>

static const struct provider *odre(void)
{
    return provider_find("odre");
}

static struct provider_query query_night(void)
{
    return query_of(odre(), "FR", "2026-10-06T02:20Z", "2026-10-06T03:00Z", "2026-10-06T02:50Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(odre(), (struct fetch_place){ .country = "FR" }), "FR");
    assert_string_equal(zone_of(odre(), (struct fetch_place){ .country = "FR", .zone = "FR" }),
                        "FR");
    /* overseas, Corsica, and a region of which nothing is published */
    assert_string_equal(zone_of(odre(), (struct fetch_place){ .country = "GP" }), "");
    assert_string_equal(zone_of(odre(), (struct fetch_place){ .country = "FR", .region = "FR-GP" }),
                        "");
    assert_string_equal(zone_of(odre(), (struct fetch_place){ .country = "FR", .zone = "FR-COR" }),
                        "");
    assert_string_equal(zone_of(odre(), (struct fetch_place){ .country = "DE" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    /* where=date_heure >= date'...' and date_heure < date'...' and taux_co2 is not null */
    assert_asks(odre(), &query, 0,
                "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/exports/json"
                "?select=date_heure%2Ctaux_co2&where=date_heure%20%3E%3D%20date%272026-10-06T02:15:"
                "00Z%27%20and%20date_heure%20%3C%20date%272026-10-06T03:00:00Z%27%20and%20taux_co2"
                "%20is%20not%20null&order_by=date_heure&timezone=UTC");
    assert_asks(odre(), &query, 1, NULL); /* a forecast is wanted, and there is none */
    query = query_of(odre(), "FR", "2026-10-06T03:00Z", "2026-10-06T04:00Z", "2026-10-06T02:50Z");
    assert_asks(odre(), &query, 0, NULL);
}

static const char export[] = "[{\"date_heure\":\"2026-10-06T02:30:00+00:00\",\"taux_co2\":39},"
                             "{\"date_heure\":\"2026-10-06T04:45:00+02:00\",\"taux_co2\":41},"
                             "{\"date_heure\":\"2026-10-06T03:00:00+00:00\",\"taux_co2\":null}]";

static void test_answers(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    /* 04:45 in Paris' summer is 02:45 UTC; the quarter to come has no value */
    ASSERT_POINTS(odre(), &query, 0, export, { "2026-10-06T02:30Z", 39, POINT_MEASURED },
                  { "2026-10-06T02:45Z", 41, POINT_MEASURED });
    ASSERT_POINTS(odre(), &query, 0,
                  "{\"total_count\":1,\"results\":[{\"taux_co2\":39,"
                  "\"date_heure\":\"2026-10-06T02:30:00+00:00\"}]}",
                  { "2026-10-06T02:30Z", 39, POINT_MEASURED });
    assert_points(odre(), &query, 0, "[]", NULL, 0);
    assert_points(odre(), &query, 0, "{\"total_count\":0,\"results\":[]}", NULL, 0);
}

/* The hour from 02:00 to 03:00 is there twice on French clocks on 2026-10-25; here it is two hours. */
static void test_the_hour_that_comes_twice(void **state)
{
    struct provider_query query =
        query_of(odre(), "FR", "2026-10-25T00:00Z", "2026-10-25T02:00Z", "2026-10-25T06:00Z");

    (void)state;
    ASSERT_POINTS(odre(), &query, 0,
                  "[{\"date_heure\":\"2026-10-25T02:30:00+02:00\",\"taux_co2\":39},"
                  "{\"date_heure\":\"2026-10-25T02:30:00+01:00\",\"taux_co2\":40}]",
                  { "2026-10-25T00:30Z", 39, POINT_MEASURED },
                  { "2026-10-25T01:30Z", 40, POINT_MEASURED });
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_night();
    char text[160];
    static const char error[] =
        "{\"error_code\":\"ODSQLError\",\"message\":\"Syntax error in parameter where\"}";

    (void)state;
    assert_refuses_garbage(odre(), &query, 0,
                           "{\"results\":[{\"taux_co2\":39,"
                           "\"date_heure\":\"2026-10-06T02:30:00+00:00\"}]}");
    assert_refuses_values(odre(), &query, 0, "[{\"date_heure\":@TIME@,\"taux_co2\":@VALUE@}]",
                          "\"2026-10-06T02:30:00+00:00\"", TAKES_NULL);
    assert_refused(odre(), &query, 0,
                   "[{\"date_heure\":\"2026-10-06T22:30:00+00:00\",\"taux_co2\":39}]",
                   "2026-10-06T22:30:00.000Z claims to be measured");
    assert_refused(odre(), &query, 0, error, "'results'");
    assert_true(odre()->error_text(error, strlen(error), text));
    assert_string_equal(text, "Syntax error in parameter where");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),      cmocka_unit_test(test_requests),
        cmocka_unit_test(test_answers),     cmocka_unit_test(test_the_hour_that_comes_twice),
        cmocka_unit_test(test_bad_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
