/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/cgroup_clock.c - the CPU time of our control group, as long as the job is alone in it */
#include "attribution/cgroup_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribution/cgroup_usage.h"
#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/pid_stat.h"

enum { PLACES_MAX = 4, MEMBERS_LIMIT = 1 << 20, ANCESTORS_MAX = 256 };

struct cgroup_clock {
    pid_t root;
    pid_t child;
    bool begun; /* any descendant of the root is ours, too */
    int proc_fd;
    int group_fd; /* the directory */
    struct cgroup_usage usage;
    bool version2;
    own_cpu_fn *own_cpu_ns;
    int64_t start_ns; /* of the group, when we began */
    int64_t own_start_ns;
    pid_t *members; /* of the last look, by rising pid: known to be ours */
    size_t member_count;
    size_t member_capacity;
    pid_t *next;
    size_t next_capacity;
};

void cgroup_clock_free(struct cgroup_clock *clock)
{
    if (clock == NULL)
        return;
    fd_closep(&clock->group_fd);
    cgroup_usage_close(&clock->usage);
    free(clock->members);
    free(clock->next);
    free(clock);
}

int cgroup_clock_read(const struct cgroup_clock *clock, int64_t *cpu_ns_out)
{
    int64_t usage_ns = 0;
    int r = cgroup_usage_read(&clock->usage,
                              &usage_ns); /* first: our own time from here on is not the job's */
    int64_t own_ns;

    if (r < 0)
        return r;
    own_ns = clock->own_cpu_ns() - clock->own_start_ns;
    usage_ns -= clock->start_ns + own_ns;
    *cpu_ns_out = usage_ns > 0 ? usage_ns : 0;
    return 0;
}

/* Time of groups below is in ours, but who is in them is not listed. */
static bool has_groups_below(const struct cgroup_clock *clock)
{
    static const char key[] = "nr_descendants ";
    struct stat status;
    char text[256];
    const char *at;

    if (!clock->version2) /* a directory has a link from itself, its parent and each one below */
        return fstat(clock->group_fd, &status) < 0 || status.st_nlink > 2;
    if (fs_read_text_at(clock->group_fd, "cgroup.stat", text, sizeof(text), NULL) < 0)
        return true;
    at = strstr(text, key);
    return at == NULL || at[sizeof(key) - 1] != '0';
}

static bool is_descendant(const struct cgroup_clock *clock, pid_t pid)
{
    struct pid_stat stat;

    for (int i = 0; i < ANCESTORS_MAX; i++) {
        if (!pid_stat_read(clock->proc_fd, pid, &stat))
            return i == 0; /* gone meanwhile: as those are whose parents we are */
        if (stat.parent == clock->root)
            return true;
        if (stat.parent <= 1)
            return false;
        pid = stat.parent;
    }
    return false;
}

static int by_pid(const void *a, const void *b)
{
    pid_t left = *(const pid_t *)a;
    pid_t right = *(const pid_t *)b;

    return (left > right) - (left < right);
}

static bool is_ours(const struct cgroup_clock *clock, pid_t pid)
{
    if (pid == clock->root || pid == clock->child)
        return true;
    if (!clock->begun)
        return false;
    return bsearch(&pid, clock->members, clock->member_count, sizeof(pid), by_pid) != NULL ||
           is_descendant(clock, pid);
}

/* The list becomes the next one, sorted. false: somebody is not ours. */
static bool take_members(struct cgroup_clock *clock, char *list)
{
    size_t count = 0;
    char *rest = list;
    pid_t *swap;
    size_t swap_capacity;

    for (const char *word; (word = strsep(&rest, "\n")) != NULL;) {
        uint64_t pid;

        if (*word == '\0')
            continue;
        /* 0: of a namespace that we do not see into */
        if (!number_parse_u64(word, &pid) || pid == 0 || pid > INT32_MAX ||
            !is_ours(clock, (pid_t)pid) ||
            array_reserve(&clock->next, &clock->next_capacity, count + 1, sizeof(*clock->next)) < 0)
            return false;
        clock->next[count++] = (pid_t)pid;
    }
    if (count > 0)
        qsort(clock->next, count, sizeof(*clock->next), by_pid);
    swap = clock->members;
    swap_capacity = clock->member_capacity;
    clock->members = clock->next;
    clock->member_capacity = clock->next_capacity;
    clock->member_count = count;
    clock->next = swap;
    clock->next_capacity = swap_capacity;
    return count > 0;
}

bool cgroup_clock_is_alone(struct cgroup_clock *clock)
{
    AICO2_CLEANUP(freep) char *list = NULL;

    return !has_groups_below(clock) &&
           fs_read_all_at(clock->group_fd, "cgroup.procs", MEMBERS_LIMIT, &list, NULL) >= 0 &&
           take_members(clock, list);
}

/* Version 1 leaves out of cgroup.procs who is not of our process namespace, where version 2 says 0. */
static bool sees_everybody(const struct cgroup_clock *clock)
{
    static const char initial[] = "pid:[4026531836]"; /* PROC_PID_INIT_INO, ever the same */
    char name[sizeof(initial) + 1];
    ssize_t length;

    if (clock->version2)
        return true;
    length = readlinkat(clock->proc_fd, "self/ns/pid", name, sizeof(name));
    return length == (ssize_t)sizeof(initial) - 1 && memcmp(name, initial, (size_t)length) == 0;
}

size_t cgroup_clock_members(const struct cgroup_clock *clock)
{
    return clock->member_count;
}

/* false: it is of no use, and stays closed. */
static bool begin_at(struct cgroup_clock *clock, const struct cgroup_place *place)
{
    clock->version2 = place->version2;
    clock->member_count = 0;
    clock->group_fd = openat(place->dirfd, place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (clock->group_fd >= 0 && sees_everybody(clock) && cgroup_clock_is_alone(clock)) {
        if (cgroup_usage_open_at(clock->group_fd, place->version2, &clock->usage) == 0 &&
            cgroup_usage_read(&clock->usage, &clock->start_ns) == 0) {
            clock->own_start_ns = clock->own_cpu_ns();
            clock->begun = true;
            return true;
        }
    }
    fd_closep(&clock->group_fd);
    cgroup_usage_close(&clock->usage);
    return false;
}

struct cgroup_clock *cgroup_clock_open(pid_t root, pid_t child, const struct cgroup_roots *roots,
                                       own_cpu_fn *own_cpu_ns)
{
    struct cgroup_place places[PLACES_MAX];
    size_t count = cgroup_places(roots, "cpuacct", places, PLACES_MAX);
    struct cgroup_clock *clock = count == 0 ? NULL : calloc(1, sizeof(*clock));

    if (clock == NULL)
        return NULL;
    clock->root = root;
    clock->child = child;
    clock->proc_fd = roots->proc_fd;
    clock->group_fd = -1;
    clock->usage = CGROUP_USAGE_NULL;
    clock->own_cpu_ns = own_cpu_ns;
    for (size_t i = 0; i < count; i++) {
        if (begin_at(clock, &places[i]))
            return clock;
    }
    cgroup_clock_free(clock);
    return NULL;
}
