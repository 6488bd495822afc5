/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_electricitymaps.c - Electricity Maps v3, answers as documented */
#include "provider_check.h"

#include <stdlib.h>
#include <string.h>

static const struct provider *em(void)
{
    return provider_find("electricitymaps");
}

static struct provider_query query_recent(void)
{
    return query_of(em(), "DE", "2024-03-06T16:20Z", "2024-03-06T20:00Z", "2024-03-06T18:50Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "FR" }), "FR");
    assert_string_equal(zone_of(em(),
                                (struct fetch_place){ .country = "US", .zone = "US-CAL-CISO" }),
                        "US-CAL-CISO");
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "CA", .region = "CA-QC" }),
                        "CA-QC");
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "GB", .region = "GB-SCT" }),
                        "GB");
    assert_string_equal(zone_of(em(),
                                (struct fetch_place){ .country = "US", .cloud = "aws:us-east-1" }),
                        "US-MIDA-PJM");
    /* of its zone nothing is known, and Virginia is none */
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "US",
                                                            .cloud = "alibaba:us-east-1" }),
                        "");
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "DE",
                                                            .cloud = "alibaba:eu-central-1" }),
                        "DE");
    /* several grids, of which none is the country's or the state's */
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "US" }), "");
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "US", .region = "US-CA" }),
                        "");
    assert_string_equal(zone_of(em(), (struct fetch_place){ .country = "SE" }), "");
    assert_string_equal(zone_of(em(), (struct fetch_place){ .zone = "FR&lat=1" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_recent();
    struct provider_request request = { 0 };

    (void)state;
    assert_asks(em(), &query, 0,
                "/carbon-intensity/history?zone=DE&emissionFactorType=lifecycle"
                "&shouldUseFallbackCallerLookup=false");
    assert_asks(em(), &query, 1,
                "/carbon-intensity/forecast?zone=DE&emissionFactorType=lifecycle"
                "&shouldUseFallbackCallerLookup=false");
    assert_asks(em(), &query, 2, NULL);
    assert_int_equal(em()->ask(&query, 0, &request), 1);
    assert_int_equal(request.header_count, 1);
    assert_string_equal(strbuf_text(&request.headers[0]), "auth-token: s3cr/t");
    provider_request_deinit(&request);

    /* older than "history" reaches: windows of ten days; 30 hours ahead: two days' horizon */
    query = query_of(em(), "DE", "2024-02-20T16:20Z", "2024-03-08T00:50Z", "2024-03-06T18:50Z");
    assert_asks(em(), &query, 0,
                "/carbon-intensity/past-range?zone=DE&emissionFactorType=lifecycle"
                "&shouldUseFallbackCallerLookup=false&start=2024-02-20T16:00:00Z"
                "&end=2024-03-01T16:00:00Z");
    assert_asks(em(), &query, 1,
                "/carbon-intensity/past-range?zone=DE&emissionFactorType=lifecycle"
                "&shouldUseFallbackCallerLookup=false&start=2024-03-01T16:00:00Z"
                "&end=2024-03-06T19:00:00Z");
    assert_asks(em(), &query, 2,
                "/carbon-intensity/forecast?zone=DE&emissionFactorType=lifecycle"
                "&shouldUseFallbackCallerLookup=false&horizonHours=48");
}

#define ROW(value, datetime, estimated)                                       \
    "{\"zone\":\"DE\",\"carbonIntensity\":" value ",\"datetime\":\"" datetime \
    "\",\"updatedAt\":\"2024-03-06T18:48:07.043Z\",\"createdAt\":"            \
    "\"2024-03-03T16:49:37.071Z\",\"emissionFactorType\":\"lifecycle\","      \
    "\"isEstimated\":" estimated "}"

static const char history[] = "{\"zone\":\"DE\",\"history\":[" /* */
    ROW("627", "2024-03-06T16:00:00.000Z", "false") ","        /* */
    ROW("null", "2024-03-06T17:00:00.000Z", "false") ","       /* */
    ROW("663", "2024-03-06T18:00:00.000Z", "true") ","         /* */
    ROW("689", "2024-03-06T19:00:00.000Z", "true") "]}";

static void test_past(void **state)
{
    struct provider_query query = query_recent();
    char *range = replaced(history, "\"history\"", "\"data\"");

    (void)state;
    /* null is left out; the hour that has not begun at 18:50 is a forecast */
    ASSERT_POINTS(em(), &query, 0, history, { "2024-03-06T16:00Z", 627, POINT_MEASURED },
                  { "2024-03-06T18:00Z", 663, POINT_ESTIMATED },
                  { "2024-03-06T19:00Z", 689, POINT_FORECAST });
    ASSERT_POINTS(em(), &query, 0, range, { "2024-03-06T16:00Z", 627, POINT_MEASURED },
                  { "2024-03-06T18:00Z", 663, POINT_ESTIMATED },
                  { "2024-03-06T19:00Z", 689, POINT_FORECAST });
    free(range);
    /* nothing said of it is not measured */
    ASSERT_POINTS(em(), &query, 0,
                  "{\"zone\":\"DE\",\"data\":[{\"carbonIntensity\":1.5,"
                  "\"datetime\":\"2024-03-06T16:00:00.000Z\"}]}",
                  { "2024-03-06T16:00Z", 1.5, POINT_ESTIMATED });
}

static void test_forecast(void **state)
{
    struct provider_query query = query_recent();

    (void)state;
    ASSERT_POINTS(em(), &query, 1,
                  "{\"zone\":\"DE\",\"forecast\":[{\"carbonIntensity\":280,"
                  "\"datetime\":\"2024-03-06T19:00:00.000Z\"}],\"updatedAt\":"
                  "\"2024-03-06T18:48:07.043Z\"}",
                  { "2024-03-06T19:00Z", 280, POINT_FORECAST });
    assert_refused(em(), &query, 1, history, "'forecast' holds nothing");
}

static void test_another_zone_or_kind(void **state)
{
    struct provider_query query = query_recent();
    char *direct = replaced(history, "\"lifecycle\"", "\"direct\"");
    char *row = replaced(history, "{\"zone\":\"DE\",\"carbon", "{\"zone\":\"PL\",\"carbon");

    (void)state;
    assert_refused(em(), &query, 0, direct, "'direct' where 'lifecycle' was asked for");
    assert_refused(em(), &query, 0, row, "'PL' where 'DE' was asked for");
    free(direct);
    free(row);
    memcpy(query.zone, "AT", 3);
    assert_refused(em(), &query, 0, history, "'zone' is 'DE' where 'AT' was asked for");
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_recent();
    static const char denied[] = "{\"error\":\"Invalid auth-token\"}";
    static const char unknown[] = "{\"status\":\"error\",\"message\":\"Zone?\"}";
    char text[160];

    (void)state;
    assert_refuses_garbage(em(), &query, 0, history);
    assert_refuses_values(em(), &query, 0,
                          "{\"zone\":\"DE\",\"history\":[{\"carbonIntensity\":@VALUE@,"
                          "\"datetime\":@TIME@,\"isEstimated\":false}]}",
                          "\"2024-03-06T16:00:00.000Z\"", TAKES_NULL);
    assert_refused(em(), &query, 0,
                   "{\"zone\":\"DE\",\"history\":[" ROW("627", "2024-03-09T16:00:00.000Z",
                                                        "false") "]}",
                   "claims to be measured");
    assert_true(em()->error_text(denied, strlen(denied), text));
    assert_string_equal(text, "Invalid auth-token");
    assert_true(em()->error_text(unknown, strlen(unknown), text));
    assert_string_equal(text, "Zone?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_past),
        cmocka_unit_test(test_forecast),
        cmocka_unit_test(test_another_zone_or_kind),
        cmocka_unit_test(test_bad_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
