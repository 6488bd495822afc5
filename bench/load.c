/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - jobs to measure, which say on stdout how much CPU time they used in truth
 *
 *   load tree N          N processes (this one included) that sleep until it is ended
 *   load subtick S       for S seconds, 3/4 of every timer tick, never across one
 *   load children N M H  N processes one after another, each of M ms of CPU time; then hold H seconds
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_ns(int64_t length_ns)
{
    struct timespec length = { .tv_sec = length_ns / 1000000000,
                               .tv_nsec = length_ns % 1000000000 };

    while (nanosleep(&length, &length) < 0 && errno == EINTR)
        continue;
}

static int tree(long count)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the measuring program may be killed */
    for (long i = 1; i < count; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 1;
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                (void)pause();
        }
    }
    printf("ready\n");
    (void)fflush(stdout);
    for (;;)
        (void)pause();
}

/* The coarse clock moves at ticks only: where one begins can be seen. */
static int subtick(long seconds)
{
    struct timespec tick;
    int64_t end_ns = now_ns(CLOCK_MONOTONIC) + seconds * 1000000000;
    int64_t tick_ns;

    (void)clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    tick_ns = tick.tv_nsec;
    while (now_ns(CLOCK_MONOTONIC) < end_ns) {
        int64_t begun_ns = now_ns(CLOCK_MONOTONIC_COARSE);
        int64_t left_ns = begun_ns + tick_ns * 3 / 4 - now_ns(CLOCK_MONOTONIC);

        while (left_ns > 0 && now_ns(CLOCK_MONOTONIC) < begun_ns + tick_ns * 3 / 4)
            continue;
        sleep_ns(begun_ns + tick_ns + tick_ns / 50 - now_ns(CLOCK_MONOTONIC));
    }
    printf("%.9f\n", (double)now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9);
    return 0;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static int children(long count, long milliseconds, long hold_seconds)
{
    struct rusage usage;

    for (long i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 1;
        if (pid == 0) {
            while (now_ns(CLOCK_PROCESS_CPUTIME_ID) < milliseconds * 1000000)
                continue;
            _exit(0);
        }
        if (waitpid(pid, NULL, 0) != pid)
            return 1;
    }
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    printf("%.6f\n", seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime) +
                         (double)now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9);
    (void)fflush(stdout);
    sleep_ns(hold_seconds * 1000000000);
    return 0;
}

static long number(int argc, char **argv, int at)
{
    return at < argc ? strtol(argv[at], NULL, 10) : 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "tree") == 0 && number(argc, argv, 2) > 0)
        return tree(number(argc, argv, 2));
    if (strcmp(what, "subtick") == 0 && number(argc, argv, 2) > 0)
        return subtick(number(argc, argv, 2));
    if (strcmp(what, "children") == 0 && number(argc, argv, 3) > 0)
        return children(number(argc, argv, 2), number(argc, argv, 3), number(argc, argv, 4));
    fprintf(stderr, "usage: load tree N | subtick SECONDS | children N MILLISECONDS HOLD\n");
    return 2;
}
