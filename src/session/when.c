/* SPDX-License-Identifier: Apache-2.0 */
/* session/when.c - the greenest stretch of time ahead, for a job of known length */
#include "session/when.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time_text.h"
#include "carbon/greenest.h"
#include "carbon/series.h"

static struct when_stretch stretch_now(const struct intensity_series *series,
                                       const struct when *when)
{
    int64_t end_ns = when->from_ns + when->duration_ns;
    double mean = greenest_mean(series, when->from_ns, end_ns);

    return (struct when_stretch){ .start_ns = when->from_ns,
                                  .end_ns = end_ns,
                                  .gco2e_per_kwh = mean,
                                  .low = mean,
                                  .high = mean };
}

/* The band of what its values rest on: errors of hours beside each other are alike, they add. */
static void add_band(const struct intensity_series *series, struct when_stretch *stretch)
{
    double low = 0;
    double high = 0;

    if (!(series->origin.band_ratio > 0) || isnan(stretch->gco2e_per_kwh))
        return;
    for (int64_t at_ns = stretch->start_ns; at_ns < stretch->end_ns;) {
        int64_t next_ns = intensity_series_next_change(series, at_ns);
        struct band band =
            intensity_point_band(intensity_series_point(series, at_ns), &series->origin);

        if (next_ns > stretch->end_ns)
            next_ns = stretch->end_ns;
        low += band.low * seconds_from_ns(next_ns - at_ns);
        high += band.high * seconds_from_ns(next_ns - at_ns);
        at_ns = next_ns;
    }
    stretch->low = low / seconds_from_ns(stretch->end_ns - stretch->start_ns);
    stretch->high = high / seconds_from_ns(stretch->end_ns - stretch->start_ns);
}

/* Two stretches that know nothing of each other: from the worst of both to the best. */
static void widen_saving(struct band *saving_ratio, const struct when_stretch *best,
                         const struct when_stretch *now)
{
    if (!band_is_known(*saving_ratio))
        return;
    saving_ratio->low = now->low > 0 ? 1 - best->high / now->low : -INFINITY;
    saving_ratio->high = 1 - best->low / now->high;
}

/* Without a width. */
static struct band saving_of(const struct when_stretch *best, const struct when_stretch *now)
{
    double ratio;

    if (!(now->gco2e_per_kwh > 0))
        return BAND_NONE;
    ratio = 1 - best->gco2e_per_kwh / now->gco2e_per_kwh;
    return (struct band){ ratio, ratio, ratio };
}

static int by_typical_day(const struct when_query *query, struct when *when,
                          struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series ahead = { 0 };
    char end[40];
    int r = greenest_typical_day(query->series, when->from_ns, when->until_ns, &ahead, &when->days);

    if (r == -ENODATA) {
        wall_time_format(end, sizeof(end), greenest_series_end(query->series));
        return aico2_error_set(
            err, r,
            "'%.100s' speaks until %s: no such stretch of time ahead is covered, "
            "and no whole day before to go by",
            query->source, end);
    }
    if (r < 0)
        return aico2_error_set(err, r, "out of memory");
    when->basis = WHEN_TYPICAL_DAY;
    when->known_until_ns = when->until_ns;
    if (!greenest_find(&ahead, when->from_ns, when->until_ns, when->duration_ns, &when->best))
        return aico2_error_set(err, -ENODATA,
                               "'%.100s' has gaps at the same hours of each day: no stretch of "
                               "that length is covered",
                               query->source);
    when->now = stretch_now(&ahead, when);
    greenest_spread(query->series, when->from_ns, when->days, &when->best);
    greenest_spread(query->series, when->from_ns, when->days, &when->now);
    when->saving_ratio = saving_of(&when->best, &when->now);
    if (band_is_known(when->saving_ratio))
        greenest_saving_spread(query->series, when->from_ns, when->days, &when->best, &when->now,
                               &when->saving_ratio);
    return 0;
}

/* No hour is better than another: at once, with the band of the place. */
static void by_year(const struct when_query *query, struct when *when)
{
    const struct band band = query->place.gco2e_per_kwh;

    when->basis = WHEN_YEARLY;
    when->known_until_ns = when->until_ns;
    when->now = (struct when_stretch){ .start_ns = when->from_ns,
                                       .end_ns = when->from_ns + when->duration_ns,
                                       .gco2e_per_kwh = band.value,
                                       .low = band.low,
                                       .high = band.high };
    when->best = when->now;
    when->saving_ratio = saving_of(&when->best, &when->now);
}

int when_make(const struct when_query *query, struct when *when_out, struct aico2_error *err)
{
    const struct intensity_series *series = query->series;
    struct when when = {
        .from_ns = query->from_ns,
        .until_ns = query->from_ns + query->within_ns,
        .duration_ns = query->duration_ns,
        .saving_ratio = BAND_NONE,
        .place = query->place,
    };

    if (query->duration_ns > query->within_ns)
        return aico2_error_set(err, -EINVAL,
                               "the job takes longer than the time it has: give a --within of at "
                               "least --duration");
    text_copy_clean(when.source, sizeof(when.source),
                    series != NULL ? query->source : query->place.source);
    if (series == NULL) {
        by_year(query, &when);
    } else if (greenest_find(series, when.from_ns, when.until_ns, when.duration_ns, &when.best)) {
        when.basis = WHEN_FORECAST;
        when.known_until_ns = greenest_series_end(series);
        when.now = stretch_now(series, &when);
        when.saving_ratio = saving_of(&when.best, &when.now);
        add_band(series, &when.best);
        add_band(series, &when.now);
        if (when.best.start_ns != when.now.start_ns && when.now.low < when.now.high)
            widen_saving(&when.saving_ratio, &when.best, &when.now);
    } else {
        int r = by_typical_day(query, &when, err);

        if (r < 0)
            return r;
    }
    *when_out = when;
    return 0;
}

bool when_ask_again(const struct when *when, int64_t now_ns, struct when_query *query)
{
    if (now_ns - when->best.start_ns < WHEN_AT_ONCE_NS ||
        when->until_ns - now_ns < when->duration_ns)
        return false;
    query->from_ns = now_ns;
    query->within_ns = when->until_ns - now_ns;
    return true;
}

/* A user's file is of the kind that the user says: it is taken for that of all others. */
static bool differs_in_kind(const struct when *a, const struct when *b)
{
    return a->basis == WHEN_YEARLY && b->basis == WHEN_YEARLY
               ? strcmp(a->place.kind, b->place.kind) != 0
               : a->basis == WHEN_YEARLY || b->basis == WHEN_YEARLY;
}

struct when_choice when_choose(struct when *places, size_t count)
{
    struct when_choice choice = { .places = places, .count = count };
    const struct when_stretch *best;
    const struct when_stretch *now = &places[0].now;

    for (size_t i = 1; i < count; i++) {
        if (places[i].best.gco2e_per_kwh < places[choice.best].best.gco2e_per_kwh)
            choice.best = i;
        choice.kinds_differ = choice.kinds_differ || differs_in_kind(&places[i], &places[0]);
    }
    best = &places[choice.best].best;
    choice.saving_ratio = choice.best == 0 ? places[0].saving_ratio : saving_of(best, now);
    if (choice.best != 0)
        widen_saving(&choice.saving_ratio, best, now);
    return choice;
}
