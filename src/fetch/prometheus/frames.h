/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/frames.h - the answer to aico2, frame by frame (model/remote.h) */
#pragma once

#include <stdbool.h>

#include "base/attributes.h"
#include "fetch/prometheus/labels.h"
#include "model/remote.h"

/* Readings are gathered until a frame is full. */
struct frames {
    int fd;
    bool unheard;      /* nobody reads any more: what follows is dropped */
    bool is_wrong;     /* a frame that would not be believed was asked for: our own fault */
    uint64_t readings; /* put so far */
    uint32_t count;
    struct remote_reading pending[REMOTE_READINGS_MAX];
};

void frames_put(struct frames *frames, enum remote_kind kind, const void *payload, size_t bytes);
void frames_reading(struct frames *frames, const struct remote_reading *reading);
void frames_flush(struct frames *frames);
void frames_note(struct frames *frames, const char *format, ...) AICO2_PRINTF(2, 3);
/* One series of a query, in as many frames as it takes. */
void frames_points(struct frames *frames, const struct label_set *labels,
                   const struct remote_point *points, size_t count);
void frames_end(struct frames *frames, const struct remote_end *end);
