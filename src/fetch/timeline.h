/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/timeline.h - what is known of a stretch of time, since when, and what was never asked */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fetch/provider.h"

/* Each holds until the next one's time; before the first nothing was asked. */
enum piece_kind {
    PIECE_MEASURED = POINT_MEASURED,
    PIECE_ESTIMATED = POINT_ESTIMATED,
    PIECE_FORECAST = POINT_FORECAST,
    PIECE_NONE,    /* asked, and the provider had nothing */
    PIECE_UNASKED, /* the end of what was asked */
};

struct piece {
    int64_t wall_ns;
    enum piece_kind kind;
    double gco2e_per_kwh; /* NAN where the kind has none */
    int64_t fetched_wall_ns;
};

/* By rising time; empty, or with PIECE_UNASKED at its end. */
struct timeline {
    struct piece *pieces;
    size_t count;
    size_t capacity;
};

struct timespan {
    int64_t from_ns;
    int64_t to_ns;
};

void timeline_deinit(struct timeline *timeline);
int timeline_add(struct timeline *timeline, const struct piece *piece);

/* What an answer holds that cannot be. */
struct answer_faults {
    size_t impossible; /* not finite, negative, beyond every grid */
    size_t ahead;      /* "measured" in times to come */
};

/**
 * timeline_of_answer() - a provider's points as pieces of the stretch that was asked for
 * @points: in any order, of any quality; they are sorted, and those that cannot be are left out
 * @complete: every request of it was answered: where nothing is, there is nothing
 * @faults_out: how many were left out, and why
 * Of several at one time the better quality stays. A value holds for one step where the next is more than 1.5
 * steps away; a step is longer where most values are further apart, an hour at most.
 */
int timeline_of_answer(struct intensity_series *points, const struct timespan *span,
                       int64_t step_ns, int64_t now_ns, bool complete,
                       struct timeline *timeline_out, struct answer_faults *faults_out);

/* base with top laid over it where top was asked; its holes cover no measured or estimated value. */
int timeline_overlay(const struct timeline *base, const struct timeline *top,
                     struct timeline *timeline_out);

int timeline_slice(const struct timeline *timeline, const struct timespan *span,
                   struct timeline *timeline_out);

/* Whether a piece may still be used without asking again. */
bool piece_is_fresh(const struct piece *piece, const struct provider *provider, int64_t now_ns);

/* The stretch within span that has to be asked, from the first piece that is not fresh to the last; false: none. */
bool timeline_stale(const struct timeline *timeline, const struct timespan *span,
                    const struct provider *provider, int64_t now_ns, struct timespan *stale_out);

struct timeline_use {
    size_t value_count;
    size_t stale_count;        /* values that are out of date */
    int64_t oldest_fetched_ns; /* of the values */
};

/**
 * timeline_points() - the points of a span, NAN where nothing is known
 * @with_stale: values that are out of date too
 */
int timeline_points(const struct timeline *timeline, const struct timespan *span,
                    const struct provider *provider, int64_t now_ns, bool with_stale,
                    struct intensity_series *series, struct timeline_use *use_out);
