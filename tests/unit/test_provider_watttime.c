/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_watttime.c - WattTime v3, answers as documented */
#include "provider_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct provider *wt(void)
{
    return provider_find("watttime");
}

static struct provider_query query_marginal(void)
{
    struct provider_query query = query_of(wt(), "CAISO_NORTH", "2026-05-03T10:02Z",
                                           "2026-05-03T13:30Z", "2026-05-03T11:00Z");

    query.marginal = true;
    return query;
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(wt(), (struct fetch_place){ .zone = "CAISO_NORTH" }),
                        "CAISO_NORTH");
    assert_string_equal(zone_of(wt(),
                                (struct fetch_place){ .country = "US", .zone = "US-CAL-CISO" }),
                        "");
    assert_string_equal(zone_of(wt(), (struct fetch_place){ .country = "US" }), "");
    assert_string_equal(zone_of(wt(), (struct fetch_place){ .zone = "A_B&x=1" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_marginal();
    struct provider_request request = { 0 };

    (void)state;
    assert_asks(wt(), &query, 0,
                "/v3/historical?region=CAISO_NORTH&signal_type=co2_moer"
                "&start=2026-05-03T10:00:00Z&end=2026-05-03T11:00:00Z");
    /* two hours and a half ahead are three */
    assert_asks(wt(), &query, 1,
                "/v3/forecast?region=CAISO_NORTH&signal_type=co2_moer&horizon_hours=3");
    assert_asks(wt(), &query, 2, NULL);
    query.marginal = false;
    assert_asks(wt(), &query, 0,
                "/v3/historical?region=CAISO_NORTH&signal_type=co2_aoer"
                "&start=2026-05-03T10:00:00Z&end=2026-05-03T11:00:00Z");
    assert_int_equal(wt()->ask(&query, 0, &request), 1);
    assert_string_equal(strbuf_text(&request.headers[0]), "Authorization: Bearer s3cr/t");
    provider_request_deinit(&request);
}

/* RFC 4648's examples: "f" Zg==, "fo" Zm8=, "foobar" Zm9vYmFy */
static void test_login(void **state)
{
    static const char *const cases[][2] = {
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foobar", "Zm9vYmFy" },
        { "user:p\xc3\xa9", "dXNlcjpww6k=" },
    };
    static const char *const bad[] = {
        "{\"token\":\"a\\r\\nX: y\"}", "{\"token\":\"\"}", "{\"token\":17}",
        "{\"token\":\"abcd",           "<html>",           "null"
    };
    static const char good[] = "{\"token\":\"eyJ.a-_b\"}";
    struct provider_query query = query_marginal();
    struct aico2_error err = { 0 };
    char token[2048] = "untouched";

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct provider_request request = { 0 };

        query.secret = cases[i][0];
        assert_int_equal(wt()->ask_login(&query, &request), 1);
        assert_string_equal(strbuf_text(&request.url), "https://h/login");
        assert_true(strncmp(strbuf_text(&request.headers[0]), "Authorization: Basic ", 21) == 0);
        assert_string_equal(strbuf_text(&request.headers[0]) + 21, cases[i][1]);
        provider_request_deinit(&request);
    }
    /* nothing that could add a header of its own; nothing quoted, for it may be the secret */
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_int_equal(wt()->parse_login(bad[i], strlen(bad[i]), token, &err), -EBADMSG);
        assert_string_equal(err.message, "the answer to the login holds no token");
    }
    assert_int_equal(wt()->parse_login("", 0, token, NULL), -EBADMSG);
    assert_string_equal(token, "untouched");
    assert_int_equal(wt()->parse_login(good, strlen(good), token, &err), 0);
    assert_string_equal(token, "eyJ.a-_b");
}

static const char answer[] =
    "{\"data\":[{\"point_time\":\"2026-05-03T10:00:00+00:00\",\"value\":870.0,"
    "\"last_updated\":\"2026-05-03T10:10:00+00:00\"},"
    "{\"point_time\":\"2026-05-03T10:05:00+00:00\",\"value\":null},"
    "{\"point_time\":\"2026-05-03T10:10:00+00:00\",\"value\":1000}],"
    "\"meta\":{\"region\":\"CAISO_NORTH\",\"signal_type\":\"co2_moer\","
    "\"units\":\"lbs_co2_per_mwh\",\"model\":{\"date\":\"2026-03-01\"},\"warnings\":[]}}";

static void test_pounds_become_grams(void **state)
{
    struct provider_query query = query_marginal();
    struct intensity_origin origin = { 0 };

    (void)state;
    /* 870 lb/MWh x 0.45359237 = 394.6253619 g/kWh */
    ASSERT_POINTS(wt(), &query, 0, answer, { "2026-05-03T10:00Z", 394.6253619, POINT_ESTIMATED },
                  { "2026-05-03T10:10Z", 453.59237, POINT_ESTIMATED });
    ASSERT_POINTS(wt(), &query, 1, answer, { "2026-05-03T10:00Z", 394.6253619, POINT_FORECAST },
                  { "2026-05-03T10:10Z", 453.59237, POINT_FORECAST });
    wt()->describe(&query, &origin);
    assert_string_equal(origin.kind, "direct-marginal");
    query.marginal = false;
    wt()->describe(&query, &origin);
    assert_string_equal(origin.kind, "direct-average");
    /* the marginal signal where the average was asked for */
    assert_refused(wt(), &query, 0, answer, "'co2_moer' where 'co2_aoer' was asked for");
}

static void assert_refused_with(const char *word, const char *by, const char *part)
{
    struct provider_query query = query_marginal();
    char *text = replaced(answer, word, by);

    assert_refused(wt(), &query, 0, text, part);
    free(text);
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_marginal();
    static const char error[] = "{\"error\":\"x\",\"message\":\"y\"}";
    char text[160];

    (void)state;
    assert_refuses_garbage(wt(), &query, 0, answer);
    assert_refuses_values(wt(), &query, 0,
                          "{\"data\":[{\"point_time\":@TIME@,\"value\":@VALUE@}],\"meta\":"
                          "{\"region\":\"CAISO_NORTH\",\"signal_type\":\"co2_moer\","
                          "\"units\":\"lbs_co2_per_mwh\"}}",
                          "\"2026-05-03T10:00:00+00:00\"", TAKES_NULL | SCALES);
    assert_refused_with("870.0", "-1", "not within 0 and 5000");
    assert_refused_with("870.0", "20000", "not within 0 and 5000");
    /* 0 clean to 100 dirty: no intensity at all */
    assert_refused_with("lbs_co2_per_mwh", "percentile", "'percentile'");
    assert_refused_with("lbs_co2_per_mwh", "kg_co2_per_mwh", "'kg_co2_per_mwh'");
    assert_refused_with("CAISO_NORTH", "PJM_DC", "'PJM_DC' where 'CAISO_NORTH'");
    assert_refused_with("\"units\"", "\"unit\"", "'units' holds nothing");
    assert_true(wt()->error_text(error, strlen(error), text));
    assert_string_equal(text, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),      cmocka_unit_test(test_requests),
        cmocka_unit_test(test_login),       cmocka_unit_test(test_pounds_become_grams),
        cmocka_unit_test(test_bad_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
