/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/greenest.c - the stretch of time with the least carbon ahead, over a series of intensities */
#include "carbon/greenest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "carbon/series.h"

enum { HOURS = 24 };

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
static const int64_t DAY_NS = HOURS * 3600 * NSEC_PER_SEC;

int64_t greenest_series_end(const struct intensity_series *series)
{
    const struct intensity_point *last = &series->points[series->count - 1];

    if (isnan(last->gco2e_per_kwh))
        return last->wall_ns;
    return last->wall_ns + (series->count > 1 ? last->wall_ns - last[-1].wall_ns : HOUR_NS);
}

double greenest_mean(const struct intensity_series *series, int64_t start_ns, int64_t end_ns)
{
    double sum = 0;

    if (start_ns < series->points[0].wall_ns || end_ns > greenest_series_end(series) ||
        end_ns <= start_ns)
        return NAN;
    for (int64_t at_ns = start_ns; at_ns < end_ns;) {
        int64_t next_ns = intensity_series_next_change(series, at_ns);

        if (next_ns > end_ns)
            next_ns = end_ns;
        sum += intensity_series_at(series, at_ns) * seconds_from_ns(next_ns - at_ns);
        at_ns = next_ns;
    }
    return sum / seconds_from_ns(end_ns - start_ns);
}

/* Whether one mean is lower by more than the roundings of two sums. */
static bool is_lower(double a, double b)
{
    return a < b - 1e-9 * (1 + fabs(b));
}

/* A stretch that slides over the series: what of it is known, and how much is not. */
struct sliding {
    const struct intensity_series *series;
    int64_t duration_ns;
    double sum; /* value x seconds of what is known */
    int64_t unknown_ns;
};

/* Adds the value at a time for as long as that, or takes it away. */
static void slide_add(struct sliding *sliding, int64_t at_ns, int64_t length_ns)
{
    double value = intensity_series_at(sliding->series, at_ns);

    if (isnan(value))
        sliding->unknown_ns += length_ns;
    else
        sliding->sum += value * seconds_from_ns(length_ns);
}

static void slide_to(struct sliding *sliding, int64_t start_ns)
{
    int64_t end_ns = start_ns + sliding->duration_ns;

    sliding->sum = 0;
    sliding->unknown_ns = 0;
    for (int64_t at_ns = start_ns; at_ns < end_ns;) {
        int64_t next_ns = intensity_series_next_change(sliding->series, at_ns);

        if (next_ns > end_ns)
            next_ns = end_ns;
        slide_add(sliding, at_ns, next_ns - at_ns);
        at_ns = next_ns;
    }
}

/* The next start at which the start or the end of the stretch meets a step. */
static int64_t next_start(const struct sliding *sliding, int64_t at_ns)
{
    int64_t next_ns = intensity_series_next_change(sliding->series, at_ns);
    int64_t by_end_ns = intensity_series_next_change(sliding->series, at_ns + sliding->duration_ns);

    if (by_end_ns != INT64_MAX && by_end_ns - sliding->duration_ns < next_ns)
        next_ns = by_end_ns - sliding->duration_ns;
    return next_ns;
}

/* NAN where not all of it is known. */
static double sliding_mean(const struct sliding *sliding)
{
    return sliding->unknown_ns > 0 ? NAN : sliding->sum / seconds_from_ns(sliding->duration_ns);
}

bool greenest_find(const struct intensity_series *series, int64_t from_ns, int64_t until_ns,
                   int64_t duration_ns, struct when_stretch *best_out)
{
    struct sliding sliding = { .series = series, .duration_ns = duration_ns };
    int64_t end_ns = greenest_series_end(series);
    int64_t best_ns = from_ns;
    double best = INFINITY;

    if (from_ns < series->points[0].wall_ns)
        from_ns = series->points[0].wall_ns;
    if (until_ns > end_ns)
        until_ns = end_ns;
    if (duration_ns <= 0 || until_ns - from_ns < duration_ns)
        return false;
    until_ns -= duration_ns; /* from here on: the latest start */
    slide_to(&sliding, from_ns);
    for (int64_t at_ns = from_ns;;) {
        int64_t next_ns = next_start(&sliding, at_ns);
        double mean = sliding_mean(&sliding);

        if (is_lower(mean, best) || (isinf(best) && !isnan(mean))) {
            best = mean;
            best_ns = at_ns;
        }
        if (at_ns >= until_ns)
            break;
        if (next_ns > until_ns)
            next_ns = until_ns;
        slide_add(&sliding, at_ns + duration_ns, next_ns - at_ns);
        slide_add(&sliding, at_ns, -(next_ns - at_ns));
        at_ns = next_ns;
    }
    if (isinf(best))
        return false;
    best = greenest_mean(series, best_ns, best_ns + duration_ns); /* without the sum's roundings */
    *best_out = (struct when_stretch){ .start_ns = best_ns,
                                       .end_ns = best_ns + duration_ns,
                                       .gco2e_per_kwh = best,
                                       .low = best,
                                       .high = best };
    return true;
}

static int64_t hour_of(int64_t wall_ns)
{
    return wall_ns - wall_ns % HOUR_NS;
}

/* Whole days before, back from the last full hour that the series speaks of. */
static size_t count_days(const struct intensity_series *past, int64_t from_ns, int64_t *end_ns_out)
{
    int64_t end_ns = greenest_series_end(past);

    end_ns = hour_of(end_ns < from_ns ? end_ns : from_ns);
    *end_ns_out = end_ns;
    if (end_ns <= past->points[0].wall_ns)
        return 0;
    return (size_t)((end_ns - past->points[0].wall_ns) / DAY_NS);
}

int greenest_typical_day(const struct intensity_series *past, int64_t from_ns, int64_t until_ns,
                         struct intensity_series *ahead_out, size_t *days_out)
{
    struct intensity_series ahead = { 0 };
    double hours[HOURS] = { 0 };
    size_t known[HOURS] = { 0 };
    int64_t end_ns;
    size_t days = count_days(past, from_ns, &end_ns);

    if (days == 0)
        return -ENODATA;
    for (size_t i = 0; i < days * HOURS; i++) {
        int64_t start_ns = end_ns - (int64_t)(i + 1) * HOUR_NS;
        double mean = greenest_mean(past, start_ns, start_ns + HOUR_NS);

        if (isnan(mean)) /* a gap of that day */
            continue;
        hours[start_ns / HOUR_NS % HOURS] += mean;
        known[start_ns / HOUR_NS % HOURS]++;
    }
    for (size_t hour = 0; hour < HOURS; hour++)
        hours[hour] = known[hour] > 0 ? hours[hour] / (double)known[hour] : NAN;
    for (int64_t at_ns = hour_of(from_ns); at_ns < until_ns; at_ns += HOUR_NS) {
        if (array_reserve(&ahead.points, &ahead.capacity, ahead.count + 1, sizeof(*ahead.points)) <
            0) {
            intensity_series_deinit(&ahead);
            return -ENOMEM;
        }
        ahead.points[ahead.count++] =
            (struct intensity_point){ .wall_ns = at_ns,
                                      .gco2e_per_kwh = hours[at_ns / HOUR_NS % HOURS] };
    }
    *ahead_out = ahead;
    *days_out = days;
    return 0;
}

/* The last time at which a stretch at that time of day was over: its start. */
static int64_t last_past(const struct when_stretch *stretch, int64_t end_ns)
{
    int64_t back_ns = stretch->start_ns;

    while (back_ns + (stretch->end_ns - stretch->start_ns) > end_ns)
        back_ns -= DAY_NS;
    return back_ns;
}

void greenest_spread(const struct intensity_series *past, int64_t from_ns, size_t days,
                     struct when_stretch *stretch)
{
    int64_t end_ns;
    size_t whole = count_days(past, from_ns, &end_ns);
    int64_t back_ns = last_past(stretch, end_ns);

    for (size_t i = 0; i < days && i < whole; i++, back_ns -= DAY_NS) {
        double mean = greenest_mean(past, back_ns, back_ns + (stretch->end_ns - stretch->start_ns));

        if (isnan(mean))
            continue;
        stretch->low = fmin(stretch->low, mean);
        stretch->high = fmax(stretch->high, mean);
    }
}

void greenest_saving_spread(const struct intensity_series *past, int64_t from_ns, size_t days,
                            const struct when_stretch *best, const struct when_stretch *now,
                            struct band *saving)
{
    int64_t length_ns = best->end_ns - best->start_ns;
    int64_t end_ns;
    size_t whole = count_days(past, from_ns, &end_ns);
    int64_t best_ns = last_past(best, end_ns);

    for (size_t i = 0; i < days && i < whole; i++, best_ns -= DAY_NS) {
        int64_t now_ns = best_ns - (best->start_ns - now->start_ns);
        double now_mean = greenest_mean(past, now_ns, now_ns + length_ns);
        double ratio = 1 - greenest_mean(past, best_ns, best_ns + length_ns) / now_mean;

        if (!isfinite(ratio))
            continue;
        saving->low = fmin(saving->low, ratio);
        saving->high = fmax(saving->high, ratio);
    }
}
