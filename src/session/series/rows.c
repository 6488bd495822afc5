/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/rows.c - the intervals of a series as rows, never more than so many of a device */
#include "session/series/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"

void row_list_deinit(struct row_list *list)
{
    free(list->items);
    *list = (struct row_list){ 0 };
}

/* Two that follow each other. */
static void join(struct history_sample *row, const struct history_sample *next)
{
    energy_sums_add(&row->sums, &next->sums);
    row->interval_seconds += next->interval_seconds;
    row->end_wall_ns = next->end_wall_ns;
    row->power_watts =
        row->sums.covered_seconds > 0 ? row->sums.joules / row->sums.covered_seconds : NAN;
}

static void halve(struct row_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i += 2) {
        list->items[kept] = list->items[i];
        if (i + 1 < list->count)
            join(&list->items[kept], &list->items[i + 1]);
        kept++;
    }
    list->count = kept;
    list->stride *= 2;
}

static int push(struct row_list *list)
{
    if (array_reserve(&list->items, &list->capacity, list->count + 1, sizeof(*list->items)) < 0)
        return -ENOMEM;
    list->items[list->count++] = list->pending;
    list->pending_count = 0;
    if (list->count == (list->most > 0 ? list->most : SERIES_ROWS_MAX))
        halve(list);
    return 0;
}

int row_list_add(struct row_list *list, int device, const struct interval *interval,
                 const struct energy_sums *sums, int64_t end_wall_ns)
{
    const struct history_sample row = {
        .end_wall_ns = end_wall_ns,
        .interval_seconds = interval->seconds,
        .device = device,
        .sums = *sums,
        .power_watts = interval->gap ? NAN : interval->watts,
    };

    if (list->stride == 0)
        list->stride = 1;
    if (list->pending_count++ == 0)
        list->pending = row;
    else
        join(&list->pending, &row);
    return list->pending_count >= list->stride ? push(list) : 0;
}

int row_list_finish(struct row_list *list)
{
    return list->pending_count > 0 ? push(list) : 0;
}
