/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_eia.c - the EIA's generation by fuel, answers as documented */
#include "provider_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static const struct provider *eia(void)
{
    return provider_find("eia");
}

static struct provider_query query_day(void)
{
    return query_of(eia(), "CISO", "2025-01-01T04:10Z", "2025-01-01T07:00Z", "2025-01-02T12:00Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(eia(),
                                (struct fetch_place){ .country = "US", .zone = "US-CAL-CISO" }),
                        "CISO");
    assert_string_equal(zone_of(eia(),
                                (struct fetch_place){ .country = "US", .zone = "US-MIDA-PJM" }),
                        "PJM");
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .country = "US" }), "US48");
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .country = "US", .region = "US-NY" }),
                        "NYIS");
    /* Virginia's mix, not that of 48 states */
    assert_string_equal(zone_of(eia(),
                                (struct fetch_place){ .country = "US", .cloud = "aws:us-east-1" }),
                        "PJM");
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .country = "US",
                                                             .cloud = "alibaba:us-east-1" }),
                        "");
    /* many authorities, or none of the 48 states */
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .country = "US", .region = "US-CA" }),
                        "");
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .country = "US", .zone = "US-HI" }),
                        "");
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .zone = "FR-PJM" }), "");
    assert_string_equal(zone_of(eia(), (struct fetch_place){ .zone = "PJM" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_day();
    struct provider_request request = { 0 };

    (void)state;
    /* hours are named by their end, both bounds included: 04:00 to 07:00 are 05, 06 and 07; the key is a secret */
    assert_asks(eia(), &query, 0,
                "/electricity/rto/fuel-type-data/data/?api_key=s3cr%2Ft&frequency=hourly"
                "&data%5B0%5D=value&facets%5Brespondent%5D%5B%5D=CISO&start=2025-01-01T05"
                "&end=2025-01-01T07&sort%5B0%5D%5Bcolumn%5D=period"
                "&sort%5B0%5D%5Bdirection%5D=asc&offset=0&length=5000");
    assert_asks(eia(), &query, 1, NULL);
    assert_int_equal(eia()->ask(&query, 0, &request), 1);
    assert_null(strstr(strbuf_text(&request.shown), "s3cr"));
    assert_non_null(strstr(strbuf_text(&request.shown), "api_key=KEY&"));
    provider_request_deinit(&request);
}

#define ROW(period, fuel, value)                                              \
    "{\"period\":\"" period "\",\"respondent\":\"CISO\",\"fueltype\":\"" fuel \
    "\",\"type-name\":\"x\",\"value\":" value ",\"value-units\":\"megawatthours\"}"
#define ANSWER(rows) "{\"response\":{\"total\":\"9\",\"frequency\":\"hourly\",\"data\":[" rows "]}}"

static const char answer[] = ANSWER(ROW("2025-01-01T05", "SUN", "\"-3\"") ","   /* */
                                    ROW("2025-01-01T05", "NG", "\"300\"") ","   /* */
                                    ROW("2025-01-01T05", "BAT", "\"700\"") ","  /* */
                                    ROW("2025-01-01T05", "NUC", "100") ","      /* */
                                    ROW("2025-01-01T06", "SUN", "\"400\"") ","  /* */
                                    ROW("2025-01-01T06", "NG", "\"300\"") ","   /* */
                                    ROW("2025-01-01T06", "BAT", "\"-700\"") "," /* */
                                    ROW("2025-01-01T06", "NUC", "100") ","      /* */
                                    ROW("2025-01-01T07", "NG", "null") ","      /* */
                                    ROW("2025-01-01T07", "NUC", "100"));

static void test_a_mix(void **state)
{
    struct provider_query query = query_day();
    struct intensity_origin origin = { 0 };

    (void)state;
    /*
     * The hour that ends at 05: (300 x 490 + 100 x 12) / 400 = 370.5; sun at night and the battery do not count.
     * At 06: (400 x 45 + 300 x 490 + 100 x 12) / 800 = 166200 / 800 = 207.75. At 07 gas is not known.
     */
    ASSERT_POINTS(eia(), &query, 0, answer, { "2025-01-01T04:00Z", 370.5, POINT_MEASURED },
                  { "2025-01-01T05:00Z", 207.75, POINT_MEASURED });
    assert_points(eia(), &query, 0, ANSWER(""), NULL, 0);
    eia()->describe(&query, &origin);
    assert_string_equal(origin.kind, "lifecycle-average");
    assert_true(origin.band_ratio > 0.32 && origin.band_ratio < 0.33);
}

static void assert_refused_with(const char *word, const char *by, const char *part)
{
    struct provider_query query = query_day();
    char *text = replaced(answer, word, by);

    assert_refused(eia(), &query, 0, text, part);
    free(text);
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_day();
    struct strbuf text = { 0 };
    static const char error[] = "{\"error\":{\"code\":\"API_KEY_INVALID\",\"message\":\"An invalid "
                                "api_key was supplied.\"}}";
    char shown[160];

    (void)state;
    assert_refuses_garbage(eia(), &query, 0, answer);
    assert_refuses_values(eia(), &query, 0,
                          "{\"response\":{\"data\":[{\"period\":@TIME@,\"respondent\":\"CISO\","
                          "\"fueltype\":\"NG\",\"value\":@VALUE@,\"value-units\":"
                          "\"megawatthours\"}]}}",
                          "\"2025-01-01T05\"",
                          TAKES_NULL | TAKES_TEXT_NUMBERS | TAKES_TIMES_WITHOUT_ZONE | SCALES);
    assert_refused_with("CISO", "PJM", "'PJM' where 'CISO'");
    assert_refused_with("megawatthours", "kilowatthours", "'kilowatthours'");
    assert_refused_with("\"SUN\"", "\"FUS\"", "an unknown fuel: 'FUS'");
    assert_refused_with("\"-3\"", "\"many\"", "not a number: 'many'");
    assert_refused_with("T05", "T05:00Z!", "not a time");
    assert_true(eia()->error_text(error, strlen(error), shown));
    assert_string_equal(shown, "An invalid api_key was supplied.");
    /* a full page was cut */
    strbuf_add(&text, "{\"response\":{\"data\":[");
    for (int i = 0; i < 5000; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "," : "", ROW("2025-01-01T05", "NG", "\"300\""));
    strbuf_add(&text, "]}}");
    assert_refused(eia(), &query, 0, strbuf_text(&text), "5000 rows");
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_a_mix),
        cmocka_unit_test(test_bad_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
