/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/worker.c - a thread of its own for a reader whose calls may hang */
#include "sampler/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"

/* Of address space, not of memory: what a vendor's library needs is not known. */
enum { WORKER_STACK_BYTES = 1024 * 1024 };

/* Everything below is guarded by lock, but reader and samples: the thread's while busy, else the
 * loop's. */
struct worker {
    const struct reader_driver *driver;
    struct reader_env env;
    int notify_fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t
        wake; /* to the thread: a request or the end; to the loop: the thread has ended */
    struct reader *reader;
    struct sample *samples;
    struct reader_status status;
    int64_t busy_since_ns; /* 0: waiting for a request */
    int64_t pace_ns;       /* the last reading took so long */
    bool probed;
    bool requested;
    bool answered;
    bool stopping;
    bool ended;
    bool abandoned; /* nobody waits: the thread frees the struct when it comes back */
};

static void notify(const struct worker *worker)
{
    uint64_t one = 1;

    if (write(worker->notify_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full: the loop has plenty of reasons to wake */
}

static void worker_free(struct worker *worker)
{
    free(worker->samples);
    (void)pthread_cond_destroy(&worker->wake);
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}

/* What the thread has found, made ready for the loop; no lock is held, for close() may hang as
 * well. */
static void probe(struct worker *worker, struct reader **reader_out, struct sample **samples_out,
                  struct reader_status *status_out)
{
    struct aico2_error err = { 0 };
    struct reader_status status = { .state = READER_ABSENT };
    struct reader *reader = NULL;
    struct sample *samples = NULL;
    int r = worker->driver->probe(&worker->env, &reader, &status, &err);

    if (r == 0 && reader != NULL) {
        samples = calloc(reader->device_count + 1, sizeof(*samples));
        if (samples == NULL) {
            worker->driver->close(reader);
            r = aico2_error_set(&err, -ENOMEM, "out of memory");
        }
    }
    if (r < 0) {
        reader = NULL;
        status = (struct reader_status){ .state = READER_BROKEN };
        text_append(status.reason, sizeof(status.reason), "%s", err.message);
    }
    *reader_out = reader;
    *samples_out = samples;
    *status_out = status;
}

static void *worker_main(void *payload)
{
    struct worker *worker = payload;
    struct reader_status status;
    struct sample *samples;
    struct reader *reader;
    bool abandoned;

    probe(worker, &reader, &samples, &status);
    (void)pthread_mutex_lock(&worker->lock);
    worker->reader = reader;
    worker->samples = samples;
    worker->status = status;
    worker->probed = true;
    worker->busy_since_ns = 0;
    if (!worker->abandoned)
        notify(worker);
    while (!worker->stopping) {
        if (!worker->requested) {
            (void)pthread_cond_wait(&worker->wake, &worker->lock);
            continue;
        }
        worker->busy_since_ns = clock_mono_ns();
        (void)pthread_mutex_unlock(&worker->lock);
        worker->driver->read(worker->reader, worker->samples);
        (void)pthread_mutex_lock(&worker->lock);
        worker->pace_ns = clock_mono_ns() - worker->busy_since_ns;
        worker->busy_since_ns = 0;
        worker->requested = false;
        worker->answered = true;
        if (!worker->abandoned)
            notify(worker);
    }
    reader = worker->reader;
    worker->reader = NULL;
    (void)pthread_mutex_unlock(&worker->lock);
    worker->driver->close(reader); /* here, because that may hang as well */
    (void)pthread_mutex_lock(&worker->lock);
    worker->ended = true;
    abandoned = worker->abandoned;
    (void)pthread_cond_broadcast(&worker->wake);
    (void)pthread_mutex_unlock(&worker->lock);
    if (abandoned)
        worker_free(worker);
    return NULL;
}

int worker_start(struct worker **worker_out, const struct reader_driver *driver,
                 const struct reader_env *env, int notify_fd, struct aico2_error *err)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    int r;

    if (worker == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    worker->driver = driver;
    worker->env = *env;
    worker->notify_fd = notify_fd;
    worker->busy_since_ns = clock_mono_ns();
    (void)pthread_mutex_init(&worker->lock, NULL);
    thread_condition_init(&worker->wake);
    r = thread_start(&worker->thread, WORKER_STACK_BYTES, worker_main, worker);
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
    accepted = worker->probed && worker->reader != NULL && !worker->requested;
    if (accepted) {
        worker->requested = true;
        worker->answered = false;
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
    int r = 0;

    if (worker == NULL)
        return true;

    (void)pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    (void)pthread_cond_broadcast(&worker->wake);
    while (!worker->ended && r == 0)
        r = thread_wait_until(&worker->wake, &worker->lock, deadline_ns);
    if (!worker->ended) {
        worker->abandoned = true;
        (void)pthread_detach(worker->thread);
        (void)pthread_mutex_unlock(&worker->lock);
        return false;
    }
    (void)pthread_mutex_unlock(&worker->lock);
    (void)pthread_join(worker->thread, NULL);
    worker_free(worker);
    return true;
}
