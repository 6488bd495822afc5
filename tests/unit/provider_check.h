/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/provider_check.h - a provider asked, its documented answers and what it must not believe */
#pragma once

#include "support.h"

#include "fetch/provider.h"

/* Seconds may be left out of times here: "2026-10-06T02:45Z". */
int64_t time_at(const char *text);

/* Of a place's zone as the provider names it; forecast wanted where `to` lies ahead of now. */
struct provider_query query_of(const struct provider *provider, const char *zone, const char *from,
                               const char *to, const char *now);

/* The provider's name of a place; "" where it has none. Borrowed until the next call. */
const char *zone_of(const struct provider *provider, struct fetch_place place);

/* Request number `index` is just this address below "https://h"; NULL: there is none. */
void assert_asks(const struct provider *provider, const struct provider_query *query, size_t index,
                 const char *path);

struct expected_point {
    const char *time;
    double value;
    enum intensity_point_quality quality;
};

/* The points of a body, in the order of the answer; values to 1e-9 of themselves. */
void assert_points(const struct provider *provider, const struct provider_query *query,
                   size_t index, const char *body, const struct expected_point *expected,
                   size_t count);
#define ASSERT_POINTS(provider, query, index, body, ...)                                        \
    assert_points(provider, query, index, body, (const struct expected_point[]){ __VA_ARGS__ }, \
                  sizeof((const struct expected_point[]){ __VA_ARGS__ }) /                      \
                      sizeof(struct expected_point))

/* -EBADMSG, the message has `part`, is one clean line, and the series is as it was. */
void assert_refused(const struct provider *provider, const struct provider_query *query,
                    size_t index, const char *body, const char *part);

/* What no provider may take: nothing, pages, torn text at every byte, nesting without end. */
void assert_refuses_garbage(const struct provider *provider, const struct provider_query *query,
                            size_t index, const char *good_body);

enum { TAKES_TEXT_NUMBERS = 1, TAKES_TIMES_WITHOUT_ZONE = 2, TAKES_NULL = 4, SCALES = 8 };

/**
 * assert_refuses_values() - one row with @TIME@ and @VALUE@ in it, both as JSON, with each in turn what it must not be
 * @takes: what this service is allowed all the same; SCALES: its values have another unit or are no intensities
 */
void assert_refuses_values(const struct provider *provider, const struct provider_query *query,
                           size_t index, const char *body_with_marks, const char *good_time,
                           unsigned takes);

/* Text with one word for another; the caller's. */
char *replaced(const char *text, const char *word, const char *by);
