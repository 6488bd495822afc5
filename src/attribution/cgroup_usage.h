/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/cgroup_usage.h - the CPU time of a control group, by the kernel's own counter */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cgroup.h"

/* cpu.stat of version 2, cpuacct.usage of version 1, kept open. */
struct cgroup_usage {
    int fd; /* -1: none */
    bool version2;
};

#define CGROUP_USAGE_NULL ((struct cgroup_usage){ .fd = -1 })

/* That of a group's directory. Return: 0 or -errno. */
int cgroup_usage_open_at(int group_fd, bool version2, struct cgroup_usage *usage_out);
/* That of our own group. Return: 0; -ENOENT: it cannot be seen. */
int cgroup_usage_open(const struct cgroup_roots *roots, struct cgroup_usage *usage_out);
void cgroup_usage_close(struct cgroup_usage *usage);

/* All that its processes used since the group was made, nanoseconds. Return: 0 or -errno. */
int cgroup_usage_read(const struct cgroup_usage *usage, int64_t *usage_ns_out);
