/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/timeline.c - what is known of a stretch of time, since when, and what was never asked */
#include "fetch/timeline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

static const double INTENSITY_MOST = 5000; /* gCO2e/kWh, as fetch_points_check() has it */
static const int64_t MINUTE_NS = 60 * NSEC_PER_SEC;
static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;

void timeline_deinit(struct timeline *timeline)
{
    free(timeline->pieces);
    *timeline = (struct timeline){ 0 };
}

int timeline_add(struct timeline *timeline, const struct piece *piece)
{
    if (array_reserve(&timeline->pieces, &timeline->capacity, timeline->count + 1,
                      sizeof(*timeline->pieces)) < 0)
        return -ENOMEM;
    timeline->pieces[timeline->count++] = *piece;
    return 0;
}

static int add(struct timeline *timeline, int64_t wall_ns, enum piece_kind kind, double value,
               int64_t fetched_ns)
{
    return timeline_add(timeline, &(struct piece){ wall_ns, kind, value, fetched_ns });
}

static bool has_value(const struct piece *piece)
{
    return piece->kind < PIECE_NONE;
}

/* --- an answer's points --- */

static bool is_possible(const struct intensity_point *point)
{
    return point->gco2e_per_kwh >= 0 && point->gco2e_per_kwh <= INTENSITY_MOST &&
           (unsigned)point->quality <= POINT_FORECAST;
}

static bool is_ahead(const struct intensity_point *point, int64_t now_ns)
{
    return point->quality == POINT_MEASURED && point->wall_ns > now_ns;
}

static int by_time_and_quality(const void *a, const void *b)
{
    const struct intensity_point *first = a;
    const struct intensity_point *second = b;

    if (first->wall_ns != second->wall_ns)
        return first->wall_ns < second->wall_ns ? -1 : 1;
    return (first->quality > second->quality) - (first->quality < second->quality);
}

/* Sorted, each time once. Times are kept to the millisecond, as the cache writes them. */
static void tidy(struct intensity_series *points, int64_t now_ns, struct answer_faults *faults_out)
{
    struct answer_faults faults = { 0 };
    size_t kept = 0;

    for (size_t i = 0; i < points->count; i++) {
        struct intensity_point point = points->points[i];

        if (isnan(point.gco2e_per_kwh)) /* a hole that the provider told */
            continue;
        if (!is_possible(&point)) {
            faults.impossible++;
            continue;
        }
        if (is_ahead(&point, now_ns)) {
            faults.ahead++;
            continue;
        }
        point.wall_ns -= point.wall_ns % NSEC_PER_MSEC;
        points->points[kept++] = point;
    }
    if (kept > 1)
        qsort(points->points, kept, sizeof(*points->points), by_time_and_quality);
    points->count = 0;
    for (size_t i = 0; i < kept; i++) {
        if (points->count > 0 &&
            points->points[points->count - 1].wall_ns == points->points[i].wall_ns)
            continue;
        points->points[points->count++] = points->points[i];
    }
    *faults_out = faults;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *first = a;
    const int64_t *second = b;

    return (*first > *second) - (*first < *second);
}

/* What half of the values are apart, an hour at most: a provider of minutes may have hours alone for a zone. */
static int64_t own_step_ns(const struct intensity_series *points, int64_t step_ns)
{
    AICO2_CLEANUP(freep) int64_t *apart = NULL;
    size_t count = points->count < 3 ? 0 : points->count - 1;

    if (count > 0)
        apart = malloc(count * sizeof(*apart));
    if (apart == NULL)
        return step_ns;
    for (size_t i = 0; i < count; i++)
        apart[i] = points->points[i + 1].wall_ns - points->points[i].wall_ns;
    qsort(apart, count, sizeof(*apart), by_size);
    return apart[count / 2] > step_ns && apart[count / 2] <= HOUR_NS ? apart[count / 2] : step_ns;
}

/* Until when the value of a point holds. */
static int64_t end_of(const struct intensity_series *points, size_t index, int64_t step_ns)
{
    int64_t begin = points->points[index].wall_ns;

    if (index + 1 < points->count &&
        points->points[index + 1].wall_ns - begin <= step_ns + step_ns / 2)
        return points->points[index + 1].wall_ns;
    return begin + step_ns;
}

int timeline_of_answer(struct intensity_series *points, const struct timespan *span,
                       int64_t step_ns, int64_t now_ns, bool complete,
                       struct timeline *timeline_out, struct answer_faults *faults_out)
{
    enum piece_kind hole = complete ? PIECE_NONE : PIECE_UNASKED;
    struct timeline timeline = { 0 };
    int64_t at = span->from_ns; /* told so far */
    int r = 0;

    tidy(points, now_ns, faults_out);
    step_ns = own_step_ns(points, step_ns);
    for (size_t i = 0; i < points->count && r == 0 && at < span->to_ns; i++) {
        const struct intensity_point *point = &points->points[i];
        int64_t begin = point->wall_ns > at ? point->wall_ns : at;
        int64_t end = end_of(points, i, step_ns);

        if (end <= at || begin >= span->to_ns)
            continue;
        if (begin > at)
            r = add(&timeline, at, hole, NAN, now_ns);
        if (r == 0)
            r = add(&timeline, begin, (enum piece_kind)point->quality, point->gco2e_per_kwh,
                    now_ns);
        at = end < span->to_ns ? end : span->to_ns;
    }
    if (r == 0 && at < span->to_ns)
        r = add(&timeline, at, hole, NAN, now_ns);
    if (r == 0)
        r = add(&timeline, span->to_ns, PIECE_UNASKED, NAN, now_ns);
    if (r < 0) {
        timeline_deinit(&timeline);
        return r;
    }
    timeline_deinit(timeline_out);
    *timeline_out = timeline;
    return 0;
}

/* --- two timelines --- */

/* A place in a timeline while time goes on; piece NULL: before its first. */
struct cursor {
    const struct timeline *timeline;
    size_t next;
    const struct piece *piece;
};

static int64_t cursor_next_ns(const struct cursor *cursor)
{
    return cursor->next < cursor->timeline->count ? cursor->timeline->pieces[cursor->next].wall_ns
                                                  : INT64_MAX;
}

static void cursor_advance(struct cursor *cursor, int64_t wall_ns)
{
    while (cursor_next_ns(cursor) <= wall_ns)
        cursor->piece = &cursor->timeline->pieces[cursor->next++];
}

static bool is_asked(const struct piece *piece)
{
    return piece != NULL && piece->kind != PIECE_UNASKED;
}

static const struct piece *choose(const struct piece *base, const struct piece *top)
{
    if (!is_asked(top))
        return base;
    if (top->kind == PIECE_NONE && base != NULL &&
        (base->kind == PIECE_MEASURED || base->kind == PIECE_ESTIMATED))
        return base;
    return top;
}

int timeline_overlay(const struct timeline *base, const struct timeline *top,
                     struct timeline *timeline_out)
{
    struct cursor under = { .timeline = base };
    struct cursor over = { .timeline = top };
    struct timeline result = { 0 };
    const struct piece *last = NULL;

    for (;;) {
        int64_t below = cursor_next_ns(&under);
        int64_t above = cursor_next_ns(&over);
        int64_t wall_ns = below < above ? below : above;
        const struct piece *chosen;

        if (wall_ns == INT64_MAX)
            break;
        cursor_advance(&under, wall_ns);
        cursor_advance(&over, wall_ns);
        chosen = choose(under.piece, over.piece);
        if (!is_asked(chosen))
            chosen = NULL;
        if (chosen == last)
            continue;
        if ((chosen == NULL ? add(&result, wall_ns, PIECE_UNASKED, NAN, 0)
                            : add(&result, wall_ns, chosen->kind, chosen->gco2e_per_kwh,
                                  chosen->fetched_wall_ns)) < 0) {
            timeline_deinit(&result);
            return -ENOMEM;
        }
        last = chosen;
    }
    timeline_deinit(timeline_out);
    *timeline_out = result;
    return 0;
}

int timeline_slice(const struct timeline *timeline, const struct timespan *span,
                   struct timeline *timeline_out)
{
    struct timeline slice = { 0 };
    int r = 0;

    for (size_t i = 0; i + 1 < timeline->count && r == 0; i++) {
        struct piece piece = timeline->pieces[i];

        if (timeline->pieces[i + 1].wall_ns <= span->from_ns || piece.wall_ns >= span->to_ns)
            continue;
        if (piece.wall_ns < span->from_ns)
            piece.wall_ns = span->from_ns;
        r = timeline_add(&slice, &piece);
        if (r == 0 && i + 2 == timeline->count && timeline->pieces[i + 1].wall_ns <= span->to_ns)
            r = timeline_add(&slice, &timeline->pieces[i + 1]);
    }
    if (r == 0 && slice.count > 0 && slice.pieces[slice.count - 1].kind != PIECE_UNASKED)
        r = add(&slice, span->to_ns, PIECE_UNASKED, NAN, 0);
    if (r < 0) {
        timeline_deinit(&slice);
        return r;
    }
    timeline_deinit(timeline_out);
    *timeline_out = slice;
    return 0;
}

/* --- age --- */

/* A step, but neither so short that a run of seconds asks twice nor so long that a correction is missed. */
static int64_t step_ttl_ns(int64_t step_ns)
{
    if (step_ns < 5 * MINUTE_NS)
        return 5 * MINUTE_NS;
    return step_ns < HOUR_NS ? step_ns : HOUR_NS;
}

static int64_t ttl_ns(const struct piece *piece, const struct provider *provider)
{
    int64_t age_ns = piece->fetched_wall_ns - piece->wall_ns - provider->step_ns;
    /* two days after it was due a figure has been corrected, or never will be */
    bool is_settled = age_ns > provider->lag_ns + 48 * HOUR_NS;

    if (piece->kind == PIECE_MEASURED && is_settled)
        return 90 * 24 * HOUR_NS;
    if (piece->kind == PIECE_MEASURED && age_ns >= 0)
        return 6 * HOUR_NS;
    return is_settled ? 24 * HOUR_NS : step_ttl_ns(provider->step_ns);
}

bool piece_is_fresh(const struct piece *piece, const struct provider *provider, int64_t now_ns)
{
    if (piece->kind == PIECE_UNASKED || piece->fetched_wall_ns > now_ns + MINUTE_NS)
        return false;
    return now_ns - piece->fetched_wall_ns < ttl_ns(piece, provider);
}

bool timeline_stale(const struct timeline *timeline, const struct timespan *span,
                    const struct provider *provider, int64_t now_ns, struct timespan *stale_out)
{
    struct timespan stale = { INT64_MAX, INT64_MIN };
    int64_t told_ns = span->from_ns; /* all before it was looked at */

    for (size_t i = 0; i + 1 < timeline->count; i++) {
        const struct piece *piece = &timeline->pieces[i];
        int64_t begin = piece->wall_ns > span->from_ns ? piece->wall_ns : span->from_ns;
        int64_t end = piece[1].wall_ns < span->to_ns ? piece[1].wall_ns : span->to_ns;

        if (begin >= end)
            continue;
        if (begin > told_ns || !piece_is_fresh(piece, provider, now_ns)) {
            int64_t since = begin > told_ns ? told_ns : begin;

            if (since < stale.from_ns)
                stale.from_ns = since;
            stale.to_ns = piece_is_fresh(piece, provider, now_ns) ? begin : end;
        }
        told_ns = end;
    }
    if (told_ns < span->to_ns) {
        if (told_ns < stale.from_ns)
            stale.from_ns = told_ns;
        stale.to_ns = span->to_ns;
    }
    if (stale.from_ns >= stale.to_ns)
        return false;
    *stale_out = stale;
    return true;
}

/* --- points --- */

static int add_point(struct intensity_series *series, int64_t wall_ns, double value,
                     enum intensity_point_quality quality)
{
    if (isnan(value) &&
        (series->count == 0 || isnan(series->points[series->count - 1].gco2e_per_kwh)))
        return 0; /* nothing is known before the first anyway */
    if (array_reserve(&series->points, &series->capacity, series->count + 1,
                      sizeof(*series->points)) < 0)
        return -ENOMEM;
    series->points[series->count++] = (struct intensity_point){ wall_ns, value, quality };
    return 0;
}

int timeline_points(const struct timeline *timeline, const struct timespan *span,
                    const struct provider *provider, int64_t now_ns, bool with_stale,
                    struct intensity_series *series, struct timeline_use *use_out)
{
    struct timeline_use use = { .oldest_fetched_ns = INT64_MAX };
    int64_t end_ns = span->from_ns;
    int r = 0;

    series->count = 0;
    for (size_t i = 0; i + 1 < timeline->count && r == 0; i++) {
        const struct piece *piece = &timeline->pieces[i];
        int64_t begin = piece->wall_ns > span->from_ns ? piece->wall_ns : span->from_ns;
        bool is_stale = !piece_is_fresh(piece, provider, now_ns);

        if (piece[1].wall_ns <= span->from_ns || piece->wall_ns >= span->to_ns)
            continue;
        end_ns = piece[1].wall_ns < span->to_ns ? piece[1].wall_ns : span->to_ns;
        if (!has_value(piece) || (is_stale && !with_stale)) {
            r = add_point(series, begin, NAN, POINT_MEASURED);
            continue;
        }
        r = add_point(series, begin, piece->gco2e_per_kwh,
                      (enum intensity_point_quality)piece->kind);
        use.value_count++;
        use.stale_count += is_stale ? 1 : 0;
        if (piece->fetched_wall_ns < use.oldest_fetched_ns)
            use.oldest_fetched_ns = piece->fetched_wall_ns;
    }
    if (r == 0)
        r = add_point(series, end_ns, NAN, POINT_MEASURED);
    if (r == 0)
        *use_out = use;
    return r;
}
