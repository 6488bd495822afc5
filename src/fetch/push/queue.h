/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/queue.h - what waits to be sent: on the disk, or in memory for as long as that cannot be
 *
 * Records leave in the order in which they came. What is on the disk is older than what is in memory, for
 * nothing goes to the disk before what memory holds has gone there. Both are bounded; the oldest are dropped,
 * and counted. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fetch/push/batch.h"
#include "fetch/push/disk.h"
#include "fetch/push/memory_queue.h"

enum { QUEUE_MESSAGE_SIZE = 256 };

struct queue_options {
    const char *folder; /* "" : memory alone */
    const char *name;   /* of the queue's own folder below it */
    uint64_t disk_bytes_max;
    uint64_t memory_bytes_max;
};

struct queue {
    struct queue_options options;
    struct disk disk;
    struct memory_queue memory;
    int64_t next_try_mono_ns; /* of a disk that failed */
    int64_t hold_mono_ns;     /* until then memory waits for the disk that another process has */
    int64_t next_sync_mono_ns;
    uint64_t dropped_samples;
    char message[QUEUE_MESSAGE_SIZE]; /* why there is no disk; "" there is */
    bool is_out;                      /* a batch is under way: */
    uint64_t out_segment;
    uint64_t out_end;
    uint32_t out_samples;
};

/* Opens what is left of an earlier process. What fails is in the message, and tried again. */
void queue_init(struct queue *queue, const struct queue_options *options, int64_t now_mono_ns);

void queue_add(struct queue *queue, const char *block, size_t length, uint32_t samples,
               int64_t wall_ms, int64_t now_mono_ns);

/* Now and then: a disk that failed is tried again, what was written is made to last. */
void queue_turn(struct queue *queue, int64_t now_mono_ns);

/**
 * queue_take() - the oldest records, for one request; they stay until queue_done()
 * @batch: cleared before. Each batch is followed by queue_done() or queue_back() before the next.
 * Return: 1; 0: nothing waits, or what a process before this one left may come first; -errno: it cannot be read now
 */
int queue_take(struct queue *queue, const struct batch_limits *limits, int64_t now_mono_ns,
               struct batch *batch);
/* The server has it, or will never have it. */
void queue_done(struct queue *queue, const struct batch *batch);
/* It could not be sent. */
void queue_back(struct queue *queue, const struct batch *batch);

bool queue_is_empty(const struct queue *queue);
bool queue_is_on_disk(const struct queue *queue);
uint64_t queue_bytes(const struct queue *queue);
void queue_deinit(struct queue *queue);
