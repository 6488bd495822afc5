/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/stolen_time.h - what a hypervisor took, out of a clock that counts it
 *
 * A thread that runs in a virtual machine stands still while the host runs somebody else. The kernel's own CPU clocks
 * (sum_exec_runtime: CLOCK_PROCESS_CPUTIME_ID, utime, stime, cutime, rusage, cpu.stat, cpuacct.usage) leave that time out
 * (rq_clock_task, CONFIG_PARAVIRT_TIME_ACCOUNTING); perf's task-clock is by the wall and has it within, while the machine's
 * busy time, which it is compared with, has not. So both are told on one footing: of the time in which somebody ran or
 * would have, the stolen part is the same for all who were there.
 * Source: Linux kernel/sched/core.c (update_rq_clock_task), kernel/events/core.c (task_clock_event_update),
 * kernel/sched/cputime.c (steal_account_process_time)
 */
#pragma once

#include <stdint.h>

struct stolen_time {
    int64_t busy_ns; /* as seen last */
    int64_t stolen_ns;
    double ratio; /* between the last two looks: stolen / (busy + stolen) */
};

/**
 * stolen_time_see() - what all CPUs did so far
 * @busy_ns:   of everybody, without what was stolen; -1: not known now, and nothing is taken until it is
 * @stolen_ns: what the hypervisor took
 */
void stolen_time_see(struct stolen_time *stolen, int64_t busy_ns, int64_t stolen_ns);

/* The part of what such a clock gained between the last two looks that nobody here has used. */
int64_t stolen_time_within(const struct stolen_time *stolen, int64_t gained_ns);
