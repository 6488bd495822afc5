/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_wall_clock.c - somebody sets the wall clock, and it runs too fast or too slow
 *
 * LD_PRELOAD: CLOCK_REALTIME is what the kernel says, and so many seconds more as stand in the file that FAKE_WALL_FILE names; a
 * second number there is how many parts in a million it gains from then on. Every other clock is the kernel's.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#pragma GCC visibility push(default)
int clock_gettime(clockid_t clock, struct timespec *now);
#pragma GCC visibility pop

typedef int gettime_fn(clockid_t, struct timespec *);

static gettime_fn *next;
static struct timespec begun; /* by the monotonic clock: the gain counts from here */

__attribute__((constructor)) static void begin(void)
{
    *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    (void)next(CLOCK_MONOTONIC, &begun);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *name = getenv("FAKE_WALL_FILE");
    int r;
    struct timespec mono;
    double ahead = 0;
    double gain = 0;
    double fraction;
    FILE *file;

    if (next == NULL) /* a library's constructor asks before ours has run */
        begin();
    r = next(clock, now);
    if (r != 0 || clock != CLOCK_REALTIME || name == NULL || (file = fopen(name, "re")) == NULL)
        return r;
    if (fscanf(file, "%lf %lf", &ahead, &gain) > 0) {
        (void)next(CLOCK_MONOTONIC, &mono);
        ahead += 1e-6 * gain * seconds_between(&begun, &mono);
        fraction = 1e-9 * (double)now->tv_nsec + ahead - floor(ahead);
        now->tv_sec += (time_t)floor(ahead) + (fraction >= 1);
        now->tv_nsec = (long)(1e9 * (fraction - floor(fraction)));
    }
    (void)fclose(file);
    return 0;
}
