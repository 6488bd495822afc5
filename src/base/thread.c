/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread.c - threads beside a loop: signals are the loop's, waits by the monotonic clock */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"

int thread_start(pthread_t *thread_out, size_t stack_bytes, void *(*run)(void *payload),
                 void *payload)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int errnum;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the thread */
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, stack_bytes);
    errnum = pthread_create(thread_out, &attributes, run, payload);
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -errnum;
}

void thread_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

int thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_mono_ns)
{
    const struct timespec deadline = {
        .tv_sec = deadline_mono_ns / NSEC_PER_SEC,
        .tv_nsec = deadline_mono_ns % NSEC_PER_SEC,
    };
    int r = pthread_cond_timedwait(condition, lock, &deadline);

    /* a preloaded library (faketime) may take the deadline for one of another clock: look again */
    if (r == ETIMEDOUT && clock_mono_ns() < deadline_mono_ns)
        return 0;
    return -r;
}
