/* SPDX-License-Identifier: Apache-2.0 */
/* base/cgroup.c - where the files of our control group are, versions 1 and 2 */
#include "base/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"

enum { FILE_LIMIT = 1 << 20, FIELDS_MAX = 64 };

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

bool cgroup_parse_mount(const char *line, size_t length, const char *controller,
                        struct cgroup_mount *mount_out)
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
        !(slice_is(fields[dash + 1], "cgroup") && slice_lists(fields[dash + 3], controller)))
        return false;
    if (!copy_slice(mount.root, sizeof(mount.root), fields[3]) ||
        !copy_slice(mount.point, sizeof(mount.point), fields[4]))
        return false;

    *mount_out = mount;
    return true;
}

/* Lines are "number:controllers:path"; version 2 is number 0 without controllers. */
bool cgroup_parse_path(const char *text, bool version2, const char *controller, char *path_out,
                       size_t size)
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
                         : slice_lists(controllers, controller))
                return path.length > 0 && path.start[0] == '/' && copy_slice(path_out, size, path);
        }
        text = *end == '\n' ? end + 1 : end;
    }
    return false;
}

/* Where a mount is found from here: below our sys root, or for the real machine anywhere. */
static bool place_mount(const struct cgroup_roots *roots, const char *point, int *dirfd_out,
                        const char **path_out)
{
    static const char sys[] = "/sys/";

    if (strncmp(point, sys, sizeof(sys) - 1) == 0 && roots->sys_fd >= 0) {
        *dirfd_out = roots->sys_fd;
        *path_out = point + sizeof(sys) - 1;
        return true;
    }
    *dirfd_out = AT_FDCWD;
    *path_out = point;
    return !roots->sysroot && point[0] == '/';
}

static bool make_place(const struct cgroup_roots *roots, const struct cgroup_mount *mount,
                       const char *group, struct cgroup_place *place_out)
{
    size_t root_length = strlen(mount->root);
    struct cgroup_place place = { .version2 = mount->version2 };
    const char *point = NULL;

    if (!place_mount(roots, mount->point, &place.dirfd, &point))
        return false;
    if (strcmp(mount->root, "/") != 0) {
        /* A container may be shown only its own part, or a path of another namespace ("/../..") */
        if (strncmp(group, mount->root, root_length) == 0 &&
            (group[root_length] == '/' || group[root_length] == '\0'))
            group += root_length;
        else
            group = "";
    }
    if (strcmp(group, "/") == 0)
        group = "";
    place.top = strlen(point);
    if (snprintf(place.path, sizeof(place.path), "%s%s", point, group) >= (int)sizeof(place.path))
        return false;
    *place_out = place;
    return true;
}

size_t cgroup_places(const struct cgroup_roots *roots, const char *controller,
                     struct cgroup_place *places_out, size_t limit)
{
    AICO2_CLEANUP(freep) char *groups = NULL;
    AICO2_CLEANUP(freep) char *mounts = NULL;
    size_t count = 0;

    if (fs_read_all_at(roots->proc_fd, "self/cgroup", FILE_LIMIT, &groups, NULL) < 0 ||
        fs_read_all_at(roots->proc_fd, "self/mountinfo", FILE_LIMIT, &mounts, NULL) < 0)
        return 0;

    for (const char *line = mounts; *line != '\0' && count < limit;) {
        const char *end = strchrnul(line, '\n');
        struct cgroup_mount mount;
        char group[CGROUP_PATH_SIZE];

        if (cgroup_parse_mount(line, (size_t)(end - line), controller, &mount) &&
            cgroup_parse_path(groups, mount.version2, controller, group, sizeof(group)) &&
            make_place(roots, &mount, group, &places_out[count]))
            count++;
        line = *end == '\n' ? end + 1 : end;
    }
    return count;
}
