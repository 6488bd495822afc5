/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_ring.h - the ticks of the last hour as texts, made once and handed to any number of clients
 *
 * One thread puts, another takes. A run's beginning or end has the number of the tick that comes next: who
 * has seen a tick has seen what is told before it.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/documents.h"
#include "model/tick.h"

/* An event of the stream. Never changed once it is in the ring; freed with its last reference. */
struct live_event {
    int64_t tick;
    int64_t mono_ns;
    bool is_run;
    int references; /* atomic */
    size_t length;
    size_t data_start; /* the JSON in it, one line */
    size_t data_length;
    char text[];
};
void live_event_unref(struct live_event *event); /* NULL allowed */

struct live_ring {
    int wake_fd; /* readable after a put, until it is read; -1: nobody waits */
    /* of who puts */
    int64_t next_tick;
    /* guarded by lock */
    pthread_mutex_t lock;
    struct live_event **events; /* LIVE_EVENTS_MAX of them */
    uint64_t first;             /* position of the oldest; positions only rise */
    uint64_t end;               /* beyond the newest */
    size_t bytes;
};

/* How much is kept: an hour, and not more than this. */
enum { LIVE_EVENTS_MAX = 3700, LIVE_BYTES_MAX = 4 << 20, LIVE_SECONDS = 3600 };

/* Ticks are numbered on from the second it is now, and so go on after a new start. */
int live_ring_init(struct live_ring *ring, struct aico2_error *err);
void live_ring_deinit(struct live_ring *ring);

/* Its id is set here. Without memory it is left out, and its number with it. */
void live_ring_put_tick(struct live_ring *ring, struct tick *tick);
void live_ring_put_run(struct live_ring *ring, const struct run_row *row);

/* Where what came after this tick begins; a number from before or beyond all that is kept: the oldest. */
uint64_t live_ring_after(struct live_ring *ring, int64_t tick);
/* Where the oldest stands. */
uint64_t live_ring_oldest(struct live_ring *ring);
/* The event at this place, or the oldest after it, with a reference; the place moves behind it. NULL: it is
 * still to come. */
struct live_event *live_ring_take(struct live_ring *ring, uint64_t *position);
