/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.h - the only place that asks the kernel what time it is */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define NSEC_PER_SEC INT64_C(1000000000)
#define NSEC_PER_MSEC INT64_C(1000000)

/**
 * struct clock - where a stage gets its time from; a test hands in its own
 * @mono_ns: CLOCK_MONOTONIC, for durations and deadlines; stands still during suspend
 * @boot_ns: CLOCK_BOOTTIME, counts suspend; boot - mono moving apart is how a suspend is seen
 * @wall_ns: CLOCK_REALTIME (UTC), for stamps only; two of them are never subtracted for a duration
 * @process_cpu_ns: CPU time of this process; NULL: the kernel is asked
 */
struct clock {
    int64_t (*mono_ns)(void *payload);
    int64_t (*boot_ns)(void *payload);
    int64_t (*wall_ns)(void *payload);
    int64_t (*process_cpu_ns)(void *payload);
    void *payload;
};

extern const struct clock clock_system;

int64_t clock_mono_ns(void);
int64_t clock_boot_ns(void);
int64_t clock_wall_ns(void);
/* CPU time of this process (all threads), nanoseconds. */
int64_t clock_process_cpu_ns(void);
/* The same of another process, without its children; 0 when there is none. */
int64_t clock_cpu_ns_of(pid_t pid);

/* Sleeps, whatever signals come; not at all for 0 and less. */
void clock_pause_ns(int64_t ns);

static inline double seconds_from_ns(int64_t ns)
{
    return (double)ns / 1e9;
}
