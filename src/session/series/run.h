/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/run.h - the sums of a run out of readings that somebody else took */
#pragma once

#include "base/error.h"
#include "energy/meter.h"
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

/* What the readings of a device leave open about its energy. */
struct series_doubt {
    double joules; /* between the readings: powers may have been others there */
    double
        lost_joules; /* drawn before a counter began anew, and not read any more; no part of the above */
    uint64_t resets;     /* how often one did */
    uint64_t unbelieved; /* jumps that no such device makes: gaps */
};

/* A stretch of time, where the readings are not all of it or go beyond it. */
struct series_window {
    int64_t from_wall_ns; /* readings before and after are used to meet its edges exactly */
    int64_t to_wall_ns;
    bool whole; /* one slice a device and no hours, where there is nothing to cut by */
    const struct power_model *models; /* one a device; NULL: linear, by the device's own watts */
    struct series_doubt *doubts;      /* one a device, to be filled; NULL */
};

/**
 * series_run_read() - read a series to its end, through the meters that live readings go through
 * @window:    NULL: from the first reading to the last
 * @intensity: NULL, or what the slices are cut by
 * @record:    its devices, totals and slices are made, and of its run the times and the interval; the
 *             rest of the run is the caller's. Also after a failure history_record_deinit() frees.
 * @rows_out:  NULL: none are made
 * A power holds until the next one: trapezoids, with holes of more than 2.5 intervals as gaps. The
 * interval is the series' own, or the median of its first steps. Memory does not grow with the length
 * of the series but for an hour's slice per device. What belongs to whom no series tells: all of it
 * is the run's. Within a window powers are interpolated at its edges, and what a counter counted across
 * one is divided by time.
 * Return: 0; -ENODATA without two readings of one device; -EFBIG; what the series gave; -ENOMEM
 */
int series_run_read(struct series *series, const struct series_window *window,
                    const struct intensity_series *intensity, struct history_record *record,
                    struct series_rows *rows_out, struct aico2_error *err);
