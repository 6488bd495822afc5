/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_fast_clock.c - a day in minutes
 *
 * LD_PRELOAD: every clock of this process but those of CPU time runs FAKE_CLOCK_FACTOR times as fast from its start, and
 * what it waits for comes so much sooner: timers, epoll, conditions. Work takes as long as it does.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#pragma GCC visibility push(default)
int clock_gettime(clockid_t clock, struct timespec *now);
int timerfd_settime(int fd, int flags, const struct itimerspec *wanted, struct itimerspec *before);
int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms);
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until);
#pragma GCC visibility pop

enum { CLOCKS = CLOCK_BOOTTIME + 1 };
#define SECOND_NS INT64_C(1000000000)

static int64_t factor = 1;
static int64_t base_ns[CLOCKS]; /* when this process began */

static int64_t to_ns(const struct timespec *time)
{
    return (int64_t)time->tv_sec * SECOND_NS + time->tv_nsec;
}

static struct timespec from_ns(int64_t ns)
{
    return (struct timespec){ .tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS };
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static int real_gettime(clockid_t clock, struct timespec *now)
{
    static int (*gettime)(clockid_t, struct timespec *);

    if (gettime == NULL)
        *(void **)&gettime = next("clock_gettime");
    return gettime(clock, now);
}

static int is_fast(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAKE_CLOCK_FACTOR");

    for (clockid_t clock = 0; clock < CLOCKS; clock++) {
        struct timespec now;

        if (real_gettime(clock, &now) == 0)
            base_ns[clock] = to_ns(&now);
    }
    if (text != NULL && strtol(text, NULL, 10) > 0)
        factor = strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int r = real_gettime(clock, now);

    if (r == 0 && is_fast(clock))
        *now = from_ns(base_ns[clock] + (to_ns(now) - base_ns[clock]) * factor);
    return r;
}

/* A time of ours as the kernel knows it. */
static int64_t real_time(clockid_t clock, int64_t ns)
{
    return base_ns[clock] + (ns - base_ns[clock]) / factor;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *wanted, struct itimerspec *before)
{
    static int (*settime)(int, int, const struct itimerspec *, struct itimerspec *);
    int64_t value_ns = to_ns(&wanted->it_value);
    struct itimerspec real = { .it_interval = from_ns(to_ns(&wanted->it_interval) / factor) };

    if (settime == NULL)
        *(void **)&settime = next("timerfd_settime");
    if (value_ns != 0) /* 0: it is stopped */
        value_ns = (flags & TFD_TIMER_ABSTIME) != 0 ? real_time(CLOCK_MONOTONIC, value_ns)
                                                    : value_ns / factor + 1;
    real.it_value = from_ns(value_ns);
    return settime(fd, flags, &real, before);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
    static int (*wait)(int, struct epoll_event *, int, int);

    if (wait == NULL)
        *(void **)&wait = next("epoll_wait");
    return wait(fd, events, count, timeout_ms > 0 ? (int)(timeout_ms / factor) + 1 : timeout_ms);
}

/* Those of this program wait by the monotonic clock. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    struct timespec real = from_ns(real_time(CLOCK_MONOTONIC, to_ns(until)));

    if (wait == NULL)
        *(void **)&wait = next("pthread_cond_timedwait");
    return wait(condition, mutex, &real);
}
