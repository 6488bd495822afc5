/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_clock.c - a quarter of an hour goes by when a file appears
 *
 * LD_PRELOAD: from the moment when FAKE_CLOCK_FILE is there, every clock of this process shows
 * FAKE_CLOCK_AHEAD seconds more. CPU time stays what it is.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#pragma GCC visibility push(default)
int clock_gettime(clockid_t clock, struct timespec *now);
#pragma GCC visibility pop

typedef int gettime_fn(clockid_t, struct timespec *);

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static gettime_fn *next;
    const char *file = getenv("FAKE_CLOCK_FILE");
    const char *ahead = getenv("FAKE_CLOCK_AHEAD");
    int r;

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    r = next(clock, now);
    if (r == 0 && file != NULL && ahead != NULL && access(file, F_OK) == 0 &&
        (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME))
        now->tv_sec += strtol(ahead, NULL, 10);
    return r;
}
