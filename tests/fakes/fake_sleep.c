/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_sleep.c - a night goes by at once
 *
 * LD_PRELOAD: a sleep until a time of the wall clock returns at once, and the clock shows that time from then
 * on; FAKE_SLEEP_LATE is by how many seconds the first such sleep ends too late, as after a suspend.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#pragma GCC visibility push(default)
int clock_gettime(clockid_t clock, struct timespec *now);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                    struct timespec *left);
#pragma GCC visibility pop

typedef int gettime_fn(clockid_t, struct timespec *);
typedef int nanosleep_fn(clockid_t, int, const struct timespec *, struct timespec *);

static time_t ahead_seconds; /* of the clock that all others see */

static int true_time(clockid_t clock, struct timespec *now)
{
    static gettime_fn *next;

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    return next(clock, now);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int r = true_time(clock, now);

    if (r == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += ahead_seconds;
    return r;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    const char *late = getenv("FAKE_SLEEP_LATE");
    static nanosleep_fn *next;
    struct timespec now;

    if (clock != CLOCK_REALTIME || flags != TIMER_ABSTIME) {
        if (next == NULL)
            *(void **)&next = dlsym(RTLD_NEXT, "clock_nanosleep");
        return next(clock, flags, until, left);
    }
    if (true_time(CLOCK_REALTIME, &now) < 0)
        return errno;
    ahead_seconds = until->tv_sec - now.tv_sec + 1;
    if (late != NULL) {
        ahead_seconds += strtol(late, NULL, 10);
        (void)unsetenv("FAKE_SLEEP_LATE");
    }
    return 0;
}
