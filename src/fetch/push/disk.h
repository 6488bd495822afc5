/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/disk.h - the queue's files: segments that are written at the end and sent from the beginning
 *
 * The directory belongs to one process at a time (a lock), which begins a segment of its own and never writes
 * to one of a process before it. How far the oldest segment was sent stands in the file `sent`; a segment is
 * removed when all of it was. One with damage is renamed to end in `.damaged` then, and the last few are kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "fetch/push/batch.h"

struct disk_segment {
    uint64_t number;
    uint64_t bytes; /* of records, whole */
    bool has_damage;
};

struct disk {
    int folder_fd; /* -1: not open */
    int lock_fd;
    int sent_fd;
    int write_fd; /* of the last segment; -1: the next record begins one */
    struct disk_segment *segments;
    size_t count, capacity;
    uint64_t sent_bytes; /* of the first segment */
    uint64_t next_number;
    uint64_t segment_bytes;
    uint64_t bytes; /* of all segments */
    bool is_dirty;  /* written since disk_sync() */
    uint64_t damaged_files;
};

#define DISK_NULL ((struct disk){ .folder_fd = -1, .lock_fd = -1, .sent_fd = -1, .write_fd = -1 })

/**
 * disk_open() - the queue of a name below a directory, both made if need be, with what is left in it
 * @segment_bytes: a segment that has reached them is ended; SEGMENT_BYTES at most
 * Return: 0; -EBUSY: another process has it; -errno
 */
int disk_open(struct disk *disk, const char *folder, const char *name, uint64_t segment_bytes,
              struct aico2_error *err);

/* A record at the end, whole or not at all. Return: 0 or -errno, with the message. */
int disk_append(struct disk *disk, const char *block, size_t length, uint32_t samples,
                int64_t wall_ms, struct aico2_error *err);

/* What has been written is kept through a loss of power, too. Return: 0 or -errno. */
int disk_sync(struct disk *disk, struct aico2_error *err);

/**
 * disk_take() - records from the beginning, of one segment; nothing is removed
 * @batch: empty; filled as far as the limits go
 * Return: 1; 0: there are none; -errno: they cannot be read now
 */
int disk_take(struct disk *disk, const struct batch_limits *limits, struct batch *batch);

/* The batch was sent. Return: false when its segment is gone by now. */
bool disk_done(struct disk *disk, const struct batch *batch);

/* Removes the oldest segment. Return: how many samples of it were not sent. */
uint64_t disk_drop_oldest(struct disk *disk);

bool disk_is_empty(const struct disk *disk); /* everything was sent */
uint64_t disk_unsent_bytes(const struct disk *disk);
void disk_close(struct disk *disk);
