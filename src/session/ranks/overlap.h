/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/overlap.h - what two runs measured of one device at the same time, counted once */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "history/history.h"

/* A stretch of time in which a device of the whole was measured; those of a device do not overlap. */
struct stretch {
    size_t device;
    int64_t from_ns;
    int64_t to_ns;
};

struct stretch_list {
    struct stretch *items;
    size_t count;
    size_t capacity;
};

/* Return: 0 or -ENOMEM. */
int stretches_add(struct stretch_list *list, struct stretch stretch);
/* How much of a stretch is in the list already, ns. */
int64_t stretches_known_ns(const struct stretch_list *list, struct stretch stretch);

/**
 * overlap_take_out() - a part's sums without what earlier parts have
 * @places: which device of the whole each of the part's is
 * Totals and slices are changed: of the time in which a device was measured before, its energy and what nobody used are
 * the earlier part's; the job's work stays, and is taken from what the earlier part took for others'. Within a slice
 * the power is taken to have been the same.
 * Return: how much of the part's time that was, ns, at the device with the most; 0: none
 */
int64_t overlap_take_out(const struct stretch_list *known, struct history_record *part,
                         const size_t *places);
