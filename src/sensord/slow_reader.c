/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/slow_reader.c - a thread for an open reader whose calls may hang */
#include "sensord/slow_reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"

enum { STACK_BYTES = 64 * 1024 };

static const int64_t PERIOD_NS = NSEC_PER_SEC;
static const int64_t SILENT_NS = 3 * NSEC_PER_SEC;
static const int64_t STOP_NS = NSEC_PER_SEC / 2;

/* Guarded by lock, but the reader and `fresh`: the thread's. */
struct slow_reader {
    struct reader *reader;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct sample *fresh;
    struct sample *answer;
    bool answered;
    int64_t busy_since_ns; /* 0: no call is under way */
    bool started;
    bool stopping;
    bool ended;
};

static void free_slow(struct slow_reader *slow)
{
    (void)pthread_cond_destroy(&slow->wake);
    (void)pthread_mutex_destroy(&slow->lock);
    free(slow->fresh);
    free(slow->answer);
    free(slow);
}

static void *run(void *payload)
{
    struct slow_reader *slow = payload;
    const size_t bytes = slow->reader->device_count * sizeof(*slow->fresh);
    int64_t next_ns = clock_mono_ns();

    (void)pthread_mutex_lock(&slow->lock);
    slow->started = true;
    (void)pthread_cond_broadcast(&slow->wake);
    while (!slow->stopping) {
        if (clock_mono_ns() < next_ns) {
            (void)thread_wait_until(&slow->wake, &slow->lock, next_ns);
            continue;
        }
        slow->busy_since_ns = clock_mono_ns();
        (void)pthread_mutex_unlock(&slow->lock);
        slow->reader->driver->read(slow->reader, slow->fresh);
        (void)pthread_mutex_lock(&slow->lock);
        memcpy(slow->answer, slow->fresh, bytes);
        slow->answered = true;
        slow->busy_since_ns = 0;
        next_ns = clock_mono_ns() + PERIOD_NS;
    }
    slow->ended = true;
    (void)pthread_cond_broadcast(&slow->wake);
    (void)pthread_mutex_unlock(&slow->lock);
    return NULL;
}

int slow_reader_start(struct slow_reader **slow_out, struct reader *reader)
{
    struct slow_reader *slow = calloc(1, sizeof(*slow));
    int r;

    if (slow == NULL)
        return -ENOMEM;
    slow->reader = reader;
    slow->fresh = calloc(reader->device_count, sizeof(*slow->fresh));
    slow->answer = calloc(reader->device_count, sizeof(*slow->answer));
    (void)pthread_mutex_init(&slow->lock, NULL);
    thread_condition_init(&slow->wake);
    r = slow->fresh == NULL || slow->answer == NULL
            ? -ENOMEM
            : thread_start(&slow->thread, STACK_BYTES, run, slow);
    if (r < 0) {
        free_slow(slow);
        return r;
    }
    /* what a thread does before it runs, a filter of system calls need not know */
    (void)pthread_mutex_lock(&slow->lock);
    while (!slow->started)
        (void)thread_wait_until(&slow->wake, &slow->lock, clock_mono_ns() + PERIOD_NS);
    (void)pthread_mutex_unlock(&slow->lock);
    *slow_out = slow;
    return 0;
}

void slow_reader_take(struct slow_reader *slow, struct sample *samples_out)
{
    const size_t count = slow->reader->device_count;
    int64_t now_ns = clock_mono_ns();
    bool hangs;

    (void)pthread_mutex_lock(&slow->lock);
    hangs = slow->busy_since_ns != 0 && now_ns - slow->busy_since_ns > SILENT_NS;
    for (size_t i = 0; i < count; i++)
        samples_out[i] =
            slow->answered ? slow->answer[i]
                           : (struct sample){ .mono_ns = now_ns, .error = hangs ? -ETIMEDOUT : 0 };
    slow->answered = false;
    (void)pthread_mutex_unlock(&slow->lock);
}

bool slow_reader_stop(struct slow_reader *slow)
{
    const int64_t until_ns = clock_mono_ns() + STOP_NS;
    bool ended;

    if (slow == NULL)
        return true;
    (void)pthread_mutex_lock(&slow->lock);
    slow->stopping = true;
    (void)pthread_cond_broadcast(&slow->wake);
    while (!slow->ended && thread_wait_until(&slow->wake, &slow->lock, until_ns) == 0)
        continue;
    ended = slow->ended;
    (void)pthread_mutex_unlock(&slow->lock);
    if (!ended)
        return false;
    (void)pthread_join(slow->thread, NULL);
    free_slow(slow);
    return true;
}
