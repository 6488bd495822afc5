/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_entsoe.c - ENTSO-E's generation per type, documents as its guide has them */
#include "provider_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define BE "10YBE----------2"

static const struct provider *entsoe(void)
{
    return provider_find("entsoe");
}

static struct provider_query query_night(void)
{
    return query_of(entsoe(), BE, "2026-10-06T02:20Z", "2026-10-06T03:00Z", "2026-10-06T05:00Z");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(zone_of(entsoe(), (struct fetch_place){ .country = "BE" }), BE);
    assert_string_equal(zone_of(entsoe(),
                                (struct fetch_place){ .country = "SE", .zone = "SE-SE3" }),
                        "10Y1001A1001A46L");
    assert_string_equal(zone_of(entsoe(),
                                (struct fetch_place){ .country = "SE", .cloud = "aws:eu-north-1" }),
                        "10Y1001A1001A46L");
    assert_string_equal(zone_of(entsoe(), (struct fetch_place){ .country = "MD" }),
                        "10Y1001A1001A990");
    assert_string_equal(zone_of(entsoe(),
                                (struct fetch_place){ .country = "GB", .region = "GB-NIR" }),
                        "10Y1001A1001A016");
    assert_string_equal(zone_of(entsoe(), (struct fetch_place){ .country = "GB" }), "");
    assert_string_equal(zone_of(entsoe(), (struct fetch_place){ .country = "ES", .zone = "ES-CN" }),
                        "");
    assert_string_equal(zone_of(entsoe(), (struct fetch_place){ .country = "US" }), "");
}

static void test_requests(void **state)
{
    struct provider_query query = query_night();
    struct provider_request request = { 0 };

    (void)state;
    assert_asks(entsoe(), &query, 0,
                "/api?securityToken=s3cr%2Ft&documentType=A75&processType=A16&in_Domain=" BE
                "&periodStart=202610060200&periodEnd=202610060300");
    assert_asks(entsoe(), &query, 1, NULL);
    assert_int_equal(entsoe()->ask(&query, 0, &request), 1);
    assert_string_equal(strbuf_text(&request.shown),
                        "https://h/api?securityToken=TOKEN&documentType=A75&processType=A16"
                        "&in_Domain=" BE "&periodStart=202610060200&periodEnd=202610060300");
    provider_request_deinit(&request);
    /* 25 days: 10 + 10 + 5 */
    query = query_of(entsoe(), BE, "2026-09-01T00:00Z", "2026-09-26T00:00Z", "2026-10-06T05:00Z");
    assert_asks(entsoe(), &query, 2,
                "/api?securityToken=s3cr%2Ft&documentType=A75&processType=A16&in_Domain=" BE
                "&periodStart=202609210000&periodEnd=202609260000");
    assert_asks(entsoe(), &query, 3, NULL);
}

#define POINT(position, quantity) \
    "<Point><position>" position "</position><quantity>" quantity "</quantity></Point>"
#define PERIOD(start, end, resolution, points)                                        \
    "<Period><timeInterval><start>" start "</start><end>" end "</end></timeInterval>" \
    "<resolution>" resolution "</resolution>" points "</Period>"
#define SERIES(direction, type, curve, periods)                                               \
    "<TimeSeries><mRID>1</mRID><businessType>A01</businessType><" direction                   \
    "BiddingZone_Domain.mRID codingScheme=\"A01\">" BE "</" direction                         \
    "BiddingZone_Domain.mRID><quantity_Measure_Unit.name>MAW"                                 \
    "</quantity_Measure_Unit.name><curveType>" curve "</curveType><MktPSRType><psrType>" type \
    "</psrType></MktPSRType>" periods "</TimeSeries>"
#define DOCUMENT(series)                                                                     \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GL_MarketDocument "                        \
    "xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\"><type>A75</type>"  \
    "<time_Period.timeInterval><start>2026-10-06T02:00Z</start><end>2026-10-06T03:00Z</end>" \
    "</time_Period.timeInterval>" series "</GL_MarketDocument>"
#define HOUR(resolution, points) \
    PERIOD("2026-10-06T02:00Z", "2026-10-06T03:00Z", resolution, points)

/* Gas by the quarter, the third left out; nuclear by the hour; a pump that fills and one that gives. */
static const char answer[] = DOCUMENT(
    SERIES("in", "B04", "A03", HOUR("PT15M", POINT("1", "100") POINT("2", "300") POINT("4", "600")))
        SERIES("in", "B14", "A03", HOUR("PT60M", POINT("1", "300")))
            SERIES("in", "B10", "A03", HOUR("PT60M", POINT("1", "50")))
                SERIES("out", "B10", "A03", HOUR("PT60M", POINT("1", "9000"))));

static void test_a_mix(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    /*
     * With 300 MW of nuclear (12) and gas (490) of 100, 300, 300 (repeated) and 600 MW:
     * (49000 + 3600) / 400 = 131.5; (147000 + 3600) / 600 = 251 twice; (294000 + 3600) / 900 = 330.666...
     */
    ASSERT_POINTS(entsoe(), &query, 0, answer, { "2026-10-06T02:00Z", 131.5, POINT_MEASURED },
                  { "2026-10-06T02:15Z", 251, POINT_MEASURED },
                  { "2026-10-06T02:30Z", 251, POINT_MEASURED },
                  { "2026-10-06T02:45Z", 297600.0 / 900, POINT_MEASURED });
}

static void test_a_gap_is_no_value(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    /* curve A01: what is left out is not known; a period that is not there neither */
    ASSERT_POINTS(entsoe(), &query, 0,
                  DOCUMENT(SERIES("in", "B04", "A01",
                                  HOUR("PT15M", POINT("1", "100") POINT("3", "100")))),
                  { "2026-10-06T02:00Z", 490, POINT_MEASURED },
                  { "2026-10-06T02:30Z", 490, POINT_MEASURED });
    ASSERT_POINTS(entsoe(), &query, 0,
                  DOCUMENT(SERIES("in", "B04", "A03", HOUR("PT30M", POINT("1", "100")))
                               SERIES("in", "B05", "A03",
                                      PERIOD("2026-10-06T02:00Z", "2026-10-06T02:30Z", "PT30M",
                                             POINT("1", "100")))),
                  { "2026-10-06T02:00Z", 655, POINT_MEASURED },
                  { "2026-10-06T02:15Z", 655, POINT_MEASURED });
}

/* The night of 2026-10-25 has the hour from 02:00 twice in Brussels: a day of 25 hours from 22:00 UTC. */
static void test_the_day_of_25_hours(void **state)
{
    struct provider_query query =
        query_of(entsoe(), BE, "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-26T12:00Z");
    struct intensity_series series = { 0 };
    static const char text[] = DOCUMENT(
        SERIES("in", "B04", "A03",
               PERIOD("2026-10-24T22:00Z", "2026-10-25T23:00Z", "PT60M", POINT("1", "100"))));

    (void)state;
    assert_int_equal(entsoe()->parse(&query, 0, text, strlen(text), &series, NULL), 0);
    assert_int_equal(series.count, 100); /* 25 x 4 */
    assert_true(series.points[99].wall_ns == time_at("2026-10-25T22:45Z"));
    free(series.points);
}

#define ACKNOWLEDGEMENT(text)                                                              \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Acknowledgement_MarketDocument "           \
    "xmlns=\"urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0\"><mRID>1</mRID>" \
    "<Reason><code>999</code><text>" text "</text></Reason></Acknowledgement_MarketDocument>"

static void test_acknowledgements(void **state)
{
    struct provider_query query = query_night();
    char shown[160] = "";
    static const char denied[] =
        ACKNOWLEDGEMENT("Unauthorized. Missing or invalid\nsecurity token");

    (void)state;
    assert_points(entsoe(), &query, 0,
                  ACKNOWLEDGEMENT("No matching data found for Data item ACTUAL_GENERATION"), NULL,
                  0);
    assert_refused(entsoe(), &query, 0, denied,
                   "'Unauthorized. Missing or invalid security token'");
    assert_refused(entsoe(), &query, 0,
                   ACKNOWLEDGEMENT("The number of instances (149) exceeds the allowed maximum"),
                   "instances (149)");
    assert_true(entsoe()->error_text(denied, strlen(denied), shown));
    assert_string_equal(shown, "Unauthorized. Missing or invalid security token");
    assert_false(entsoe()->error_text(answer, strlen(answer), shown));
    assert_false(entsoe()->error_text("", 0, shown));
}

static void assert_refused_with(const char *word, const char *by, const char *part)
{
    struct provider_query query = query_night();
    char *text = replaced(answer, word, by);

    assert_refused(entsoe(), &query, 0, text, part);
    free(text);
}

static void test_bad_answers(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    assert_refuses_garbage(entsoe(), &query, 0, answer);
    assert_refuses_values(entsoe(), &query, 0,
                          DOCUMENT(SERIES("in", "B04", "A03",
                                          PERIOD("@TIME@", "2026-10-06T03:00Z", "PT60M",
                                                 POINT("1", "@VALUE@")))),
                          "2026-10-06T02:00Z", SCALES);
    assert_refused_with(BE, "10YFR-RTE------C", "another area: '10YFR-RTE------C'");
    assert_refused_with("MAW", "KWT", "an unknown unit: 'KWT'");
    assert_refused_with("B04", "B99", "an unknown type of production: 'B99'");
    assert_refused_with("B04", "B21", "'B21'");
    assert_refused_with("PT15M", "P1D", "an unknown resolution: 'P1D'");
    assert_refused_with("<position>2", "<position>1", "does not rise within its period: '1'");
    assert_refused_with("<position>4", "<position>5", "'5'");
    assert_refused_with("<position>1", "<position>0", "'0'");
    assert_refused_with("<position>4", "<position>99999999999999999999", "not a position");
    assert_refused_with("<quantity>600</quantity>", "", "without a quantity: '4'");
    assert_refused_with("<psrType>B04</psrType>", "", "without its area, unit or type");
    assert_refused_with("GL_MarketDocument ", "Publication_MarketDocument ", "unknown document");
    /* a period of 4 million years, one that runs backwards, one of no whole steps */
    assert_refused_with("03:00Z</end></timeInterval>", "01:00Z</end></timeInterval>",
                        "outside of a whole period");
    assert_refused_with("03:00Z</end></timeInterval>", "02:40Z</end></timeInterval>",
                        "outside of a whole period");
    assert_refused_with("2026-10-06T03:00Z</end></timeInterval>",
                        "2199-10-06T03:00Z</end></timeInterval>", "outside of a whole period");
}

/* A type declaration could define what expands without end, or what is read from elsewhere. */
static void test_nothing_is_expanded(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    assert_refused(entsoe(), &query, 0,
                   "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><GL_MarketDocument>&c;"
                   "</GL_MarketDocument>",
                   "declares a DOCTYPE: 'a'");
    assert_refused(entsoe(), &query, 0,
                   "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><GL_MarketDocument/>",
                   "declares a DOCTYPE");
    assert_refused(entsoe(), &query, 0, "<GL_MarketDocument>&c;</GL_MarketDocument>", "no XML");
}

static void test_a_measured_time_to_come(void **state)
{
    struct provider_query query = query_night();

    (void)state;
    query.now_ns = time_at("2026-10-06T02:10Z");
    /* the hour that runs now is published as a whole: what of it is ahead of the clock is not believed */
    assert_refused(entsoe(), &query, 0, answer, "claims to be measured");
}

static void test_many_rows(void **state)
{
    struct provider_query query = query_night();
    struct strbuf text = { 0 };
    char *whole;

    (void)state;
    for (int i = 0; i < 12; i++)
        strbuf_add(&text, SERIES("in", "B04", "A03",
                                 PERIOD("2025-10-06T00:00Z", "2026-10-06T00:00Z", "PT15M",
                                        POINT("1", "100"))));
    whole = replaced(DOCUMENT("@ROWS@"), "@ROWS@", strbuf_text(&text));
    assert_refused(entsoe(), &query, 0, whole, "more than 400000 values");
    free(whole);
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_a_mix),
        cmocka_unit_test(test_a_gap_is_no_value),
        cmocka_unit_test(test_the_day_of_25_hours),
        cmocka_unit_test(test_acknowledgements),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_nothing_is_expanded),
        cmocka_unit_test(test_a_measured_time_to_come),
        cmocka_unit_test(test_many_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
