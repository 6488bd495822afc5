/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/encode.h - a snapshot as pieces of a WriteRequest, the ends of its series included */
#pragma once

#include <stdint.h>

#include "base/strbuf.h"
#include "fetch/push/series_set.h"
#include "model/push.h"

enum {
    /* A piece is what is queued, and sent whole: of one time, and no larger than any server takes. */
    PIECE_SAMPLES_MAX = 2000,
    PIECE_BYTES_MAX = 256 << 10,
    /* a series more than the bound, of labels as long as a frame may have them, is left out */
    SERIES_BYTES_MAX = 64 << 10,
};

struct piece_out {
    /* Return: 0, or -errno, which ends the snapshot. */
    int (*put)(void *payload, const char *request, size_t length, uint32_t samples,
               int64_t wall_ms);
    void *payload;
};

/* Of one sender. */
struct encoder {
    const char *instance; /* labels of those who have none; "" none */
    const char *job;
    struct series_set sets[2];
    unsigned current; /* of the two: that of the last snapshot */
    struct strbuf labels;
    struct strbuf piece;
    uint32_t piece_samples;
};

/**
 * encode_snapshot() - each sample as a series of its own with sorted labels, and a stale marker for each series
 * that the snapshot before had and this has not
 * @kind: PUSH_PREVIOUS puts nothing out, PUSH_APART neither marks nor is remembered
 * @left_out: counts samples that cannot be sent: labels twice, or more than fits; the same series again
 * Return: 0; -ENOMEM or what put() returned: what was not put is not remembered either
 */
int encode_snapshot(struct encoder *encoder, const struct push_view *view, enum push_kind kind,
                    const struct piece_out *out, uint64_t *left_out);

/* A stale marker for each series of the last snapshot, which is forgotten. Return: as above. */
int encode_end(struct encoder *encoder, int64_t wall_ms, const struct piece_out *out);

void encoder_deinit(struct encoder *encoder);
