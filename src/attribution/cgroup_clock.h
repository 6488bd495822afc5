/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/cgroup_clock.h - the CPU time of our control group, as long as the job is alone in it */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cgroup.h"

/**
 * struct cgroup_clock - one counter of the kernel for a job that has a control group to itself
 *
 * As in a container that runs one command, or a step of a batch job. Whoever is in the group must be the
 * root or a descendant of it, and the group have none below it; then the group's CPU time less our own is
 * the job's, children that came and went included, at the cost of one read however many there are. The
 * group is never made, entered or changed.
 * Source: Linux Documentation/admin-guide/cgroup-v2.rst (cpu.stat usage_usec, cgroup.procs, cgroup.stat),
 * cgroup-v1/cpuacct.rst (cpuacct.usage)
 */
struct cgroup_clock;

/* What this program has used itself, so far. */
typedef int64_t own_cpu_fn(void);

/**
 * cgroup_clock_open() - begin to count
 * @root:  this program, or what stands for it: later it and its descendants may be in the group
 * @child: the job's first process, which alone may be in it now beside the root: whoever else the root
 *         has for a child was there before the job
 * @roots: where /proc is, and what mount points are
 * Return: NULL when there is no group, somebody else is in it, or no memory: never the only way.
 */
struct cgroup_clock *cgroup_clock_open(pid_t root, pid_t child, const struct cgroup_roots *roots,
                                       own_cpu_fn *own_cpu_ns);
void cgroup_clock_free(struct cgroup_clock *clock);

/* Reads who is in the group. false: somebody else has come, and it is of no use any more. */
bool cgroup_clock_is_alone(struct cgroup_clock *clock);

/* How many there were at the last look. */
size_t cgroup_clock_members(const struct cgroup_clock *clock);

/* CPU time of the job since the clock was opened. Return: 0 or -errno. */
int cgroup_clock_read(const struct cgroup_clock *clock, int64_t *cpu_ns_out);
