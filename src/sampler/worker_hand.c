/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sampler/worker_hand.c - the threads' half of a worker: probing, and rounds over the devices
 *
 * One thread reads all devices in turn. When a call for one of them does not come back, the thread
 * is left to it and another goes on with the next device: a thread is needed for each device that
 * hangs, not for each there is.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread_clocks.h"
#include "sampler/worker_private.h"

/* Of address space, not of memory: what a vendor's library needs is not known. */
enum { HAND_STACK_BYTES = 1024 * 1024 };

/* A call that has not come back for so long has failed; before, it is only late. */
static const int64_t HUNG_NS = 2 * NSEC_PER_SEC;

static void notify(const struct worker *worker)
{
    uint64_t one = 1;

    if (worker->abandoned)
        return;
    if (write(worker->notify_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full: the loop has plenty of reasons to wake */
}

void worker_free(struct worker *worker)
{
    shared_pids_free(worker->env.job_pids);
    free(worker->samples);
    free(worker->items);
    (void)pthread_cond_destroy(&worker->wake);
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}

/* --- a round --- */

static bool is_end(const struct worker *worker, size_t item)
{
    return item == worker->reader->device_count;
}

static bool is_any_hung(const struct worker *worker)
{
    for (size_t i = 0; i <= worker->reader->device_count; i++) {
        if (worker->items[i].hung_since_ns != 0)
            return true;
    }
    return false;
}

/* What is said of a device that is passed over: its last late answer, else nothing yet, and after
 * a while that it failed. */
static void stand_in(struct worker *worker, size_t at, int64_t now_mono_ns)
{
    struct worker_item *item = &worker->items[at];
    bool failed = now_mono_ns - item->hung_since_ns > HUNG_NS;

    worker->samples[at] = item->has_late ? item->late
                                         : (struct sample){ .mono_ns = now_mono_ns,
                                                            .error = failed ? -ETIMEDOUT : 0 };
    item->has_late = false;
}

bool worker_pass_over(struct worker *worker, int64_t now_mono_ns)
{
    struct hand *left = worker->active;
    size_t at = worker->at;
    struct hand *free_hand = NULL;

    for (size_t i = 0; i < WORKER_HANDS_MAX && free_hand == NULL; i++) {
        if (!worker->hands[i].started || worker->hands[i].done)
            free_hand = &worker->hands[i];
    }
    if (free_hand == NULL)
        return false;
    worker->items[at].hung_since_ns = worker->item_since_ns;
    worker->active = free_hand;
    if (worker_hand_start(worker, free_hand, false) < 0) {
        worker->active = left;
        worker->items[at].hung_since_ns = 0;
        return false;
    }
    if (!is_end(worker, at))
        stand_in(worker, at, now_mono_ns);
    worker->at = at + 1;
    worker->item_since_ns = 0;
    return true;
}

/* The list of processes is the reader's, which may be filling it anew when this is taken. */
static void keep_late(struct worker_item *item, const struct sample *sample)
{
    item->hung_since_ns = 0;
    item->has_late = sample->valid != 0;
    item->late = *sample;
    item->late.valid &= ~(uint32_t)SAMPLE_PROCESSES;
    item->late.processes = NULL;
    item->late.process_count = 0;
}

/* Reads the device whose turn it is. Return: false when another hand has gone on meanwhile. */
static bool read_item(struct worker *worker, const struct hand *hand)
{
    const struct reader_driver *driver = worker->driver;
    size_t at = worker->at;
    struct sample sample = { 0 };

    if (is_end(worker, at) && (driver->end_round == NULL || is_any_hung(worker)))
        return true;
    worker->item_since_ns = clock_mono_ns();
    if (worker->items[at].hung_since_ns != 0) {
        stand_in(worker, at, worker->item_since_ns);
        return true;
    }
    (void)pthread_mutex_unlock(&worker->lock);
    if (is_end(worker, at))
        driver->end_round(worker->reader);
    else
        driver->read_one(worker->reader, at, &sample);
    (void)pthread_mutex_lock(&worker->lock);
    if (worker->active != hand) {
        keep_late(&worker->items[at], &sample);
        return false;
    }
    worker->samples[at] = sample;
    worker->items[at].has_late = false;
    return true;
}

/* Goes on with a round where it stands. Return: false when it is not this hand's any more. */
static bool go_round(struct worker *worker, const struct hand *hand)
{
    if (worker->busy_since_ns == 0)
        worker->busy_since_ns = clock_mono_ns();
    if (worker->driver->read_one == NULL) {
        (void)pthread_mutex_unlock(&worker->lock);
        worker->driver->read(worker->reader, worker->samples);
        (void)pthread_mutex_lock(&worker->lock);
    } else {
        for (; worker->at <= worker->reader->device_count && !worker->stopping; worker->at++) {
            if (!read_item(worker, hand))
                return false;
        }
    }
    worker->pace_ns = clock_mono_ns() - worker->busy_since_ns;
    worker->busy_since_ns = 0;
    worker->item_since_ns = 0;
    worker->requested = false;
    worker->answered = true;
    notify(worker);
    return true;
}

/* --- a hand's life --- */

/* What the driver has found, made ready for the loop; no lock is held, for close() may hang as
 * well. */
static void probe(struct worker *worker)
{
    struct aico2_error err = { 0 };
    struct reader_status status = { .state = READER_ABSENT };
    struct worker_item *items = NULL;
    struct sample *samples = NULL;
    struct reader *reader = NULL;
    int r = worker->driver->probe(&worker->env, &reader, &status, &err);

    if (r == 0 && reader != NULL) {
        samples = calloc(reader->device_count + 1, sizeof(*samples));
        items = calloc(reader->device_count + 1, sizeof(*items));
        if (samples == NULL || items == NULL) {
            worker->driver->close(reader);
            r = aico2_error_set(&err, -ENOMEM, "out of memory");
        }
    }
    if (r < 0) {
        reader = NULL;
        status = (struct reader_status){ .state = READER_BROKEN };
        text_append(status.reason, sizeof(status.reason), "%s", err.message);
    }
    (void)pthread_mutex_lock(&worker->lock);
    worker->reader = reader;
    worker->samples = samples;
    worker->items = items;
    worker->status = status;
    worker->probed = true;
    worker->busy_since_ns = 0;
    notify(worker);
}

/* The last one puts everything away: here, because closing may hang as well. Lock held, at first. */
static void leave(struct worker *worker, struct hand *hand)
{
    bool last = worker->hand_count == 1;
    bool abandoned;

    if (last) {
        struct reader *reader = worker->reader;

        worker->reader = NULL;
        (void)pthread_mutex_unlock(&worker->lock);
        worker->driver->close(reader);
        (void)pthread_mutex_lock(&worker->lock);
        worker->ended = true;
    }
    worker->hand_count--;
    hand->done = true;
    abandoned = last && worker->abandoned;
    (void)pthread_cond_broadcast(&worker->wake);
    (void)pthread_mutex_unlock(&worker->lock);
    if (abandoned)
        worker_free(worker);
}

static void serve(struct worker *worker, struct hand *hand)
{
    while (worker->active == hand && !worker->stopping) {
        if (!worker->requested)
            (void)pthread_cond_wait(&worker->wake, &worker->lock);
        else if (!go_round(worker, hand))
            break;
    }
    leave(worker, hand);
}

static void *run_first(void *payload)
{
    struct hand *hand = payload;

    probe(hand->worker);
    serve(hand->worker, hand);
    return NULL;
}

static void *run_next(void *payload)
{
    struct hand *hand = payload;

    (void)pthread_mutex_lock(&hand->worker->lock);
    serve(hand->worker, hand);
    return NULL;
}

int worker_hand_start(struct worker *worker, struct hand *hand, bool first)
{
    int r;

    if (hand->started) /* it has left: this does not wait */
        (void)pthread_join(hand->thread, NULL);
    *hand = (struct hand){ .worker = worker };
    r = thread_start_counted(&hand->thread, HAND_STACK_BYTES, first ? run_first : run_next, hand,
                             worker->env.own_threads);
    hand->started = r == 0;
    worker->hand_count += r == 0;
    return r;
}
