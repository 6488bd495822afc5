/* SPDX-License-Identifier: Apache-2.0 */
/* test_local_time.c - a log's times: with a zone, without one, twice, and never */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/lines.h"
#include "importers/local_time.h"

/* Central Europe by rule: no zone file is needed. */
#define EUROPE "CET-1CEST,M3.5.0,M10.5.0/3"

static int64_t seconds_of(struct local_time *time, const char *text)
{
    struct stamp stamp;

    assert_true(stamp_take(time, text, &stamp));
    return stamp.wall_ns / NSEC_PER_SEC;
}

static void set_zone(const char *zone)
{
    (void)setenv("TZ", zone, 1);
    tzset();
}

static void test_a_zone_in_the_log_is_the_zone(void **state)
{
    struct local_time time = LOCAL_TIME_NULL;
    struct stamp stamp;

    (void)state;
    set_zone(EUROPE);
    /* date -u -d 2024-11-24T10:00:00Z +%s */
    assert_int_equal(seconds_of(&time, "2024-11-24T10:00:00Z"), 1732442400);
    assert_int_equal(seconds_of(&time, "2024-11-24 12:00:00+02:00"), 1732442400);
    assert_int_equal(seconds_of(&time, "2024-11-24 04:30:00.5-0530"), 1732442400);
    assert_false(time.used);
    assert_true(stamp_take(&time, "11-24-2024 10:00:00 RAM", &stamp));
    assert_true(time.used);
    assert_int_equal(stamp.wall_ns / NSEC_PER_SEC, 1732442400 - 3600);
    assert_int_equal(stamp.length, strlen("11-24-2024 10:00:00"));
    assert_true(stamp.coarse);
    assert_true(stamp_take(&time, "2024-11-24 10:00:00.123456", &stamp));
    assert_int_equal(stamp.wall_ns % NSEC_PER_SEC, 123456000);
    assert_false(stamp.coarse);
}

static void test_an_offset_of_the_user_goes_before_the_zone(void **state)
{
    struct local_time time = LOCAL_TIME_NULL;

    (void)state;
    set_zone(EUROPE);
    time.has_offset = true;
    time.offset_seconds = -5 * 3600;
    assert_int_equal(seconds_of(&time, "2024-11-24 10:00:00"), 1732442400 + 5 * 3600);
}

/* Summer time ended on 2024-10-27 at 03:00 (01:00 UTC, 1729990800): the hour from 02:00 came twice. */
static void test_an_hour_that_came_twice_goes_by_the_order_of_lines(void **state)
{
    struct local_time time = LOCAL_TIME_NULL;

    (void)state;
    set_zone(EUROPE);
    assert_int_equal(seconds_of(&time, "2024-10-27 01:59:59"), 1729990800 - 3601);
    assert_int_equal(time.twice.year, 0);
    assert_int_equal(seconds_of(&time, "2024-10-27 02:00:00"), 1729990800 - 3600);
    assert_int_equal(seconds_of(&time, "2024-10-27 02:59:59"), 1729990800 - 1);
    assert_int_equal(seconds_of(&time, "2024-10-27 02:00:00"), 1729990800);
    assert_int_equal(seconds_of(&time, "2024-10-27 02:59:59"), 1729990800 + 3599);
    assert_int_equal(seconds_of(&time, "2024-10-27 03:00:00"), 1729990800 + 3600);
    assert_int_equal(time.twice.hour, 2);
}

/* Summer time began on 2024-03-31 at 02:00 (01:00 UTC, 1711846800). */
static void test_an_hour_that_never_came_is_noticed(void **state)
{
    struct local_time time = LOCAL_TIME_NULL;

    (void)state;
    set_zone(EUROPE);
    assert_int_equal(seconds_of(&time, "2024-03-31 01:59:59"), 1711846800 - 1);
    assert_int_equal(seconds_of(&time, "2024-03-31 03:00:00"), 1711846800);
    assert_int_equal(time.never.year, 0);
    assert_int_equal(seconds_of(&time, "2024-03-31 02:30:00"), 1711846800 + 1800);
    assert_int_equal(time.never.minute, 30);
}

static void check_note(const struct local_time *time, size_t count, const char *words)
{
    char **lines = NULL;
    size_t found = 0;

    assert_int_equal(local_time_note(time, &lines, &found), 0);
    assert_int_equal(found, count);
    if (count > 0)
        assert_non_null(strstr(lines[count - 1], words));
    lines_free(lines, found);
}

static void test_what_was_assumed_is_said(void **state)
{
    struct local_time time = LOCAL_TIME_NULL;

    (void)state;
    set_zone(EUROPE);
    check_note(&time, 0, "");
    (void)seconds_of(&time, "2024-11-24T10:00:00Z");
    check_note(&time, 0, ""); /* it had a zone */
    (void)seconds_of(&time, "2024-07-24 10:00:00");
    check_note(&time, 1, "UTC+02:00");
    (void)seconds_of(&time, "2024-10-27 02:10:00");
    check_note(&time, 2, "2024-10-27 02:10:00 and what is near it came twice");
    (void)seconds_of(&time, "2024-03-31 02:30:00");
    check_note(&time, 3, "2024-03-31 02:30:00 did not come");
    time.has_offset = true;
    check_note(&time, 0, "");
}

static void test_what_is_no_time_is_none(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "16:39.8",
        "2024-11-24",
        "2024-11-24 10:00",
        "2024-13-24 10:00:00",
        "2023-02-29 10:00:00",
        "2024-11-24 24:00:00",
        "2024-11-24 10:00:00.",
        "24-11-2024 10:00:00",
        "1969-12-31 23:59:59",
        "2024-11-24  10:00:00",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct local_time time = LOCAL_TIME_NULL;
        struct stamp stamp;

        if (stamp_take(&time, texts[i], &stamp))
            fail_msg("'%s' was taken", texts[i]);
        assert_false(time.used);
    }
}

static void test_offsets_are_read_and_written(void **state)
{
    int64_t seconds;
    char text[8];

    (void)state;
    assert_true(utc_offset_parse("+05:30", &seconds) && seconds == 19800);
    assert_true(utc_offset_parse("-0800", &seconds) && seconds == -28800);
    assert_true(utc_offset_parse("Z", &seconds) && seconds == 0);
    assert_true(utc_offset_parse("0", &seconds) && seconds == 0);
    assert_false(utc_offset_parse("5", &seconds));
    assert_false(utc_offset_parse("+5:00", &seconds));
    assert_false(utc_offset_parse("+25:00", &seconds));
    assert_false(utc_offset_parse("+01:00x", &seconds));
    utc_offset_format(text, -19800);
    assert_string_equal(text, "-05:30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_zone_in_the_log_is_the_zone),
        cmocka_unit_test(test_an_offset_of_the_user_goes_before_the_zone),
        cmocka_unit_test(test_an_hour_that_came_twice_goes_by_the_order_of_lines),
        cmocka_unit_test(test_an_hour_that_never_came_is_noticed),
        cmocka_unit_test(test_what_was_assumed_is_said),
        cmocka_unit_test(test_what_is_no_time_is_none),
        cmocka_unit_test(test_offsets_are_read_and_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
