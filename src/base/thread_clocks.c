/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread_clocks.c - the CPU time of some of a process's threads, those that have ended included */
#include "base/thread_clocks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/thread.h"

/* A living thread; stands on its own stack. */
struct counted {
    clockid_t clock;
    struct counted *next;
    struct counted **from; /* what points to it */
};

struct thread_clocks {
    pthread_mutex_t lock; /* of all below */
    unsigned holders;
    struct counted *living;
    int64_t spent_ns; /* of those that have ended, and what was added */
};

struct start {
    void *(*run)(void *payload);
    void *payload;
    struct thread_clocks *clocks;
};

struct thread_clocks *thread_clocks_new(void)
{
    struct thread_clocks *clocks = calloc(1, sizeof(*clocks));

    if (clocks != NULL) {
        (void)pthread_mutex_init(&clocks->lock, NULL);
        clocks->holders = 1;
    }
    return clocks;
}

struct thread_clocks *thread_clocks_hold(struct thread_clocks *clocks)
{
    if (clocks == NULL)
        return NULL;
    (void)pthread_mutex_lock(&clocks->lock);
    clocks->holders++;
    (void)pthread_mutex_unlock(&clocks->lock);
    return clocks;
}

void thread_clocks_free(struct thread_clocks *clocks)
{
    bool last;

    if (clocks == NULL)
        return;
    (void)pthread_mutex_lock(&clocks->lock);
    last = --clocks->holders == 0;
    (void)pthread_mutex_unlock(&clocks->lock);
    if (!last)
        return;
    (void)pthread_mutex_destroy(&clocks->lock);
    free(clocks);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec used;

    return clock_gettime(clock, &used) == 0 ? (int64_t)used.tv_sec * NSEC_PER_SEC + used.tv_nsec
                                            : 0;
}

int64_t thread_clocks_ns(struct thread_clocks *clocks)
{
    int64_t sum;

    if (clocks == NULL)
        return 0;
    (void)pthread_mutex_lock(&clocks->lock);
    sum = clocks->spent_ns;
    for (const struct counted *item = clocks->living; item != NULL; item = item->next)
        sum += clock_ns(item->clock);
    (void)pthread_mutex_unlock(&clocks->lock);
    return sum;
}

void thread_clocks_add(struct thread_clocks *clocks, int64_t cpu_ns)
{
    if (clocks == NULL)
        return;
    (void)pthread_mutex_lock(&clocks->lock);
    clocks->spent_ns += cpu_ns;
    (void)pthread_mutex_unlock(&clocks->lock);
}

static void enter(struct thread_clocks *clocks, struct counted *self)
{
    (void)pthread_mutex_lock(&clocks->lock);
    self->next = clocks->living;
    self->from = &clocks->living;
    if (self->next != NULL)
        self->next->from = &self->next;
    clocks->living = self;
    (void)pthread_mutex_unlock(&clocks->lock);
}

static void leave(struct thread_clocks *clocks, struct counted *self)
{
    (void)pthread_mutex_lock(&clocks->lock);
    *self->from = self->next;
    if (self->next != NULL)
        self->next->from = self->from;
    clocks->spent_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID);
    (void)pthread_mutex_unlock(&clocks->lock);
    thread_clocks_free(clocks);
}

static void *counted_main(void *payload)
{
    struct start start = *(struct start *)payload;
    struct counted self = { 0 };
    void *result;

    free(payload);
    if (pthread_getcpuclockid(pthread_self(), &self.clock) != 0)
        self.clock = CLOCK_THREAD_CPUTIME_ID; /* cannot be: a thread has a clock */
    enter(start.clocks, &self);
    result = start.run(start.payload);
    leave(start.clocks, &self);
    return result;
}

int thread_start_counted(pthread_t *thread_out, size_t stack_bytes, void *(*run)(void *payload),
                         void *payload, struct thread_clocks *clocks)
{
    struct start *start;
    int r;

    if (clocks == NULL)
        return thread_start(thread_out, stack_bytes, run, payload);
    start = malloc(sizeof(*start));
    if (start == NULL)
        return -ENOMEM;
    *start = (struct start){ run, payload, thread_clocks_hold(clocks) };
    r = thread_start(thread_out, stack_bytes, counted_main, start);
    if (r < 0) {
        thread_clocks_free(clocks);
        free(start);
    }
    return r;
}
