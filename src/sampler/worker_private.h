/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/worker_private.h - the inside of a worker, shared by the loop's half and the threads' */
#pragma once

#include <pthread.h>

#include "sampler/worker.h"

/* One that goes on, and those that hang: a driver that hangs them all is silent as a whole. */
enum { WORKER_HANDS_MAX = 17 };

/* A thread of a worker. */
struct hand {
    struct worker *worker;
    pthread_t thread;
    bool started; /* to be joined */
    bool done;    /* it needs the lock no more */
};

/* What is known of one device beside its sample; one more stands for the end of a round. */
struct worker_item {
    int64_t hung_since_ns; /* a hand is inside a call for it that was passed over; 0: none is */
    bool has_late;
    struct sample late; /* what such a call came back with, without the list of processes */
};

/* Everything below is guarded by lock, but reader and, for a driver that reads all devices at once,
 * samples: the thread's while busy, else the loop's. */
struct worker {
    const struct reader_driver *driver;
    struct reader_env env;
    int notify_fd;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* to a hand: a request or the end; to the loop: all hands have left */
    struct hand hands[WORKER_HANDS_MAX];
    struct hand *active; /* the one that takes requests */
    size_t hand_count;   /* that have not left */
    struct reader *reader;
    struct sample *samples;
    struct worker_item *items;
    struct reader_status status;
    size_t at;             /* the device that is being read */
    int64_t item_since_ns; /* since when; 0: none is */
    int64_t busy_since_ns; /* 0: waiting for a request */
    int64_t pace_ns;       /* the last reading took so long */
    bool probed;
    bool requested;
    bool answered;
    bool stopping;
    bool ended;
    bool abandoned; /* nobody waits: the last hand frees the struct when it comes back */
};

/* The first hand probes; one that follows takes over in the middle of a round. */
int worker_hand_start(struct worker *worker, struct hand *hand, bool first);
/* Passes over the device that is being read: another hand goes on. Lock held. Return: false when
 * there is no hand left. */
bool worker_pass_over(struct worker *worker, int64_t now_mono_ns);
void worker_free(struct worker *worker);
