/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cgroup_limit.c - how much memory our control group may use
 *
 * Linux Documentation/admin-guide/cgroup-v2.rst ("memory.max") and cgroup-v1/memory.rst
 * ("memory.limit_in_bytes").
 */
#include "readers/cgroup_limit.h"

#include <stdio.h>
#include <string.h>

#include "base/cgroup.h"
#include "base/fs.h"
#include "base/number.h"

enum { PLACES_MAX = 8 };

/* Version 1 writes "no limit" as the largest whole page count, a little below 2^63. */
static const uint64_t LIMIT_NONE = UINT64_C(1) << 62;

static uint64_t smaller_limit(uint64_t a, uint64_t b)
{
    if (a == 0)
        return b;
    return b == 0 || a < b ? a : b;
}

static uint64_t read_limit(const struct cgroup_place *place)
{
    char path[CGROUP_FILE_SIZE + 32];
    char text[64];
    uint64_t limit;

    (void)snprintf(path, sizeof(path), "%s/%s", place->path,
                   place->version2 ? "memory.max" : "memory.limit_in_bytes");
    if (fs_read_text_at(place->dirfd, path, text, sizeof(text), NULL) < 0 ||
        !number_parse_u64(text, &limit) || limit >= LIMIT_NONE)
        return 0;
    return limit;
}

/* From our group up to the top of what is mounted: each level limits those below. */
static uint64_t walk_up(struct cgroup_place *place)
{
    uint64_t limit = 0;

    for (;;) {
        char *slash;

        limit = smaller_limit(limit, read_limit(place));
        slash = strrchr(place->path + place->top, '/');
        if (slash == NULL)
            return limit;
        *slash = '\0';
    }
}

uint64_t cgroup_memory_limit(const struct reader_env *env)
{
    const struct cgroup_roots roots = { env->proc_fd, env->sys_fd, env->sysroot };
    struct cgroup_place places[PLACES_MAX];
    size_t count = cgroup_places(&roots, "memory", places, PLACES_MAX);
    uint64_t limit = 0;

    for (size_t i = 0; i < count; i++)
        limit = smaller_limit(limit, walk_up(&places[i]));
    return limit;
}
