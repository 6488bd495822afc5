/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference_tick.c - the least a tick can cost: two files kept open and read again, then sleep
 *
 * What `aico2 run` costs is given as a ratio to this, run at the same time on the same machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(int64_t mono_ns)
{
    struct timespec when = { .tv_sec = mono_ns / 1000000000, .tv_nsec = mono_ns % 1000000000 };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
        continue;
}

int main(int argc, char **argv)
{
    static char text[65536];
    long interval_ns = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000000;
    long ticks = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
    int stat_fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    int meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
    int64_t start_ns = now_ns(CLOCK_MONOTONIC);
    int64_t cpu_ns;

    if (stat_fd < 0 || meminfo_fd < 0 || interval_ns <= 0 || ticks <= 0) {
        fprintf(stderr, "usage: reference_tick INTERVAL_NS TICKS\n");
        return 2;
    }
    cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 1; i <= ticks; i++) {
        sleep_until(start_ns + i * interval_ns);
        if (pread(stat_fd, text, sizeof(text), 0) <= 0 ||
            pread(meminfo_fd, text, sizeof(text), 0) <= 0)
            return 1;
    }
    cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
    printf("%lld\n", (long long)(cpu_ns / ticks));
    return 0;
}
