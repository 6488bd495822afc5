/* SPDX-License-Identifier: Apache-2.0 */
/* server/live.h - who follows the live figures: streams of events, and those who ask again and again
 *
 * All of it belongs to the thread that serves. A client that waits is a suspended connection, which costs
 * nothing; libmicrohttpd does not notice that it has gone until something is sent.
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
    int epoll_fd; /* that tells of the streams: live_event() */
    struct live_stream *streams;
    struct live_stream *next_stream; /* to be told of what came; NULL: all have been */
    bool wake_again;                 /* once all have been */
    struct live_waiter *waiters;
    size_t count; /* of both */
    size_t limit;
    bool ending;
};

enum { LIVE_WAIT_SECONDS_MAX = 50, LIVE_SILENCE_SECONDS = 15, LIVE_RATE_MAX = 10 };

enum MHD_Result live_answer(struct answers *answers, struct request *request);
/* Something came into the ring. */
void live_wake(struct live_clients *clients);
/* Tells some of the streams of it. Between two calls others are answered: ten thousand that look on keep nobody
 * waiting. Return: whether more are left. */
bool live_wake_some(struct live_clients *clients);
/* A stream can be written to again, or is at its end. */
void live_event(struct live_stream *stream, uint32_t events);
/* Once a second: a sign of life for streams that are silent, an answer for those who have waited. */
void live_look_at_the_clock(struct live_clients *clients, int64_t now_mono_ns);
/* Streams end, and waiting requests are looked at anew: who may still look on comes again. */
void live_cut(struct live_clients *clients);
/* Nobody waits any more, now or later. */
void live_end(struct live_clients *clients);
/* A request ends, however. */
void live_forget(struct live_clients *clients, struct request *request);
