/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_carbonaware.c - the Carbon Aware SDK's web API, answers as documented */
#include "provider_check.h"

#include <string.h>

static const struct provider *ca(void)
{
    return provider_find("carbonaware");
}

static struct provider_query query_past(void)
{
    return query_of(ca(), "eastus", "2022-05-17T20:40Z", "2022-05-17T22:00Z", "2022-05-17T21:00Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_null(ca()->default_url); /* nobody is asked unless you name your own */
    assert_string_equal(zone_of(ca(), (struct fetch_place){ .cloud = "azure:eastus",
                                                            .zone = "US-MIDA-PJM" }),
                        "eastus");
    assert_string_equal(zone_of(ca(), (struct fetch_place){ .zone = "uksouth" }), "uksouth");
    assert_string_equal(zone_of(ca(), (struct fetch_place){ .country = "US" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_past();

    (void)state;
    assert_asks(ca(), &query, 0,
                "/emissions/bylocation?location=eastus&time=2022-05-17T20:40:00Z"
                "&toTime=2022-05-17T21:00:00Z");
    assert_asks(ca(), &query, 1, "/emissions/forecasts/current?location=eastus");
    assert_asks(ca(), &query, 2, NULL);
    memcpy(query.zone, "a b&c", 6);
    assert_asks(ca(), &query, 1, "/emissions/forecasts/current?location=a%20b%26c");
}

static const char answer[] =
    "[{\"location\":\"eastus\",\"time\":\"2022-05-17T20:45:11.5092741+00:00\",\"rating\":70}]";

static void test_answers(void **state)
{
    struct provider_query query = query_past();
    struct intensity_origin origin = { 0 };

    (void)state;
    ASSERT_POINTS(ca(), &query, 0, answer, { "2022-05-17T20:45:11.5092741Z", 70, POINT_ESTIMATED });
    ASSERT_POINTS(ca(), &query, 1,
                  "[{\"generatedAt\":\"2022-05-17T20:55:00+00:00\",\"location\":\"eastus\","
                  "\"windowSize\":5,\"forecastData\":[{\"location\":\"PJM_ROANOKE\","
                  "\"timestamp\":\"2022-05-17T21:00:00+00:00\",\"duration\":5,\"value\":359.2}]}]",
                  { "2022-05-17T21:00Z", 359.2, POINT_FORECAST });
    assert_points(ca(), &query, 0, "[]", NULL, 0);
    /* it may be a marginal signal: never taken for an average */
    ca()->describe(&query, &origin);
    assert_string_equal(origin.kind, "unknown");
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_past();
    char text[160];
    static const char problem[] = "{\"type\":\"x\",\"title\":\"Bad Request\",\"status\":400,"
                                  "\"detail\":\"Unknown location\"}";

    (void)state;
    assert_refuses_garbage(ca(), &query, 0, answer);
    assert_refuses_values(ca(), &query, 0,
                          "[{\"location\":\"eastus\",\"time\":@TIME@,\"rating\":@VALUE@}]",
                          "\"2022-05-17T20:45:00Z\"", TAKES_NULL);
    assert_refused(ca(), &query, 0,
                   "[{\"location\":\"eastus\",\"time\":\"2022-05-17T20:45:00Z\",\"rating\":70},"
                   "{\"location\":\"westus\",\"time\":\"2022-05-17T20:50:00Z\",\"rating\":70}]",
                   "'westus' where 'eastus'");
    assert_refused(ca(), &query, 1, "[]", "no array of one forecast");
    assert_refused(ca(), &query, 1, answer, "'forecastData' holds nothing");
    assert_true(ca()->error_text(problem, strlen(problem), text));
    assert_string_equal(text, "Unknown location");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bad_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
