/* SPDX-License-Identifier: Apache-2.0 */
/* session/slicing.h - which stretch of wall-clock time with one intensity a moment belongs to */
#pragma once

#include <stdint.h>

#include "model/intensity.h"
#include "model/slice.h"

/* The start of the hour, or of the series' later value; series may be NULL. */
int64_t slicing_start(const struct intensity_series *series, int64_t wall_ns);
/* The end of the slice that wall_ns lies in. */
int64_t slicing_end(const struct intensity_series *series, int64_t wall_ns);

/* The slice of a device that begins at a time, made if there is none. NULL: out of memory. */
struct slice *slicing_at(struct slice_list *slices, int device, int64_t start_wall_ns);

/* Adds an interval to the slices of its device, split by time. Return: 0 or -ENOMEM. */
int slicing_add(struct slice_list *slices, const struct intensity_series *series, int device,
                const struct energy_sums *sums, int64_t start_wall_ns, int64_t end_wall_ns);

/* The same in steps of a whole part of an hour: for values that are known only later. */
int slicing_add_by(struct slice_list *slices, const struct intensity_series *series,
                   int64_t step_ns, int device, const struct energy_sums *sums,
                   int64_t start_wall_ns, int64_t end_wall_ns);

/* What was added for a device counts no more. */
void slicing_forget(struct slice_list *slices, int device);

/* One slice a device, of all of its time, where no value changes in it. Return: 0 or -ENOMEM. */
int slicing_from_totals(struct slice_list *slices, const struct device_totals *totals,
                        size_t device_count, int64_t start_wall_ns);
