/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/ask.h - what every provider's request needs: windows of time, times as text, values in an address */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "fetch/provider.h"

enum ask_window_kind {
    ASK_NONE,  /* there is no request of that number */
    ASK_PAST,  /* up to now */
    ASK_AHEAD, /* a forecast */
};

struct ask_window {
    int64_t from_ns;
    int64_t to_ns;
};

/**
 * ask_window() - what request number `index` of a query is for
 * First the past in windows of `past_max_ns` (from the oldest on), their ends at whole steps; then, where a
 * forecast is wanted and the query reaches ahead of now, one window for all of that.
 */
enum ask_window_kind ask_window(const struct provider_query *query, size_t index, int64_t step_ns,
                                int64_t past_max_ns, struct ask_window *window_out);

enum ask_time {
    ASK_TIME_SECONDS, /* 2026-10-06T02:45:00Z */
    ASK_TIME_MINUTES, /* 2026-10-06T02:45Z */
    ASK_TIME_LOCAL,   /* 2026-10-06T02:45, for a service that is told the zone beside it */
    ASK_TIME_HOURS,   /* 2026-10-06T02 */
    ASK_TIME_DIGITS,  /* 202610060245 */
};

void ask_time(struct strbuf *url, int64_t wall_ns, enum ask_time form);

/* A value of a parameter: all but letters, digits, "-", "_", "." and "~" as %XX. */
void ask_value(struct strbuf *url, const char *value);

/* "name: value" */
void ask_header(struct provider_request *request, const char *name, const char *value);

/* 1, or -ENOMEM where a part of it could not be written. */
int ask_done(struct provider_request *request);

/* A cloud region's grid zone or subdivision put in, where neither was given: "aws:us-east-1" lies in US-MIDA-PJM. */
struct fetch_place ask_narrowed(const struct fetch_place *place);

/**
 * ask_zone() - the first of a table of pairs that a place fits
 * @names: pairs of a name (a zone, an ISO 3166-2 code, a country) and the provider's own; ended by NULL
 * The zone is looked up (of a cloud region its own), else the region, else the country: a narrower place than a row knows is never taken for the
 * wider one. false: none.
 */
bool ask_zone(const struct fetch_place *place, const char *const (*names)[2], char zone_out[48]);
