/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/series_set.h - the series of a snapshot, each once: what is twice, and what has gone */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct series_item {
    uint64_t hash;
    size_t begin; /* of its labels, in the texts */
    size_t length;
};

/* { 0 } is an empty set. */
struct series_set {
    struct series_item *items;
    size_t count, capacity;
    uint32_t *slots; /* of a table of open addresses: index + 1, 0 free */
    size_t slot_count;
    struct strbuf texts;
};

/**
 * series_set_add() - the labels of a series, as they are sent: sorted, so that the same is the same
 * Return: 1; 0: it is there already; -ENOMEM
 */
int series_set_add(struct series_set *set, const char *labels, size_t length);
bool series_set_has(const struct series_set *set, const char *labels, size_t length);
/* Empties it and keeps its memory. */
void series_set_clear(struct series_set *set);
void series_set_deinit(struct series_set *set);
