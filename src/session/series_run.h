/* SPDX-License-Identifier: Apache-2.0 */
/* session/series_run.h - the sums of a run out of readings that somebody else took */
#pragma once

#include "base/error.h"
#include "history/history.h"
#include "model/intensity.h"
#include "model/series.h"

/* Of all devices; as fine as the readings while there are few, coarser the longer the series is. */
struct series_rows {
    struct history_sample *items;
    size_t count;
};
void series_rows_deinit(struct series_rows *rows);

/* Hours of all devices together: 16 devices for six years. What claims more would fill the memory. */
enum { SERIES_SLICES_MAX = 1000000 };
/* Return: -EFBIG */
int series_refuse_length(struct aico2_error *err);

/**
 * series_run_read() - read a series to its end, through the meters that live readings go through
 * @intensity: NULL, or what the slices are cut by
 * @record:    its devices, totals and slices are made, and of its run the times and the interval; the
 *             rest of the run is the caller's. Also after a failure history_record_deinit() frees.
 * A power holds until the next one: trapezoids, with holes of more than 2.5 intervals as gaps. The
 * interval is the series' own, or the median of its first steps. Memory does not grow with the length
 * of the series but for an hour's slice per device. What belongs to whom no series tells: all of it
 * is the run's.
 * Return: 0; -ENODATA without two readings of one device; -EFBIG; what the series gave; -ENOMEM
 */
int series_run_read(struct series *series, const struct intensity_series *intensity,
                    struct history_record *record, struct series_rows *rows_out,
                    struct aico2_error *err);
