/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_series.c - files of intensities over time */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "carbon/series.h"

static const int64_t SECOND = INT64_C(1000000000);

/* Reads a file of that content; the message, without the folder, is put into message_out. */
static int read_content(const char *content, struct intensity_series *series, char message_out[256])
{
    struct aico2_error err = { 0 };
    char folder[64];
    char path[96];
    int dirfd = temp_dir_open(folder);
    int r;

    tree_write(dirfd, "prices.csv", content);
    (void)snprintf(path, sizeof(path), "%s/prices.csv", folder);
    r = intensity_series_read(path, series, &err);
    (void)close(dirfd);
    temp_dir_remove(folder);
    if (r < 0) {
        assert_memory_equal(err.message, folder, strlen(folder));
        assert_int_equal(err.code, r);
        (void)snprintf(message_out, 256, "%s", err.message + strlen(folder) + 1);
    }
    return r;
}

static void assert_refused(const char *content, const char *message)
{
    struct intensity_series series = { .count = 77 };
    char got[256];

    assert_int_equal(read_content(content, &series, got), -EBADMSG);
    assert_string_equal(got, message);
    assert_int_equal(series.count, 77);
}

/* 2026-11-24T10:00:00Z is 1795514400: 20781 days since 1970 and ten hours. */
static void test_each_value_holds_until_the_next(void **state)
{
    struct intensity_series series = { 0 };
    int64_t ten = INT64_C(1795514400) * SECOND;
    char message[256];

    (void)state;
    assert_int_equal(read_content("\xef\xbb\xbftime,gco2e_per_kwh\r\n"
                                  "2026-11-24T10:00:00Z,45.5\r\n"
                                  "2026-11-24T12:00:00+01:00, 0 \r\n"
                                  "\r\n"
                                  "1795521600,5000",
                                  &series, message), 0);
    assert_int_equal(series.count, 3);
    assert_true(isnan(intensity_series_at(&series, ten - 1)));
    assert_true(intensity_series_at(&series, ten) == 45.5);
    assert_true(intensity_series_at(&series, ten + 3600 * SECOND - 1) == 45.5);
    assert_true(intensity_series_at(&series, ten + 3600 * SECOND) == 0);
    assert_true(intensity_series_at(&series, ten + 7200 * SECOND) == 5000);
    assert_true(intensity_series_at(&series, INT64_MAX) == 5000);

    assert_int_equal(intensity_series_next_change(&series, INT64_MIN), ten);
    assert_int_equal(intensity_series_next_change(&series, ten), ten + 3600 * SECOND);
    assert_int_equal(intensity_series_next_change(&series, ten + 7200 * SECOND - 1),
                     ten + 7200 * SECOND);
    assert_int_equal(intensity_series_next_change(&series, ten + 7200 * SECOND), INT64_MAX);
    intensity_series_deinit(&series);
    assert_int_equal(intensity_series_next_change(&series, 0), INT64_MAX);
    assert_true(isnan(intensity_series_at(&series, 0)));
    intensity_series_deinit(&series);
}

static void test_a_bad_line_is_named(void **state)
{
    (void)state;
    assert_refused("time,gco2e_per_kwh\n2026-11-24T10:00:00Z,1\n\n\n\n\nfoo,2\n",
                   "prices.csv:7: not a time: 'foo' (RFC 3339 UTC such as 2026-11-24T10:00:00Z)");
    assert_refused("time,gco2e_per_kwh\n2026-11-24T10:00:00Z,abc\n",
                   "prices.csv:2: not a number: 'abc'");
    assert_refused("time,gco2e_per_kwh\n2026-11-24T10:00:00Z,nan\n",
                   "prices.csv:2: not a number: 'nan'");
    assert_refused("time,gco2e_per_kwh\n2026-11-24T10:00:00Z,\n", "prices.csv:2: not a number: ''");
    assert_refused("time,gco2e_per_kwh\n2026-11-24T10:00:00Z,-1\n",
                   "prices.csv:2: '-1' is not within 0 and 5000 gCO2e/kWh");
    assert_refused("time,gco2e_per_kwh\n2026-11-24T10:00:00Z,5001\n",
                   "prices.csv:2: '5001' is not within 0 and 5000 gCO2e/kWh");
    assert_refused("time,gco2e_per_kwh\n2,1\n2,1\n",
                   "prices.csv:3: times must rise: '2' is not after the one before it");
    assert_refused("time,gco2e_per_kwh\n2,1,\n",
                   "prices.csv:2: 3 cells instead of 2 (time,gco2e_per_kwh)");
    assert_refused("time,gco2e_per_kwh\n2\n",
                   "prices.csv:2: 1 cell instead of 2 (time,gco2e_per_kwh)");
    assert_refused("time,gco2e_per_kwh\n2,\"1\n",
                   "prices.csv:2: a quote is opened and never closed");
    assert_refused("time,gco2e_per_kwh\n\"2\"x\ny\n",
                   "prices.csv:2: text after a closing quote: 'x y '");
    assert_refused("time,gco2e_per_kwh\n\x1b[31m,2\n",
                   "prices.csv:2: not a time: '[31m' (RFC 3339 UTC such as 2026-11-24T10:00:00Z)");
}

static void test_a_file_without_header_or_values_is_refused(void **state)
{
    (void)state;
    assert_refused("", "prices.csv:1: empty; the first line must be the header "
                       "'time,gco2e_per_kwh'");
    assert_refused("2026-11-24T10:00:00Z,1\n",
                   "prices.csv:1: the first line must be the header 'time,gco2e_per_kwh', not 2 "
                   "cells starting '2026-11-24T10:00:00Z'");
    assert_refused("time;gco2e_per_kwh\n",
                   "prices.csv:1: the first line must be the header 'time,gco2e_per_kwh', not 1 "
                   "cell starting 'time;gco2e_per_kwh'");
    assert_refused("time,gco2e_per_kwh,\n1,2,3\n",
                   "prices.csv:1: the first line must be the header 'time,gco2e_per_kwh', not 3 "
                   "cells starting 'time'");
    assert_refused("time,gco2e_per_kwh\n", "prices.csv:1: no values after the header");
}

static void test_a_binary_or_missing_file_is_refused(void **state)
{
    struct intensity_series series = { .count = 77 };
    struct aico2_error err = { 0 };
    char text[] = "time,gco2e_per_kwh\n1,\0 2\n";

    (void)state;
    assert_int_equal(intensity_series_parse(text, sizeof(text) - 1, "x.csv", &series, &err),
                     -EBADMSG);
    assert_string_equal(err.message, "x.csv:2: a NUL byte: not a text file");
    assert_int_equal(intensity_series_read("/nonexistent/x.csv", &series, &err), -ENOENT);
    assert_non_null(strstr(err.message, "/nonexistent/x.csv"));
    assert_true(intensity_series_read("/", &series, &err) < 0);
    assert_int_equal(series.count, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_value_holds_until_the_next),
        cmocka_unit_test(test_a_bad_line_is_named),
        cmocka_unit_test(test_a_file_without_header_or_values_is_refused),
        cmocka_unit_test(test_a_binary_or_missing_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
