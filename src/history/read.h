/* SPDX-License-Identifier: Apache-2.0 */
/* history/read.h - the devices of a run, which walking its samples needs too */
#pragma once

#include "history/database.h"
#include "history/history.h"

/* The caller frees *devices_out and *totals_out (NULL: not wanted). */
int read_devices(struct database *database, int64_t run_key, struct device **devices_out,
                 struct device_totals **totals_out, size_t *count_out, struct aico2_error *err);

/* Slices of a run: sql selects a start, a device below device_count and SUM_COLUMNS where run = ?. They are added to
 * the list. */
int read_slice_rows(struct database *database, int64_t run_key, const char *sql,
                    size_t device_count, struct slice_list *slices, struct aico2_error *err);
