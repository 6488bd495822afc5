/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.c - the only place that asks the kernel what time it is */
#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = { 0 };

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_boot_ns(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

int64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_process_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_cpu_ns_of(pid_t pid)
{
    clockid_t id;

    return clock_getcpuclockid(pid, &id) == 0 ? read_clock(id) : 0;
}

void clock_pause_ns(int64_t ns)
{
    struct timespec rest = { .tv_sec = (time_t)(ns / NSEC_PER_SEC),
                             .tv_nsec = (long)(ns % NSEC_PER_SEC) };

    while (ns > 0 && nanosleep(&rest, &rest) != 0 && errno == EINTR)
        continue;
}

static int64_t system_mono_ns(void *payload)
{
    (void)payload;
    return clock_mono_ns();
}

static int64_t system_boot_ns(void *payload)
{
    (void)payload;
    return clock_boot_ns();
}

static int64_t system_wall_ns(void *payload)
{
    (void)payload;
    return clock_wall_ns();
}

const struct clock clock_system = {
    .mono_ns = system_mono_ns,
    .boot_ns = system_boot_ns,
    .wall_ns = system_wall_ns,
    .payload = NULL,
};
