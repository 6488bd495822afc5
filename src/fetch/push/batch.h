/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/batch.h - what is sent in one request: records of the queue, in order, as one WriteRequest */
#pragma once

#include <stdint.h>

#include "base/strbuf.h"

struct batch_limits {
    uint32_t records;
    uint32_t samples;
    size_t bytes;
};

/* { 0 } is an empty one. Where it came from is the queue's to know. */
struct batch {
    struct strbuf plain;
    uint32_t records;
    uint32_t samples;
    int64_t last_wall_ms;
    uint64_t segment; /* of the disk; 0: of the memory */
    uint64_t end; /* the place in the segment behind it; the number of its last record in memory */
};

/* Whether one more record may join: within the limits, and not of an earlier time, so that the samples of
 * each series stand in order in a request. The first always may. */
bool batch_takes(const struct batch *batch, const struct batch_limits *limits, uint32_t samples,
                 int64_t wall_ms);

/* Return: 0; -EBADMSG: the block is none, or no sequence of series; -ENOMEM. The batch is as it was then. */
int batch_add(struct batch *batch, const char *block, size_t length, uint32_t samples,
              int64_t wall_ms);
void batch_clear(struct batch *batch);
