/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_base.c - numbers, times, text, CSV and JSON */
#include "support.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/json_out.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

static void test_u64_is_strict(void **state)
{
    uint64_t value = 7;

    (void)state;
    assert_true(number_parse_u64(" 18446744073709551615\n", &value));
    assert_int_equal(value, UINT64_MAX);
    value = 7;
    assert_false(number_parse_u64("18446744073709551616", &value));
    assert_false(number_parse_u64("-1", &value));
    assert_false(number_parse_u64("12x", &value));
    assert_false(number_parse_u64("", &value));
    assert_false(number_parse_u64("0x10", &value));
    assert_int_equal(value, 7);
}

static void test_double_is_decimal_and_finite(void **state)
{
    double value = 7;

    (void)state;
    assert_true(number_parse_double("1.5e3", &value));
    assert_true(value == 1500);
    assert_false(number_parse_double("nan", &value));
    assert_false(number_parse_double("inf", &value));
    assert_false(number_parse_double("0x1p3", &value));
    assert_false(number_parse_double("1e999", &value));
    assert_false(number_parse_double("1,5", &value));
    assert_true(value == 1500);
}

static void test_double_round_trips(void **state)
{
    static const double values[] = { 0.1, 1.0 / 3, 1e-300, 123456789.123456789, 5e-324, 0.0 };
    char text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        double back = -1;

        (void)number_format_double(text, sizeof(text), values[i]);
        assert_true(number_parse_double(text, &back) && back == values[i]);
    }
    (void)number_format_double(text, sizeof(text), 0.1);
    assert_string_equal(text, "0.1");
    (void)number_format_double(text, sizeof(text), NAN);
    assert_string_equal(text, "null");
    (void)number_format_fixed(text, sizeof(text), -0.001, 2);
    assert_string_equal(text, "0.00");
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 20;
}

/* Figures of few digits take a way of their own, which shows in nothing but time. */
static void test_few_decimals_are_the_shortest_text(void **state)
{
    static const double powers[] = { 1, 10, 100, 1000, 1e4, 1e5 };
    uint64_t random = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = next_random(&random);
        const double magnitude =
            (double)(bits >> (bits % 44)) / powers[next_random(&random) % ARRAY_LENGTH(powers)];
        const double value = bits & 1 ? -magnitude : magnitude;
        char expected[40];
        char text[32];
        double back = 0;
        size_t length;

        (void)snprintf(expected, sizeof(expected), "%.15g", value == 0 ? 0 : value);
        length = number_format_double(text, sizeof(text), value);
        assert_int_equal(length, strlen(text));
        assert_true(number_parse_double(text, &back) && back == value);
        if (strtod(expected, NULL) == value)
            assert_string_equal(text, expected);
    }
}

static void test_numbers_at_the_edges_of_few_decimals(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { -0.0, "0" },
        { 7, "7" },
        { -7, "-7" },
        { 0.5, "0.5" },
        { -0.005, "-0.005" },
        { 1000, "1000" },
        { 1500.25, "1500.25" },
        { 999999999999999, "999999999999999" },
        { 1e15, "1e+15" },
        { 99999999999999.9, "99999999999999.9" },
        { 0.0001, "0.0001" },
        { 0.00015, "0.00015" },
        { 12.3456, "12.3456" },
        { 12.34567, "12.34567" },
        { 0.00001, "1e-05" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[32];

        (void)number_format_double(text, sizeof(text), cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_durations(void **state)
{
    int64_t ns = 7;

    (void)state;
    assert_true(duration_parse("500ms", &ns) && ns == 500000000);
    assert_true(duration_parse("1.5", &ns) && ns == 1500000000);
    assert_true(duration_parse("2d", &ns) && ns == INT64_C(172800000000000));
    assert_false(duration_parse("5 m", &ns));
    assert_false(duration_parse("-1s", &ns));
    assert_false(duration_parse("", &ns));
    assert_false(duration_parse("10parsecs", &ns));
    assert_true(duration_parse("250us", &ns) && ns == 250000);
    assert_true(duration_parse("1.5h", &ns) && ns == INT64_C(5400000000000));
    assert_true(duration_parse("0.0000000005", &ns) &&
                ns == 1); /* half a nanosecond and more is one */
    ns = -7;
    assert_false(duration_parse("1.2.3s", &ns));
    assert_false(duration_parse(".", &ns));
    assert_false(duration_parse("105000d", &ns)); /* 9.07e18 ns: nanoseconds end at 9.22e18 */
    assert_false(duration_parse("000000000000000000000000000000000000000000000001", &ns));
    assert_int_equal(ns, -7);
}

static void test_times_both_ways(void **state)
{
    char text[32];
    int64_t ns = 0;

    (void)state;
    assert_true(wall_time_parse("2026-11-24T02:28:48.123Z", &ns));
    wall_time_format(text, sizeof(text), ns);
    assert_string_equal(text, "2026-11-24T02:28:48.123Z");
    assert_true(wall_time_parse("2026-11-24T02:28:48+02:00", &ns));
    wall_time_format(text, sizeof(text), ns);
    assert_string_equal(text, "2026-11-24T00:28:48.000Z");
    assert_true(wall_time_parse("1700000000", &ns) && ns == INT64_C(1700000000000000000));
    assert_false(wall_time_parse("2026-02-29T00:00:00Z", &ns));
    assert_false(wall_time_parse("2026-11-24", &ns));
    assert_false(wall_time_parse("yesterday", &ns));
}

/* Unix seconds by `date -ud @N`. */
static void test_times_of_every_form(void **state)
{
    static const struct {
        const char *text;
        int64_t wall_ns;
    } cases[] = {
        { "0", 0 },
        { "1.25", 1250000000 },
        { "7258118400", INT64_C(7258118400000000000) }, /* 2200-01-01 */
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.000000001z", 1 },
        { "1972-02-29t23:59:60.5Z",
          INT64_C(68256000500000000) }, /* a leap second is the next one */
        { "2000-02-29 12:00:00Z", INT64_C(951825600000000000) },
        { "2000-03-01 00:30:00+00:30", INT64_C(951868800000000000) },
        { "2026-11-24T02:28:48-05:45", INT64_C(1795508028000000000) },
        { "2200-12-31T23:59:59Z", INT64_C(7289654399000000000) },
        { "1970-01-01T00:00:00+00:01", INT64_C(-60000000000) },
    };
    static const char *const none[] = {
        "-1",
        "7258118401",
        "-0.5",
        "7258118400.5",
        "1e99",
        "2026-11-24T02:28:48",
        "2026-11-24T02:28:48Zz",
        "2026-11-24T02:28:48+0200",
        "2026-11-24T02:28:48+2:00",
        "2026-11-24T02:28:48+02:0",
        "2026-11-24T02:28:48+24:00",
        "2026-11-24T02:28:48+02:60",
        "2026-11-24T02:28:48x",
        "2026-11-24T02:28:48.Z",
        "2026-11-24T02:28:61Z",
        "2026-11-24T02:60:00Z",
        "2026-11-24T24:00:00Z",
        "2026-00-24T02:28:48Z",
        "2026-13-24T02:28:48Z",
        "2026-11-00T02:28:48Z",
        "2026-11-31T02:28:48Z",
        "2100-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "202-11-24T02:28:48Z",
        "2026/11-24T02:28:48Z",
        "2026-1-24T02:28:48Z",
        "2026-11/24T02:28:48Z",
        "2026-11-2T02:28:48Z",
        "2026-11-24x02:28:48Z",
        "2026-11-24T2:28:48Z",
        "2026-11-24T02.28:48Z",
        "2026-11-24T02:2:48Z",
        "2026-11-24T02:28.48Z",
        "2026-11-24T02:28:4Z",
    };
    char text[40];
    int64_t ns = -7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(none); i++) {
        if (wall_time_parse(none[i], &ns))
            fail_msg("'%s' was taken for a time", none[i]);
        assert_int_equal(ns, -7);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (!wall_time_parse(cases[i].text, &ns) || ns != cases[i].wall_ns)
            fail_msg("'%s' is %" PRId64, cases[i].text, ns);
    }
    wall_time_format(text, sizeof(text), -1); /* before 1970, down to the millisecond */
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    wall_time_format(text, sizeof(text), -86400 * NSEC_PER_SEC);
    assert_string_equal(text, "1969-12-31T00:00:00.000Z");
    wall_time_format(text, sizeof(text), INT64_MIN); /* the first and the last that there are */
    assert_string_equal(text, "1677-09-21T00:12:43.145Z");
    wall_time_format(text, sizeof(text), INT64_MAX);
    assert_string_equal(text, "2262-04-11T23:47:16.854Z");
    wall_time_format(text, sizeof(text), INT64_C(951825600000000000));
    assert_string_equal(text, "2000-02-29T12:00:00.000Z");
}

/* What a log may hold in place of a date: nothing below 0 and nothing past its end. */
static void test_a_civil_time_is_one_of_a_calendar(void **state)
{
    static const struct civil_time none[] = {
        { 2026, 11, 24, -1, 0, 0 }, { 2026, 11, 24, 0, -1, 0 }, { 2026, 11, 24, 0, 0, -1 },
        { 2026, 11, -1, 0, 0, 0 },  { 2026, 0, 1, 0, 0, 0 },    { 2026, 13, 1, 0, 0, 0 },
        { 1900, 2, 28, 0, 0, 0 },   { 2026, 4, 31, 0, 0, 0 },   { 2027, 2, 29, 0, 0, 0 },
        { 2100, 2, 29, 0, 0, 0 },   { 2026, 11, 24, 0, 0, 61 }, { 2026, 11, 24, 24, 0, 0 },
    };
    int64_t seconds = -7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(none); i++)
        assert_false(civil_time_as_utc(&none[i], &seconds));
    assert_int_equal(seconds, -7);
    assert_true(civil_time_as_utc(&(struct civil_time){ 2028, 2, 29, 0, 0, 60 }, &seconds));
    assert_int_equal(seconds, 1835395260); /* 2028-02-29 00:01:00 */
}

static void test_a_character_is_never_cut_in_two(void **state)
{
    struct aico2_error err = { 0 };
    char name[300];
    char field[8] = "ab";

    (void)state;
    /* 2 of 8 bytes are used, 5 are left: "\u00e9\u00e9\u00e9" is 6 */
    text_append(field, sizeof(field), "%s", "\xc3\xa9\xc3\xa9\xc3\xa9");
    assert_string_equal(field, "ab\xc3\xa9\xc3\xa9");
    text_append(field, sizeof(field), "c");
    assert_string_equal(field, "ab\xc3\xa9\xc3\xa9"
                               "c");

    /* "'" and 254 bytes of a 255-byte message: the 85th of 3 bytes each would be torn */
    for (size_t i = 0; i + 3 < sizeof(name); i += 3)
        memcpy(name + i, "\xe2\x80\xa6", 4);
    (void)aico2_error_set(&err, -EINVAL, "'%s'", name);
    assert_int_equal(strlen(err.message), 1 + 84 * 3);
    assert_string_equal(err.message + 1 + 83 * 3, "\xe2\x80\xa6");
}

static void test_text_from_outside_is_cleaned(void **state)
{
    char text[16];

    (void)state;
    text_copy_clean(text, sizeof(text), "  A\tB \x1b[31m\xff\n");
    assert_string_equal(text, "A B [31m?");
    text_copy_clean(text, sizeof(text), "0123456789abcd\xc3\xa9\xc3\xa9");
    assert_string_equal(text, "0123456789abcd"); /* é would not fit whole */
    assert_int_equal(text_columns("\xc3\xa9t\xc3\xa9"), 3);
    assert_true(text_is_line("\xc3\xa9t\xc3\xa9", 6));
    assert_false(text_is_line("\xc3\xa9t\xc3\xa9", 5)); /* no end within it */
    assert_false(text_is_line("a\x7f", 3));
    assert_false(text_is_line("a\tb", 4));
}

static void test_csv_reads_what_it_writes(void **state)
{
    struct strbuf row = { 0 };
    struct csv_reader csv;
    struct aico2_error err = { 0 };

    (void)state;
    csv_add_cell(&row, true, false, "a,\"b\"\nc");
    csv_add_cell(&row, false, false, "=1+2");
    csv_add_cell(&row, false, true, "-5");
    csv_add_cell(&row, false, false, "-5.5");
    strbuf_add(&row, "\r\n");
    csv_reader_init(&csv, row.text);
    assert_int_equal(csv_reader_next(&csv, &err), 1);
    assert_int_equal(csv.count, 4);
    assert_string_equal(csv.cells[0], "a,\"b\"\nc");
    assert_string_equal(csv.cells[1], "'=1+2");
    assert_string_equal(csv.cells[2], "-5");
    assert_string_equal(csv.cells[3], "-5.5");
    assert_int_equal(csv_reader_next(&csv, &err), 0);
    csv_reader_deinit(&csv);
    strbuf_deinit(&row);
}

static void test_csv_names_the_line_of_an_open_quote(void **state)
{
    char text[] = "a,b\n\n1,\"2\n3";
    struct csv_reader csv;
    struct aico2_error err = { 0 };

    (void)state;
    csv_reader_init(&csv, text);
    assert_int_equal(csv_reader_next(&csv, &err), 1);
    assert_true(csv_reader_next(&csv, &err) < 0);
    assert_non_null(strstr(err.message, "line 3"));
    csv_reader_deinit(&csv);
}

static void test_json_is_escaped_and_nested(void **state)
{
    struct strbuf text = { 0 };
    struct json_out json;

    (void)state;
    json_out_init(&json, &text);
    json_object_begin(&json, NULL);
    json_string(&json, "a", "x\"\n\x01\xff");
    json_array_begin(&json, "b");
    json_double(&json, NULL, NAN);
    json_int(&json, NULL, -3);
    json_array_end(&json);
    json_object_begin(&json, "c");
    json_object_end(&json);
    json_object_end(&json);
    assert_string_equal(text.text,
                        "{\n \"a\": \"x\\\"\\n\\u0001\xef\xbf\xbd\",\n \"b\": [\n  null,\n"
                        "  -3\n ],\n \"c\": {}\n}\n");
    strbuf_deinit(&text);
}

/* A character that the locale "C" has not: a text without it would be another one. */
static void test_a_text_that_cannot_be_made_has_failed(void **state)
{
    struct strbuf text = { 0 };

    (void)state;
    strbuf_printf(&text, "%d ", 5);
    assert_false(text.failed);
    strbuf_printf(&text, "%ls", L"\x20ac");
    assert_true(text.failed);
    strbuf_add(&text, "more");
    assert_null(strbuf_take(&text));
}

static void test_nearest_word(void **state)
{
    static const char *const words[] = { "country", "region", "cloud" };
    static const char *const options[] = { "unit", "wait-all" };

    (void)state;
    /* "wait" is 3 letters from "unit" and 4 from what it is the beginning of */
    assert_int_equal(text_nearest("wait", options, 2), 1);
    assert_int_equal(text_nearest("contry", words, 3), 0);
    assert_int_equal(text_nearest("zzzzzz", words, 3), -1);
    /* the first of those that are as near, and a nearer one behind a near one */
    assert_int_equal(text_nearest("unik", (const char *const[]){ "unit", "unix" }, 2), 0);
    assert_int_equal(text_nearest("region", (const char *const[]){ "regions", "region" }, 2), 1);
    /* the beginning of a word, however long that is */
    assert_int_equal(
        text_nearest("pro", (const char *const[]){ "pri", "prometheus-password-file" }, 2), 0);
    assert_int_equal(
        text_nearest("prome", (const char *const[]){ "primo", "prometheus-password-file" }, 2), 1);
}

static void test_a_distance_is_not_told_beyond_what_is_asked(void **state)
{
    (void)state;
    assert_int_equal(text_distance("Contry", "country"), 1);
    assert_int_equal(text_distance_within("contry", "country", 1), 1);
    assert_int_equal(text_distance_within("cuontry", "country", 2), 2);
    assert_true(text_distance_within("cuontry", "country", 1) > 1);
    assert_true(text_distance_within("c", "country", 5) > 5);
    assert_true(text_distance_within("", "cloud", 4) > 4);
    assert_int_equal(text_distance_within("cloud", "CLOUD", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_u64_is_strict),
        cmocka_unit_test(test_double_is_decimal_and_finite),
        cmocka_unit_test(test_double_round_trips),
        cmocka_unit_test(test_few_decimals_are_the_shortest_text),
        cmocka_unit_test(test_numbers_at_the_edges_of_few_decimals),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_times_of_every_form),
        cmocka_unit_test(test_a_civil_time_is_one_of_a_calendar),
        cmocka_unit_test(test_times_both_ways),
        cmocka_unit_test(test_a_character_is_never_cut_in_two),
        cmocka_unit_test(test_text_from_outside_is_cleaned),
        cmocka_unit_test(test_csv_reads_what_it_writes),
        cmocka_unit_test(test_csv_names_the_line_of_an_open_quote),
        cmocka_unit_test(test_json_is_escaped_and_nested),
        cmocka_unit_test(test_a_text_that_cannot_be_made_has_failed),
        cmocka_unit_test(test_nearest_word),
        cmocka_unit_test(test_a_distance_is_not_told_beyond_what_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
