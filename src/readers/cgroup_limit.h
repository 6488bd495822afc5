/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cgroup_limit.h - how much memory our control group may use */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/reader.h"

/* The smallest limit from our control group up to the root, versions 1 and 2; 0: none. */
uint64_t cgroup_memory_limit(const struct reader_env *env);

/* One mount of control groups, from a line in the manner of /proc/self/mountinfo. */
struct cgroup_mount {
    char root[512];  /* of the hierarchy that is mounted */
    char point[512]; /* where */
    bool version2;
};

/* false: not a hierarchy with memory in it (version 2, or 1 with the memory controller). */
bool cgroup_parse_mount(const char *line, size_t length, struct cgroup_mount *mount_out);

/* Our path in the hierarchy, from text in the manner of /proc/self/cgroup. */
bool cgroup_parse_path(const char *text, bool version2, char *path_out, size_t size);
