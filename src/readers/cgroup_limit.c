/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cgroup_limit.c - how much memory our control group may use
 *
 * cgroups(7), proc_pid_mountinfo(5), Linux Documentation/admin-guide/cgroup-v2.rst ("memory.max")
 * and cgroup-v1/memory.rst ("memory.limit_in_bytes").
 */
#include "readers/cgroup_limit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"

enum { FILE_LIMIT = 1 << 20, FIELDS_MAX = 64 };

/* Version 1 writes "no limit" as the largest whole page count, a little below 2^63. */
static const uint64_t LIMIT_NONE = UINT64_C(1) << 62;

struct slice {
    const char *start;
    size_t length;
};

static bool slice_is(struct slice slice, const char *word)
{
    return slice.length == strlen(word) && memcmp(slice.start, word, slice.length) == 0;
}

/* Whether a comma-separated list has the word. */
static bool slice_lists(struct slice list, const char *word)
{
    const char *end = list.start + list.length;

    for (const char *at = list.start; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma == NULL ? end : comma;

        if (slice_is((struct slice){ at, (size_t)(stop - at) }, word))
            return true;
        at = stop + 1;
    }
    return false;
}

static size_t split_fields(const char *line, size_t length, struct slice fields[FIELDS_MAX])
{
    const char *end = line + length;
    size_t count = 0;

    for (const char *at = line; at < end && count < FIELDS_MAX;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space == NULL ? end : space;

        if (stop > at)
            fields[count++] = (struct slice){ at, (size_t)(stop - at) };
        at = stop + 1;
    }
    return count;
}

/* The kernel writes blanks in paths as \040; such a mount is not one of control groups we look for,
 * so a path is taken as it stands. */
static bool copy_slice(char *target, size_t size, struct slice slice)
{
    if (slice.length >= size)
        return false;
    memcpy(target, slice.start, slice.length);
    target[slice.length] = '\0';
    return true;
}

bool cgroup_parse_mount(const char *line, size_t length, struct cgroup_mount *mount_out)
{
    struct slice fields[FIELDS_MAX];
    size_t count = split_fields(line, length, fields);
    struct cgroup_mount mount;
    size_t dash = 6; /* optional fields come between the sixth and the dash */

    while (dash < count && !slice_is(fields[dash], "-"))
        dash++;
    if (dash + 3 >= count)
        return false;
    mount.version2 = slice_is(fields[dash + 1], "cgroup2");
    if (!mount.version2 &&
        !(slice_is(fields[dash + 1], "cgroup") && slice_lists(fields[dash + 3], "memory")))
        return false;
    if (!copy_slice(mount.root, sizeof(mount.root), fields[3]) ||
        !copy_slice(mount.point, sizeof(mount.point), fields[4]))
        return false;

    *mount_out = mount;
    return true;
}

/* Lines are "number:controllers:path"; version 2 is number 0 without controllers. */
bool cgroup_parse_path(const char *text, bool version2, char *path_out, size_t size)
{
    while (*text != '\0') {
        const char *end = strchrnul(text, '\n');
        const char *first = memchr(text, ':', (size_t)(end - text));
        const char *second =
            first == NULL ? NULL : memchr(first + 1, ':', (size_t)(end - first - 1));

        if (second != NULL) {
            struct slice controllers = { first + 1, (size_t)(second - first - 1) };
            struct slice path = { second + 1, (size_t)(end - second - 1) };

            if (version2 ? controllers.length == 0 && text[0] == '0'
                         : slice_lists(controllers, "memory"))
                return path.length > 0 && path.start[0] == '/' && copy_slice(path_out, size, path);
        }
        text = *end == '\n' ? end + 1 : end;
    }
    return false;
}

/* Where a mount is found from here: below our sys root, or for the real machine anywhere. */
static bool place_mount(const struct reader_env *env, const char *point, int *dirfd_out,
                        const char **path_out)
{
    static const char sys[] = "/sys/";

    if (strncmp(point, sys, sizeof(sys) - 1) == 0 && env->sys_fd >= 0) {
        *dirfd_out = env->sys_fd;
        *path_out = point + sizeof(sys) - 1;
        return true;
    }
    *dirfd_out = AT_FDCWD;
    *path_out = point;
    return !env->sysroot && point[0] == '/';
}

static uint64_t smaller_limit(uint64_t a, uint64_t b)
{
    if (a == 0)
        return b;
    return b == 0 || a < b ? a : b;
}

static uint64_t read_limit(int dirfd, const char *point, const char *group, bool version2)
{
    char path[1200];
    char text[64];
    uint64_t limit;

    if (snprintf(path, sizeof(path), "%s%s/%s", point, group,
                 version2 ? "memory.max" : "memory.limit_in_bytes") >= (int)sizeof(path))
        return 0;
    if (fs_read_text_at(dirfd, path, text, sizeof(text), NULL) < 0 ||
        !number_parse_u64(text, &limit) || limit >= LIMIT_NONE)
        return 0;
    return limit;
}

/* From our group up to the top of what is mounted: each level limits those below. */
static uint64_t walk_up(const struct reader_env *env, const struct cgroup_mount *mount, char *group)
{
    size_t root_length = strlen(mount->root);
    const char *point = NULL;
    uint64_t limit = 0;
    int dirfd = -1;

    if (!place_mount(env, mount->point, &dirfd, &point))
        return 0;
    if (strcmp(mount->root, "/") != 0) {
        /* A container may be shown only its own part, or a path of another namespace ("/../..") */
        if (strncmp(group, mount->root, root_length) == 0 &&
            (group[root_length] == '/' || group[root_length] == '\0'))
            memmove(group, group + root_length, strlen(group + root_length) + 1);
        else
            group[0] = '\0';
    }
    for (;;) {
        char *slash;

        limit = smaller_limit(limit, read_limit(dirfd, point, group, mount->version2));
        slash = strrchr(group, '/');
        if (slash == NULL)
            break;
        *slash = '\0';
    }
    return limit;
}

uint64_t cgroup_memory_limit(const struct reader_env *env)
{
    AICO2_CLEANUP(freep) char *groups = NULL;
    AICO2_CLEANUP(freep) char *mounts = NULL;
    uint64_t limit = 0;

    if (fs_read_all_at(env->proc_fd, "self/cgroup", FILE_LIMIT, &groups, NULL) < 0 ||
        fs_read_all_at(env->proc_fd, "self/mountinfo", FILE_LIMIT, &mounts, NULL) < 0)
        return 0;

    for (const char *line = mounts; *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        struct cgroup_mount mount;
        char group[512];

        if (cgroup_parse_mount(line, (size_t)(end - line), &mount) &&
            cgroup_parse_path(groups, mount.version2, group, sizeof(group)))
            limit = smaller_limit(limit, walk_up(env, &mount, group));
        line = *end == '\n' ? end + 1 : end;
    }
    return limit;
}
