/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/memory_queue.h - records in memory, first in, first out: where there is no disk for them */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fetch/push/batch.h"

struct memory_item {
    uint64_t number;
    char *block;
    size_t length;
    uint32_t samples;
    int64_t wall_ms;
};

/* { 0 } is an empty one. */
struct memory_queue {
    struct memory_item *items; /* from `first` on */
    size_t first, count, capacity;
    uint64_t next_number;
    uint64_t bytes; /* of all blocks */
};

/* The block is copied. Return: 0 or -ENOMEM. */
int memory_queue_add(struct memory_queue *queue, const char *block, size_t length, uint32_t samples,
                     int64_t wall_ms);
/* The oldest; NULL: empty. Borrowed. */
const struct memory_item *memory_queue_first(const struct memory_queue *queue);
void memory_queue_remove_first(struct memory_queue *queue);
/* As disk_take(): a batch of the oldest records, which stay. */
int memory_queue_take(struct memory_queue *queue, const struct batch_limits *limits,
                      struct batch *batch);
void memory_queue_deinit(struct memory_queue *queue);
