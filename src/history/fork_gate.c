/* SPDX-License-Identifier: Apache-2.0 */
/* history/fork_gate.c - a fork() of the host program finds no thread of ours within SQLite */
#include "history/fork_gate.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"

static const int64_t WAIT_NS = 50 * NSEC_PER_MSEC;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned inside;  /* threads */
    unsigned forking; /* threads that have or want the lock over their fork() */
    bool shut;        /* this process was forked while one was inside */
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* Each that forks knows for itself: while one waits for those inside, another may begin. */
static _Thread_local bool holds_lock;

static pthread_once_t armed = PTHREAD_ONCE_INIT;

/* By the clock that the condition and the lock know: where it is set back, fork() waits a little longer. */
static struct timespec deadline(void)
{
    int64_t wall_ns = clock_wall_ns() + WAIT_NS;

    return (struct timespec){ .tv_sec = (time_t)(wall_ns / NSEC_PER_SEC),
                              .tv_nsec = (long)(wall_ns % NSEC_PER_SEC) };
}

/* The lock stays held over the fork, so that both sides have it in a state that is known. */
static void before(void)
{
    struct timespec until = deadline();
    int r = 0;

    if (pthread_mutex_timedlock(&gate.lock, &until) != 0)
        return; /* a signal's handler forks while its own thread was here, or another's fork() takes long */
    holds_lock = true;
    gate.forking++;
    while (gate.inside > 0 && r == 0)
        r = pthread_cond_timedwait(&gate.changed, &gate.lock, &until);
}

static void let_go(void)
{
    holds_lock = false;
    gate.forking--;
    (void)pthread_cond_broadcast(&gate.changed);
    (void)pthread_mutex_unlock(&gate.lock);
}

static void in_parent(void)
{
    if (holds_lock)
        let_go();
}

/* No other thread is left: who was inside never leaves. */
static void in_child(void)
{
    gate.shut = gate.shut || !holds_lock || gate.inside > 0;
    gate.inside = 0;
    gate.forking = 0;
    holds_lock = false;
    (void)pthread_mutex_init(&gate.lock, NULL);
    (void)pthread_cond_init(&gate.changed, NULL);
}

static void arm(void)
{
    (void)pthread_atfork(before, in_parent, in_child);
}

void fork_gate_arm(void)
{
    (void)pthread_once(&armed, arm);
}

void fork_gate_enter(void)
{
    (void)pthread_mutex_lock(&gate.lock);
    while (gate.forking > 0)
        (void)pthread_cond_wait(&gate.changed, &gate.lock);
    gate.inside++;
    (void)pthread_mutex_unlock(&gate.lock);
}

void fork_gate_leave(void)
{
    (void)pthread_mutex_lock(&gate.lock);
    if (gate.inside > 0)
        gate.inside--;
    (void)pthread_cond_broadcast(&gate.changed);
    (void)pthread_mutex_unlock(&gate.lock);
}

int fork_gate_check(struct aico2_error *err)
{
    if (!gate.shut)
        return 0;
    return aico2_error_set(err, -EDEADLK,
                           "this process was forked while its parent wrote the history: only a "
                           "program that it executes can open one");
}
