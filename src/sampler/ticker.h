/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/ticker.h - when to read: absolute deadlines on the monotonic clock */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/**
 * struct ticker - a timer descriptor that becomes readable at each deadline
 * Deadline i is start + i * interval, moved by up to a twentieth of the interval either way so that
 * it does not beat with the hardware's own period. A deadline that passed unseen is skipped and
 * counted, never caught up.
 */
struct ticker {
    int fd; /* timerfd; -1 closed */
    int64_t interval_ns;
    int64_t start_mono_ns;
    int64_t index; /* of the armed deadline */
    uint64_t late_ticks;
    int64_t jitter_most_ns;
    uint32_t random;
};

#define TICKER_NULL ((struct ticker){ .fd = -1 })

int ticker_open(struct ticker *ticker_out, int64_t interval_ns, int64_t now_mono_ns,
                struct aico2_error *err);
void ticker_close(struct ticker *ticker);

/**
 * ticker_keep_seconds() - move the deadlines to where one ends each second of a clock
 * @second_mono_ns: when one began
 * Of those that divide a second the last stands nine tenths of an interval before the second's end, so that it is still
 * that when it comes late. From second to second they are moved by so little that 0.97 s lie between, on time.
 */
void ticker_keep_seconds(struct ticker *ticker, int64_t second_mono_ns, int64_t now_mono_ns);

/* The descriptor was readable. Arms the next deadline after now, by which it is not any more: timerfd_create(2). */
void ticker_fired(struct ticker *ticker, int64_t now_mono_ns);
/* The same where it may not have been: false when the timer had not fired. */
bool ticker_take(struct ticker *ticker, int64_t now_mono_ns);
