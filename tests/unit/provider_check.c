/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/provider_check.c - a provider asked, its documented answers and what it must not believe */
#include "provider_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/time_text.h"

int64_t time_at(const char *text)
{
    char full[40];
    int64_t ns;

    if (strlen(text) == strlen("2026-10-06T02:45Z"))
        (void)snprintf(full, sizeof(full), "%.16s:00Z", text);
    else
        (void)snprintf(full, sizeof(full), "%s", text);
    assert_true(wall_time_parse(full, &ns));
    return ns;
}

struct provider_query query_of(const struct provider *provider, const char *zone, const char *from,
                               const char *to, const char *now)
{
    struct provider_query query = {
        .from_ns = time_at(from),
        .to_ns = time_at(to),
        .now_ns = time_at(now),
        .secret = "s3cr/t",
        .base_url = "https://h",
    };

    assert_non_null(provider);
    query.forecast = query.to_ns > query.now_ns;
    (void)snprintf(query.zone, sizeof(query.zone), "%s", zone);
    return query;
}

const char *zone_of(const struct provider *provider, struct fetch_place place)
{
    static char zone[48];

    return provider->zone_of(&place, zone) ? zone : "";
}

void assert_asks(const struct provider *provider, const struct provider_query *query, size_t index,
                 const char *path)
{
    struct provider_request request = { 0 };
    int r = provider->ask(query, index, &request);

    if (path == NULL) {
        assert_int_equal(r, 0);
    } else {
        assert_int_equal(r, 1);
        assert_true(strncmp(strbuf_text(&request.url), "https://h", 9) == 0);
        assert_string_equal(strbuf_text(&request.url) + 9, path);
    }
    provider_request_deinit(&request);
}

static void check_message(const struct aico2_error *err, int r, const char *part)
{
    assert_int_equal(err->code, r);
    assert_true(err->message[0] != '\0');
    for (const char *c = err->message; *c != '\0'; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    if (strstr(err->message, part) == NULL)
        fail_msg("'%s' is not in: %s", part, err->message);
}

void assert_points(const struct provider *provider, const struct provider_query *query,
                   size_t index, const char *body, const struct expected_point *expected,
                   size_t count)
{
    struct intensity_series series = { 0 };
    struct aico2_error err = { 0 };

    if (provider->parse(query, index, body, strlen(body), &series, &err) != 0)
        fail_msg("refused: %s", err.message);
    assert_int_equal(series.count, count);
    for (size_t i = 0; i < count; i++) {
        double wanted = expected[i].value;

        assert_true(series.points[i].wall_ns == time_at(expected[i].time));
        if (!(fabs(series.points[i].gco2e_per_kwh - wanted) <= 1e-9 * fabs(wanted)))
            fail_msg("point %zu: %.17g instead of %.17g", i, series.points[i].gco2e_per_kwh,
                     wanted);
        assert_int_equal(series.points[i].quality, expected[i].quality);
    }
    free(series.points);
}

static void assert_refused_bytes(const struct provider *provider,
                                 const struct provider_query *query, size_t index, const char *body,
                                 size_t length, const char *part)
{
    struct intensity_point *points = calloc(1, sizeof(*points));
    struct intensity_series series = { .points = points, .count = 1, .capacity = 1 };
    struct aico2_error err = { 0 };
    char *exact = malloc(length + 1); /* a byte read behind it is seen by ASan */
    int r;

    assert_non_null(points);
    assert_non_null(exact);
    if (length > 0)
        memcpy(exact, body, length);
    r = provider->parse(query, index, exact, length, &series, &err);
    if (r != -EBADMSG)
        fail_msg("not refused (%d): %.*s", r, (int)(length < 400 ? length : 400), body);
    assert_int_equal(series.count, 1);
    check_message(&err, r, part);
    free(exact);
    free(series.points);
}

void assert_refused(const struct provider *provider, const struct provider_query *query,
                    size_t index, const char *body, const char *part)
{
    assert_refused_bytes(provider, query, index, body, strlen(body), part);
}

static void assert_refuses_nesting(const struct provider *provider,
                                   const struct provider_query *query, size_t index,
                                   const char *opening)
{
    enum { DEPTH = 100000 };
    size_t size = strlen(opening);
    char *deep = malloc(DEPTH * size);

    assert_non_null(deep);
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(deep + i * size, opening, size);
    assert_refused_bytes(provider, query, index, deep, DEPTH * size, "");
    free(deep);
}

void assert_refuses_garbage(const struct provider *provider, const struct provider_query *query,
                            size_t index, const char *good_body)
{
    static const char page[] = "<!DOCTYPE html><html><head><title>503 down\x1b[31m</title></html>";
    static const char nuls[64];
    size_t length = strlen(good_body);

    assert_refused(provider, query, index, "", "empty");
    assert_refused(provider, query, index, page, "DOCTYPE");
    assert_refused_bytes(provider, query, index, nuls, sizeof(nuls), "");
    assert_refused(provider, query, index, "null", "");
    assert_refused(provider, query, index, "17", "");
    assert_refused(provider, query, index, "{}", "");
    assert_refused(provider, query, index, "[[]]", "");
    assert_refused(provider, query, index, "\xff\xfe\x00", "");
    assert_refuses_nesting(provider, query, index, "[");
    assert_refuses_nesting(provider, query, index, "{\"data\":");
    assert_refuses_nesting(provider, query, index, "<a>");
    for (size_t i = 1; i < length; i++)
        assert_refused_bytes(provider, query, index, good_body, i, "");
}

char *replaced(const char *text, const char *word, const char *by)
{
    const char *at = strstr(text, word);
    size_t size = strlen(text) + strlen(by) + 1;
    char *result = malloc(size);

    assert_non_null(at);
    assert_non_null(result);
    (void)snprintf(result, size, "%.*s%s%s", (int)(at - text), text, by, at + strlen(word));
    return result;
}

static char *filled(const char *body, const char *time, const char *value)
{
    char *with_time = replaced(body, "@TIME@", time);
    char *result = replaced(with_time, "@VALUE@", value);

    free(with_time);
    return result;
}

static void assert_refused_row(const struct provider *provider, const struct provider_query *query,
                               size_t index, const char *body, const char *time, const char *value)
{
    char *text = filled(body, time, value);

    assert_refused(provider, query, index, text, "");
    free(text);
}

void assert_refuses_values(const struct provider *provider, const struct provider_query *query,
                           size_t index, const char *body, const char *good_time, unsigned takes)
{
    static const char *const never[] = { "1e999",   "-1e999", "NaN",      "Infinity", "\"much\"",
                                         "\"\"",    "true",   "[39]",     "{}",       "",
                                         "\"nan\"", "0x27",   "\"1e999\"" };
    static const char *const out_of_range[] = { "-5", "1e30", "5001" };
    static const char *const no_times[] = { "null",
                                            "1791254700",
                                            "\"1791254700\"",
                                            "\"\"",
                                            "\"yesterday\"",
                                            "\"2026-13-06T02:45:00Z\"",
                                            "\"2026-02-30T02:45:00Z\"",
                                            "\"2026-10-06T25:45:00Z\"",
                                            "\"2026-10-06T02:45:00+99:99\"",
                                            "\"2026-10-06T02:45:00ZZ\"",
                                            "\"9999-10-06T02:45:00Z\"" };
    char *text = filled(body, good_time, "39");
    struct intensity_series series = { 0 };

    /* so that what follows is refused for what it is */
    assert_int_equal(provider->parse(query, index, text, strlen(text), &series, NULL), 0);
    free(series.points);
    free(text);
    for (size_t i = 0; i < ARRAY_LENGTH(never); i++)
        assert_refused_row(provider, query, index, body, good_time, never[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(out_of_range) && (takes & SCALES) == 0; i++)
        assert_refused_row(provider, query, index, body, good_time, out_of_range[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(no_times); i++)
        assert_refused_row(provider, query, index, body, no_times[i], "39");
    if ((takes & TAKES_TEXT_NUMBERS) == 0)
        assert_refused_row(provider, query, index, body, good_time, "\"39\"");
    if ((takes & TAKES_NULL) == 0)
        assert_refused_row(provider, query, index, body, good_time, "null");
    if ((takes & TAKES_TIMES_WITHOUT_ZONE) == 0)
        assert_refused_row(provider, query, index, body, "\"2026-10-06T02:45:00\"", "39");
}
