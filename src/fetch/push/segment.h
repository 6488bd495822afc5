/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/segment.h - the bytes of a file of the queue: records that tell whether they are whole
 *
 *     struct segment_head, then struct record_head and its block, again and again
 *
 * As they lie in memory, for a queue never leaves its machine. A file ends where the process that wrote it
 * did: what is cut off there was never said to be stored. Any other bytes that are no record are damage; what
 * comes behind it is found again by the mark of the next record.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum {
    SEGMENT_BYTES = 1 << 20,      /* a file that has reached them is ended */
    RECORD_BLOCK_MAX = 512 << 10, /* of a piece of PIECE_BYTES_MAX, whatever snappy makes of it */
    RECORD_PLAIN_MAX = 320 << 10,
    RECORD_SAMPLES_MAX = 1 << 16,
};

struct segment_head {
    char magic[8]; /* "aico2seg" */
    uint32_t version;
    uint32_t zero;
};

struct record_head {
    uint32_t magic;
    uint32_t crc; /* CRC-32C of what follows it: the rest of this head, and the block */
    uint32_t length;
    uint32_t samples;
    int64_t wall_ms;
};

#define SEGMENT_HEAD_SIZE sizeof(struct segment_head)
#define RECORD_MAGIC UINT32_C(0x3270c0a1)

enum segment_find {
    SEGMENT_RECORD, /* one stands here */
    SEGMENT_END,    /* no byte more */
    SEGMENT_TORN,   /* one begins and is cut off */
    SEGMENT_DAMAGE, /* something else stands here; `next` is where a record is found again, or the end */
};

struct segment_record {
    struct record_head head;
    const char *block; /* head.length bytes */
    size_t next;       /* where to go on */
};

void segment_head_make(struct segment_head *head_out);

/* Adds a record. The block is at most RECORD_BLOCK_MAX. */
void segment_add_record(struct strbuf *buffer, const char *block, size_t length, uint32_t samples,
                        int64_t wall_ms);

/**
 * segment_find() - what stands at a place of a segment
 * @at: 0 is the head of the file, which is looked at and passed over
 */
enum segment_find segment_find(const char *bytes, size_t size, size_t at,
                               struct segment_record *record_out);
