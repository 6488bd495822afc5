/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_energidataservice.c - Denmark's two areas, answers as documented */
#include "provider_check.h"

#include <stdlib.h>
#include <string.h>

static const struct provider *eds(void)
{
    return provider_find("energidataservice");
}

static struct provider_query query_for(const char *zone)
{
    return query_of(eds(), zone, "2026-10-06T02:40Z", "2026-10-06T03:00Z", "2026-10-06T02:52Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "DK" }), "DK");
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "DK", .zone = "DK-DK2" }),
                        "DK2");
    /* Midtjylland lies west of the Great Belt, Hovedstaden east of it */
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "DK", .region = "DK-82" }),
                        "DK1");
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "DK", .region = "DK-84" }),
                        "DK2");
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "DK", .zone = "DK-BHM" }),
                        "");
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "DK",
                                                             .cloud = "azure:denmarkeast" }),
                        "DK2");
    assert_string_equal(zone_of(eds(), (struct fetch_place){ .country = "SE" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_for("DK1");

    (void)state;
    assert_asks(eds(), &query, 0,
                "/dataset/CO2Emis?start=2026-10-06T02:40&end=2026-10-06T02:55"
                "&filter=%7B%22PriceArea%22%3A%5B%22DK1%22%5D%7D"
                "&columns=Minutes5UTC%2CPriceArea%2CCO2Emission&sort=Minutes5UTC&limit=0"
                "&timezone=UTC");
    assert_asks(eds(), &query, 1,
                "/dataset/CO2EmisProg?start=2026-10-06T02:50&end=2026-10-06T03:00"
                "&filter=%7B%22PriceArea%22%3A%5B%22DK1%22%5D%7D"
                "&columns=Minutes5UTC%2CPriceArea%2CCO2Emission&sort=Minutes5UTC&limit=0"
                "&timezone=UTC");
    assert_asks(eds(), &query, 2, NULL);
    query = query_of(eds(), "DK", "2026-10-06T02:40Z", "2026-10-06T02:45Z", "2026-10-06T02:52Z");
    assert_asks(eds(), &query, 0,
                "/dataset/CO2Emis?start=2026-10-06T02:40&end=2026-10-06T02:45"
                "&filter=%7B%22PriceArea%22%3A%5B%22DK1%22%2C%22DK2%22%5D%7D"
                "&columns=Minutes5UTC%2CPriceArea%2CCO2Emission&sort=Minutes5UTC&limit=0"
                "&timezone=UTC");
}

/* The times are without a zone, as documented: timezone=UTC was asked for. */
static const char one_area[] =
    "{\"total\":2,\"limit\":288,\"dataset\":\"CO2Emis\",\"records\":["
    "{\"Minutes5UTC\":\"2026-10-06T02:45:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":75},"
    "{\"Minutes5UTC\":\"2026-10-06T02:40:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":76.5}]}";

static void test_one_area(void **state)
{
    struct provider_query query = query_for("DK1");
    char *ahead = replaced(one_area, "CO2Emis\"", "CO2EmisProg\"");

    (void)state;
    ASSERT_POINTS(eds(), &query, 0, one_area, { "2026-10-06T02:45Z", 75, POINT_MEASURED },
                  { "2026-10-06T02:40Z", 76.5, POINT_MEASURED });
    ASSERT_POINTS(eds(), &query, 1, ahead, { "2026-10-06T02:45Z", 75, POINT_FORECAST },
                  { "2026-10-06T02:40Z", 76.5, POINT_FORECAST });
    /* a forecast must not pass for a measurement, nor one area for another */
    assert_refused(eds(), &query, 0, ahead, "'CO2EmisProg' where 'CO2Emis' was asked for");
    query = query_for("DK2");
    assert_refused(eds(), &query, 0, one_area, "another area: 'DK1'");
    free(ahead);
}

static void test_both_areas(void **state)
{
    struct provider_query query = query_for("DK");

    (void)state;
    /* (70 + 91) / 2 = 80.5; of two values for one area the later; a time of one area alone is left out */
    ASSERT_POINTS(
        eds(), &query, 0,
        "{\"dataset\":\"CO2Emis\",\"records\":["
        "{\"Minutes5UTC\":\"2026-10-06T02:45:00\",\"PriceArea\":\"DK2\",\"CO2Emission\":91},"
        "{\"Minutes5UTC\":\"2026-10-06T02:50:00\",\"PriceArea\":\"DK2\",\"CO2Emission\":95},"
        "{\"Minutes5UTC\":\"2026-10-06T02:50:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":null},"
        "{\"Minutes5UTC\":\"2026-10-06T02:45:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":999},"
        "{\"Minutes5UTC\":\"2026-10-06T02:45:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":70}]}",
        { "2026-10-06T02:45Z", 80.5, POINT_MEASURED });
    assert_refused(eds(), &query, 0,
                   "{\"dataset\":\"CO2Emis\",\"records\":[{\"Minutes5UTC\":\"2026-10-06T02:45:00\","
                   "\"PriceArea\":\"SE4\",\"CO2Emission\":70}]}",
                   "another area: 'SE4'");
    assert_points(eds(), &query, 0, "{\"dataset\":\"CO2Emis\",\"records\":[]}", NULL, 0);
}

/* Danish clocks show 25 hours on 2026-10-25: of the answer, in UTC, that is nothing to be seen. */
static void test_the_day_of_25_hours(void **state)
{
    struct provider_query query =
        query_of(eds(), "DK1", "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-26T12:00Z");

    (void)state;
    assert_asks(eds(), &query, 0,
                "/dataset/CO2Emis?start=2026-10-24T22:00&end=2026-10-25T23:00"
                "&filter=%7B%22PriceArea%22%3A%5B%22DK1%22%5D%7D"
                "&columns=Minutes5UTC%2CPriceArea%2CCO2Emission&sort=Minutes5UTC&limit=0"
                "&timezone=UTC");
    ASSERT_POINTS(
        eds(), &query, 0,
        "{\"dataset\":\"CO2Emis\",\"records\":["
        "{\"Minutes5UTC\":\"2026-10-25T00:30:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":1},"
        "{\"Minutes5UTC\":\"2026-10-25T01:30:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":2}]}",
        { "2026-10-25T00:30Z", 1, POINT_MEASURED }, { "2026-10-25T01:30Z", 2, POINT_MEASURED });
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_for("DK1");

    (void)state;
    assert_refuses_garbage(eds(), &query, 0, one_area);
    assert_refuses_values(eds(), &query, 0,
                          "{\"dataset\":\"CO2Emis\",\"records\":[{\"Minutes5UTC\":@TIME@,"
                          "\"PriceArea\":\"DK1\",\"CO2Emission\":@VALUE@}]}",
                          "\"2026-10-06T02:45:00\"", TAKES_NULL | TAKES_TIMES_WITHOUT_ZONE);
    assert_refused(eds(), &query, 0, "{\"records\":[]}", "'dataset' holds nothing");
    query = query_for("DK");
    assert_refused(
        eds(), &query, 0,
        "{\"dataset\":\"CO2Emis\",\"records\":["
        "{\"Minutes5UTC\":\"2026-10-06T02:45:00\",\"PriceArea\":\"DK2\",\"CO2Emission\":-10},"
        "{\"Minutes5UTC\":\"2026-10-06T02:45:00\",\"PriceArea\":\"DK1\",\"CO2Emission\":100}]}",
        "'-10' at 2026-10-06T02:45");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_one_area),
        cmocka_unit_test(test_both_areas),
        cmocka_unit_test(test_the_day_of_25_hours),
        cmocka_unit_test(test_bad_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
