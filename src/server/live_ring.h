/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_ring.h - the ticks of the last hour as texts, made once and handed to any number of clients
 *
 * One thread puts, another takes. A run's beginning or end has the number of the tick that comes next: who
 * has seen a tick has seen what is told before it.
 *
 * Its memory is taken once, when the first event tells how much an hour of them needs, and all of it at once: from
 * then on it neither grows nor shrinks, but where events grow by more than an eighth (devices are added). Whoever
 * takes copies, so that what has fallen out is held by nobody.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/documents.h"
#include "model/tick.h"

/* An event of the stream, without its text. */
struct live_event {
    int64_t tick;
    int64_t mono_ns;
    uint64_t start;      /* of its text, among all that were ever put */
    uint32_t length;     /* of the text, as the stream sends it */
    uint16_t data_start; /* the JSON in it, one line ... */
    bool is_run;
};
/* ... up to the end of the event. */
size_t live_event_data_length(const struct live_event *event);

struct live_ring {
    int wake_fd; /* readable after a put, until it is read; -1: nobody waits */
    /* of who puts */
    int64_t next_tick;
    /* guarded by lock */
    pthread_mutex_t lock;
    struct live_event
        *events; /* LIVE_EVENTS_MAX of them, and the texts behind; NULL: nothing was put yet */
    char *texts;
    size_t size;    /* of the texts */
    uint64_t first; /* position of the oldest; positions only rise */
    uint64_t end;   /* beyond the newest */
    uint64_t put;   /* bytes of text, ever */
};

/* How much is kept: an hour, and not more than this. */
#define RAW_TICK_NS INT64_C(100000000)
enum { LIVE_EVENTS_MAX = 3700, LIVE_BYTES_MAX = 4 << 20, LIVE_SECONDS = 3600 };

/**
 * live_ring_init() - an empty one
 * @tick_ns: how far ticks are apart at least: they are numbered on from as many as there were since 1970, and so go
 *           on after a new start
 * @wake_fd: of another ring, whose readers are woken by this one too; -1: one of its own
 */
int live_ring_init(struct live_ring *ring, int64_t tick_ns, int wake_fd, struct aico2_error *err);
void live_ring_deinit(struct live_ring *ring);

/* Its id is set here. Without memory it is left out, and its number with it. */
void live_ring_put_tick(struct live_ring *ring, struct tick *tick);
void live_ring_put_run(struct live_ring *ring, const struct run_row *row);

/* Where what came after this tick begins; a number from before or beyond all that is kept: the oldest. */
uint64_t live_ring_after(struct live_ring *ring, int64_t tick);
/* Whether something is told at this place, or after it. */
bool live_ring_has(struct live_ring *ring, uint64_t position);
/* Where the oldest stands, and where the next one will. */
uint64_t live_ring_oldest(struct live_ring *ring);
uint64_t live_ring_end(struct live_ring *ring);
/* The event at this place, or the oldest after it; the place is then that event's. Return: false: it is still to
 * come. */
bool live_ring_look(struct live_ring *ring, uint64_t *position, struct live_event *event_out);
/* A part of its text. Return: false: it has fallen out in the meantime. */
bool live_ring_copy(struct live_ring *ring, const struct live_event *event, size_t offset,
                    char *bytes_out, size_t length);
