/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/job_cpu.h - the exact CPU time of a command and all it starts, by the best clock there is */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct thread_clocks;

/**
 * struct job_cpu - the ladder: an inherited perf task-clock where the kernel lets us; else the clock of
 * our control group where the job is alone in it; else the clocks of living processes and what they
 * waited for; at the end the greatest of these and of what wait4 said
 */
struct job_cpu;

int job_cpu_new(struct job_cpu **job_out, pid_t root, int proc_fd, struct aico2_error *err);
/**
 * job_cpu_new_self() - of this process and its children, which others wait for (the library)
 * Its own clock and the kernel's word for children that ended; neither perf nor a control group.
 * @process_ns: CPU time of this process; payload is handed to it
 * @own: threads that are not the job's; NULL: all are. Must outlive the job
 */
int job_cpu_new_self(struct job_cpu **job_out, int proc_fd, int64_t (*process_ns)(void *payload),
                     void *payload, struct thread_clocks *own, struct aico2_error *err);
/* What was used until now does not count; before job_cpu_read(), of job_cpu_new_self() only. */
void job_cpu_begin(struct job_cpu *job);
/* The same of job_cpu_new(): its child has run for a while, and only now is it measured. */
void job_cpu_begin_late(struct job_cpu *job);
/* What the threads that are not the job's had used as of that reading; of job_cpu_new_self(). */
int64_t job_cpu_own_ns(const struct job_cpu *job);
/* The same without a look at the children: theirs is as of the last job_cpu_read(). For a fraction of the cost. */
int64_t job_cpu_glance(const struct job_cpu *job);
void job_cpu_free(struct job_cpu *job);

/* The child that will become the command; it has not called exec yet. Failing to open perf is no failure. */
void job_cpu_attach(struct job_cpu *job, pid_t child);
/* A process that is no child of the root works for the same job, with all below it, since they had used cpu_ns. The
 * clocks that know of the root's children only are given up. */
void job_cpu_adopt(struct job_cpu *job, pid_t pid, int64_t cpu_ns);
/* A child of the root that was there before the job: it and all below it are not the job's. */
void job_cpu_exclude(struct job_cpu *job, pid_t pid);
bool job_cpu_uses_perf(const struct job_cpu *job);
bool job_cpu_uses_cgroup(const struct job_cpu *job);

/**
 * job_cpu_read() - cumulative CPU time, nanoseconds, never falling
 * @forks:      the machine's count of processes started; 0 unknown. Unchanged: nothing can have come and gone
 * @machine_ns: CPU time of everybody so far; -1 unknown: more clocks are read
 */
int64_t job_cpu_read(struct job_cpu *job, uint64_t forks, int64_t machine_ns);
/**
 * job_cpu_see_machine() - what all CPUs did so far, before job_cpu_read()
 * perf's clock counts what a hypervisor takes (attribution/stolen_time.h); of what it gains between two of these calls
 * that part is not the job's.
 * @busy_ns: -1 unknown
 */
void job_cpu_see_machine(struct job_cpu *job, int64_t busy_ns, int64_t stolen_ns);
/* Brings job_cpu_contains() up to date. */
void job_cpu_look(struct job_cpu *job, uint64_t forks);
void job_cpu_reaped(struct job_cpu *job, pid_t pid, int64_t cpu_ns);
/* The last word, after everything was reaped. */
int64_t job_cpu_final(struct job_cpu *job);
/* The same when the machine has been seen once more: without what was stolen meanwhile. */
int64_t job_cpu_settle(struct job_cpu *job);

bool job_cpu_contains(const struct job_cpu *job, pid_t pid);
/* It has been met, whether it is the job's or not: looking again would tell nothing new of it. */
bool job_cpu_knows(const struct job_cpu *job, pid_t pid);
/* Descendants that lived at the last look, by rising pid; at most `limit`. Return: how many in all. */
size_t job_cpu_members(const struct job_cpu *job, pid_t *pids_out, size_t limit);
/* Living descendants right now, by a fresh scan. */
size_t job_cpu_living(struct job_cpu *job, pid_t *pids_out, size_t limit);
