/* SPDX-License-Identifier: Apache-2.0 */
/* base/cgroup.h - where the files of our control group are, versions 1 and 2 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CGROUP_PATH_SIZE = 512, CGROUP_FILE_SIZE = 1200 };

/* One mount of control groups, from a line in the manner of /proc/self/mountinfo. */
struct cgroup_mount {
    char root[CGROUP_PATH_SIZE];  /* of the hierarchy that is mounted */
    char point[CGROUP_PATH_SIZE]; /* where */
    bool version2;
};

/* false: not a hierarchy with the controller in it (version 2, or 1 with that controller). */
bool cgroup_parse_mount(const char *line, size_t length, const char *controller,
                        struct cgroup_mount *mount_out);

/* Our path in the hierarchy, from text in the manner of /proc/self/cgroup. */
bool cgroup_parse_path(const char *text, bool version2, const char *controller, char *path_out,
                       size_t size);

/* Where a process finds its control groups. */
struct cgroup_roots {
    int proc_fd;
    int sys_fd;   /* where /sys/... of a mount point is looked for; -1: at the mount point itself */
    bool sysroot; /* a mount point outside of /sys is another machine's: not looked for */
};

/* A directory of our group: `path` below `dirfd`. Its parents in the mount are the path's. */
struct cgroup_place {
    int dirfd; /* borrowed, or AT_FDCWD */
    char path[CGROUP_FILE_SIZE];
    size_t top; /* so much of the path is the mount point */
    bool version2;
};

/**
 * cgroup_places() - the directories of our control group that have the controller
 * A machine may have both versions mounted, and a group in each.
 * Return: how many are in places_out, at most `limit`.
 * Source: cgroups(7), proc_pid_mountinfo(5), Linux Documentation/admin-guide/cgroup-v2.rst
 */
size_t cgroup_places(const struct cgroup_roots *roots, const char *controller,
                     struct cgroup_place *places_out, size_t limit);
