/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/series.h - a series of intensities over time, and joules matched to it */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/intensity.h"

void intensity_series_deinit(struct intensity_series *series);

/**
 * intensity_series_read() - CSV `time,gco2e_per_kwh`, RFC 3339 UTC times (unix seconds too)
 * Header required, times strictly rising, values finite and 0..5000. The error names file and line.
 * Return: 0, -EBADMSG for a bad line or a file without values, -errno
 */
int intensity_series_read(const char *path, struct intensity_series *series_out,
                          struct aico2_error *err);

/* The same from text in memory (changed in place, NUL-terminated at length); name: for messages. */
int intensity_series_parse(char *text, size_t length, const char *name,
                           struct intensity_series *series_out, struct aico2_error *err);

/* The value at a time: that of the last point at or before it; before the first point: NAN. */
double intensity_series_at(const struct intensity_series *series, int64_t wall_ns);

/* The point whose value that is, with its quality; before the first one: NULL. */
const struct intensity_point *intensity_series_point(const struct intensity_series *series,
                                                     int64_t wall_ns);

/* The value's band: a measured one's is its origin's, an estimated or foreseen one is off by about twice as
 * much. Without a width where the origin has none, as of a user's file. */
struct band intensity_point_band(const struct intensity_point *point,
                                 const struct intensity_origin *origin);

/* Since when that value holds; before the first point: INT64_MIN. */
int64_t intensity_series_since(const struct intensity_series *series, int64_t wall_ns);

/* Until when the last value is known: it holds as long as the one before it did, an hour where it is alone.
 * INT64_MIN: no values. */
int64_t intensity_series_end(const struct intensity_series *series);

/* The first change after wall_ns, or INT64_MAX. */
int64_t intensity_series_next_change(const struct intensity_series *series, int64_t wall_ns);
