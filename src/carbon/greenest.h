/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/greenest.h - the stretch of time with the least carbon ahead, over a series of intensities */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/documents.h"
#include "model/intensity.h"

/* Until when a series speaks: its last value holds as long as the one before it did, an hour if it is
 * the only one. */
int64_t greenest_series_end(const struct intensity_series *series);

/* The time-weighted mean of the series over [start, end); NAN where it does not speak all the time. */
double greenest_mean(const struct intensity_series *series, int64_t start_ns, int64_t end_ns);

/**
 * greenest_find() - the start whose stretch of duration_ns has the lowest mean
 * The stretch lies within [from_ns, until_ns] and where the series speaks all the time, without a gap. The mean over a sliding stretch of
 * a function of steps is linear between the places where one of its ends meets a step: the best start is
 * exact, the earliest of equals.
 * Return: false when no stretch fits.
 */
bool greenest_find(const struct intensity_series *series, int64_t from_ns, int64_t until_ns,
                   int64_t duration_ns, struct when_stretch *best_out);

/**
 * greenest_typical_day() - the days ahead as the mean of the days before
 * For each hour of the day (UTC) the time-weighted mean over the whole days of the series that end at or
 * before from_ns, repeated from the hour of from_ns on until until_ns. At least one whole day is needed; an hour that has
 * a gap on one of them is that of the others, NAN where it has one on all.
 * days_out: how many there were. Return: 0; -ENODATA when the series holds no whole day before; -ENOMEM.
 */
int greenest_typical_day(const struct intensity_series *past, int64_t from_ns, int64_t until_ns,
                         struct intensity_series *ahead_out, size_t *days_out);

/**
 * greenest_spread() - how a stretch at that time of day came out on each of those days
 * Its low and high become the lowest and the highest mean.
 */
void greenest_spread(const struct intensity_series *past, int64_t from_ns, size_t days,
                     struct when_stretch *stretch);

/* And what `best` would have saved of `now` on each of them: day by day, for a grid that is clean on a day is so in
 * both. Widens saving. */
void greenest_saving_spread(const struct intensity_series *past, int64_t from_ns, size_t days,
                            const struct when_stretch *best, const struct when_stretch *now,
                            struct band *saving);
