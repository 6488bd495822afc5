/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/rows.h - the intervals of a series as rows, never more than so many of a device */
#pragma once

#include "energy/meter.h"
#include "history/history.h"

enum { SERIES_ROWS_MAX = 8192 };

/* Each row holds `stride` intervals; when the list is full, neighbours become one. */
struct row_list {
    struct history_sample *items;
    size_t count;
    size_t capacity;
    size_t most;          /* rows; 0: SERIES_ROWS_MAX */
    size_t stride;        /* 0: 1 */
    size_t pending_count; /* intervals in the row that is not whole yet */
    struct history_sample pending;
};

void row_list_deinit(struct row_list *list);
/* Return: 0 or -ENOMEM. */
int row_list_add(struct row_list *list, int device, const struct interval *interval,
                 const struct energy_sums *sums, int64_t end_wall_ns);
/* The row that is not whole becomes the last one. */
int row_list_finish(struct row_list *list);
