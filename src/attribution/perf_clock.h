/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/perf_clock.h - exact CPU time of a process tree with one read, where the kernel allows it */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/**
 * perf_clock_open() - count the CPU time of a process and all it will start, from its next exec on
 * @pid: a child that has not called exec yet
 * Works for an ordinary user at kernel.perf_event_paranoid <= 2; Debian and Ubuntu shut ordinary users out
 * and containers block the call: never the only way.
 * Return: a descriptor, or -errno.
 * Source: perf_event_open(2), PERF_COUNT_SW_TASK_CLOCK, inherit, enable_on_exec.
 */
int perf_clock_open(pid_t pid, struct aico2_error *err);

/* Nanoseconds of CPU time so far. Return: 0 or -errno. */
int perf_clock_read(int fd, int64_t *cpu_ns_out);
