/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/worker.c - the loop's half of a worker: it asks, goes on, and takes the answer later */
#include "sampler/worker.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "sampler/worker_private.h"

/* The others wait for one device no longer than this: calls take 10 us to a few ms, and a run that
 * ends waits 100 ms for its last answers. */
static const int64_t PATIENCE_NS = 50 * NSEC_PER_MSEC;

int worker_start(struct worker **worker_out, const struct reader_driver *driver,
                 const struct reader_env *env, int notify_fd, struct aico2_error *err)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    int r;

    if (worker == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    worker->driver = driver;
    worker->env = *env;
    worker->env.job_pids = shared_pids_hold(env->job_pids); /* we may outlive who gave it */
    worker->notify_fd = notify_fd;
    worker->busy_since_ns = clock_mono_ns();
    worker->active = &worker->hands[0];
    (void)pthread_mutex_init(&worker->lock, NULL);
    thread_condition_init(&worker->wake);
    (void)pthread_mutex_lock(&worker->lock);
    r = worker_hand_start(worker, worker->active, true);
    (void)pthread_mutex_unlock(&worker->lock);
    if (r < 0) {
        worker_free(worker);
        return aico2_error_set_errno(err, -r, "cannot start a thread for reader '%s'",
                                     driver->name);
    }
    *worker_out = worker;
    return 0;
}

const struct reader *worker_reader(struct worker *worker)
{
    const struct reader *reader;

    (void)pthread_mutex_lock(&worker->lock);
    reader = worker->reader;
    (void)pthread_mutex_unlock(&worker->lock);
    return reader;
}

bool worker_probed(struct worker *worker, struct reader_status *status_out)
{
    bool probed;

    (void)pthread_mutex_lock(&worker->lock);
    probed = worker->probed;
    if (probed)
        *status_out = worker->status;
    (void)pthread_mutex_unlock(&worker->lock);
    return probed;
}

bool worker_request(struct worker *worker)
{
    bool accepted;

    (void)pthread_mutex_lock(&worker->lock);
    accepted = worker->probed && worker->reader != NULL && !worker->requested && !worker->answered;
    if (accepted) {
        worker->requested = true;
        worker->at = 0;
        (void)pthread_cond_broadcast(&worker->wake);
    }
    (void)pthread_mutex_unlock(&worker->lock);
    return accepted;
}

const struct sample *worker_take(struct worker *worker)
{
    const struct sample *samples = NULL;

    (void)pthread_mutex_lock(&worker->lock);
    if (worker->answered && !worker->requested) {
        worker->answered = false;
        samples = worker->samples;
    }
    (void)pthread_mutex_unlock(&worker->lock);
    return samples;
}

int64_t worker_watch(struct worker *worker, int64_t now_mono_ns)
{
    int64_t left_ns = 0;

    (void)pthread_mutex_lock(&worker->lock);
    if (worker->requested && worker->driver->read_one != NULL && worker->reader->device_count > 1) {
        left_ns = PATIENCE_NS;
        if (worker->item_since_ns != 0)
            left_ns -= now_mono_ns - worker->item_since_ns;
        if (left_ns <= 0)
            left_ns = worker_pass_over(worker, now_mono_ns) ? PATIENCE_NS : 0;
    }
    (void)pthread_mutex_unlock(&worker->lock);
    return left_ns;
}

int64_t worker_silent_ns(struct worker *worker, int64_t now_mono_ns)
{
    int64_t since_ns;

    (void)pthread_mutex_lock(&worker->lock);
    since_ns = worker->busy_since_ns;
    (void)pthread_mutex_unlock(&worker->lock);
    return since_ns == 0 ? 0 : now_mono_ns - since_ns;
}

int64_t worker_pace_ns(struct worker *worker)
{
    int64_t pace_ns;

    (void)pthread_mutex_lock(&worker->lock);
    pace_ns = worker->pace_ns;
    (void)pthread_mutex_unlock(&worker->lock);
    return pace_ns;
}

bool worker_stop(struct worker *worker, int64_t wait_ns)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;
    bool ended;
    int r = 0;

    if (worker == NULL)
        return true;

    (void)pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    (void)pthread_cond_broadcast(&worker->wake);
    while (!worker->ended && r == 0)
        r = thread_wait_until(&worker->wake, &worker->lock, deadline_ns);
    ended = worker->ended;
    worker->abandoned = !ended;
    for (size_t i = 0; !ended && i < WORKER_HANDS_MAX; i++) {
        if (worker->hands[i].started)
            (void)pthread_detach(worker->hands[i].thread);
    }
    (void)pthread_mutex_unlock(&worker->lock);
    if (!ended)
        return false;
    for (size_t i = 0; i < WORKER_HANDS_MAX; i++) {
        if (worker->hands[i].started)
            (void)pthread_join(worker->hands[i].thread, NULL);
    }
    worker_free(worker);
    return true;
}
