/* SPDX-License-Identifier: Apache-2.0 */
/* server/live.h - who follows the live figures: streams of events, and those who ask again and again
 *
 * All of it belongs to the thread that serves. A client that waits is a suspended connection, which costs
 * nothing; libmicrohttpd does not notice that its client has gone until something is sent.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/live_ring.h"

struct answers;
struct live_stream;
struct request;

/* A request that is answered when there is something, or at its deadline. */
struct live_waiter {
    struct live_waiter *next;
    struct live_waiter *before;
    struct MHD_Connection *connection;
    int64_t deadline_mono_ns; /* 0: it has not waited yet */
    bool waiting;             /* in the list, and suspended */
};

struct live_clients {
    struct live_ring *ring;
    struct live_stream *streams;
    struct live_waiter *waiters;
    size_t count; /* of both */
    size_t limit;
    bool ending;
};

enum { LIVE_WAIT_SECONDS_MAX = 50, LIVE_SILENCE_SECONDS = 15 };

enum MHD_Result live_answer(struct answers *answers, struct request *request);
/* Something came into the ring. */
void live_wake(struct live_clients *clients);
/* Once a second: a sign of life for streams that are silent, an answer for those who have waited. */
void live_look_at_the_clock(struct live_clients *clients, int64_t now_mono_ns);
/* Streams end, and waiting requests are looked at anew: who may still look on comes again. */
void live_cut(struct live_clients *clients);
/* Nobody waits any more, now or later. */
void live_end(struct live_clients *clients);
/* A request ends, however. */
void live_forget(struct live_clients *clients, struct live_waiter *waiter);
