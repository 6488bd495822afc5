/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/drm_search.c - which processes have a graphics device open, found a little at a time
 *
 * proc(5), /proc/PID/fd: readable for the same user or with CAP_SYS_PTRACE. Links are read and not
 * followed: what they lead to may hang. Nobody tells when a process opens a device, so that it has
 * to be looked at more than once; what a device's counters say is the same however late it is found.
 */
#include "readers/drm_search.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/number.h"

/* Finding the folder of a process costs as much as some links; devices stand among the first. */
enum { UNITS_PER_PROCESS = 4, LINKS_PER_PROCESS = 1024, JOB_UNITS = 512 };
/* Of a process that has long been there a look each so often. */
static const int64_t LOOK_MOST_NS = 16 * NSEC_PER_SEC;
static const int64_t LOOK_LEAST_NS = 50 * NSEC_PER_MSEC;

static bool is_first_namespace(int proc_fd)
{
    static const char first[] = "pid:[4026531836]";
    char target[64];
    ssize_t length = readlinkat(proc_fd, "self/ns/pid", target, sizeof(target) - 1);

    if (length < 0)
        return false;
    target[length] = '\0';
    return strcmp(target, first) == 0;
}

/* A captured machine holds all that there were, by the host's pids. */
static bool is_procfs(int proc_fd)
{
    struct statfs status;

    return fstatfs(proc_fd, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/* Process 1 is root's, and shown to everybody: who may look into it may look into all. */
static bool may_see_all(int proc_fd)
{
    DIR *folder = fs_list_at(proc_fd, "1/fd");
    bool open = folder != NULL || (errno == ENOENT && !is_procfs(proc_fd));

    fs_closedirp(&folder);
    return open;
}

int drm_search_open(struct drm_search *search_out, int proc_fd, struct shared_pids *job_pids)
{
    struct drm_search search = { .proc_fd = -1, .job_pids = job_pids, .step_ns = -1 };

    search.proc_fd = fs_open_dir_at(proc_fd, ".", NULL);
    if (search.proc_fd < 0)
        return search.proc_fd;
    search.first_namespace = !is_procfs(search.proc_fd) || is_first_namespace(search.proc_fd);
    search.sees_all = search.first_namespace && may_see_all(search.proc_fd);
    if (job_pids != NULL)
        shared_pids_want(job_pids);
    *search_out = search;
    return 0;
}

void drm_search_close(struct drm_search *search)
{
    fs_closedirp(&search->proc);
    if (search->proc_fd >= 0)
        fd_closep(&search->proc_fd);
    free(search->pids);
    free(search->job);
    free(search->next);
    free(search->found);
    *search = (struct drm_search){ .proc_fd = -1, .step_ns = -1 };
}

static void note(struct drm_search *search, pid_t pid, int fd, int64_t since_ns)
{
    if (array_reserve(&search->found, &search->found_capacity, search->found_count + 1,
                      sizeof(*search->found)) == 0)
        search->found[search->found_count++] = (struct drm_found){ pid, fd, since_ns };
}

/* "/dev/dri/renderD128"; in another mount namespace the path may begin elsewhere. */
static bool is_graphics(const char *target)
{
    const char *folder = strstr(target, "/dri/");

    return folder != NULL &&
           (strncmp(folder + 5, "renderD", 7) == 0 || strncmp(folder + 5, "card", 4) == 0);
}

static bool is_kfd(const char *target)
{
    size_t length = strlen(target);

    return length >= 4 && strcmp(target + length - 4, "/kfd") == 0;
}

/* Return: what it cost. */
static int look_into(struct drm_search *search, pid_t pid, int64_t since_ns)
{
    const struct dirent *entry;
    char path[32];
    DIR *folder;
    int links = 0;

    (void)snprintf(path, sizeof(path), "%d/fd", (int)pid);
    folder = fs_list_at(search->proc_fd, path);
    if (folder == NULL)
        return UNITS_PER_PROCESS / 2;
    while (links < LINKS_PER_PROCESS && (entry = readdir(folder)) != NULL) {
        char target[256];
        uint64_t fd;
        ssize_t length;

        if (!number_parse_u64(entry->d_name, &fd) || fd > INT32_MAX)
            continue;
        links++;
        length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
        if (length <= 0)
            continue;
        target[length] = '\0';
        if (is_graphics(target))
            note(search, pid, (int)fd, since_ns);
        else if (is_kfd(target))
            note(search, pid, -1, since_ns);
    }
    fs_closedirp(&folder);
    return UNITS_PER_PROCESS + links;
}

/* --- the job's --- */

static int by_pid(const void *a, const void *b)
{
    const pid_t *left = a;
    const pid_t *right = b;

    return (*left > *right) - (*left < *right);
}

/* Those told of now: what is known of them is kept, new ones are due at once. */
static void take_job(struct drm_search *search, int64_t now_ns)
{
    struct drm_looked *swap;
    size_t swap_capacity;
    size_t count;
    size_t old = 0;

    if (search->job_pids == NULL)
        return;
    count = shared_pids_copy(search->job_pids, &search->pids, &search->pid_capacity);
    if (array_reserve(&search->next, &search->next_capacity, count, sizeof(*search->next)) < 0)
        return;
    if (count > 1)
        qsort(search->pids, count, sizeof(*search->pids), by_pid);
    for (size_t i = 0; i < count; i++) {
        while (old < search->job_count && search->job[old].pid < search->pids[i])
            old++;
        if (old < search->job_count && search->job[old].pid == search->pids[i])
            search->next[i] = search->job[old];
        else
            search->next[i] = (struct drm_looked){
                .pid = search->pids[i],
                .first_ns = search->step_ns, /* it was not there, or was nobody's */
                .looked_ns = -1,
                .next_ns = now_ns,
            };
    }
    swap = search->job;
    swap_capacity = search->job_capacity;
    search->job = search->next;
    search->job_capacity = search->next_capacity;
    search->job_count = count;
    search->next = swap;
    search->next_capacity = swap_capacity;
}

static bool is_due(const struct drm_looked *process, int64_t now_ns, bool hurry)
{
    return now_ns >= process->next_ns || (hurry && now_ns - process->looked_ns >= NSEC_PER_SEC);
}

/* Return: what it cost. */
static int look_at(struct drm_search *search, struct drm_looked *process, int64_t now_ns)
{
    int units = look_into(search, process->pid,
                          process->looked_ns >= 0 ? process->looked_ns : process->first_ns);
    int64_t wait_ns;

    if (process->first_ns < 0)
        process->first_ns = now_ns;
    wait_ns = (now_ns - process->first_ns) / 2;
    if (wait_ns < LOOK_LEAST_NS)
        wait_ns = LOOK_LEAST_NS;
    if (wait_ns > LOOK_MOST_NS)
        wait_ns = LOOK_MOST_NS;
    process->looked_ns = now_ns;
    process->next_ns = now_ns + wait_ns;
    return units;
}

/* Of a large job as many as one step may cost, then the next. */
static void look_at_job(struct drm_search *search, int64_t now_ns, bool hurry)
{
    int units = JOB_UNITS;

    for (size_t i = 0; i < search->job_count && units > 0; i++) {
        struct drm_looked *process;

        if (search->turn >= search->job_count)
            search->turn = 0;
        process = &search->job[search->turn++];
        if (is_due(process, now_ns, hurry))
            units -= look_at(search, process, now_ns);
    }
}

/* --- the machine's --- */

bool drm_search_is_of_job(const struct drm_search *search, pid_t pid)
{
    size_t low = 0;
    size_t high = search->job_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (search->job[middle].pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < search->job_count && search->job[low].pid == pid;
}

static void look_around(struct drm_search *search, int units)
{
    const struct dirent *entry;

    if (search->proc == NULL)
        search->proc = fs_list_at(search->proc_fd, ".");
    while (search->proc != NULL && units > 0) {
        uint64_t pid;

        entry = readdir(search->proc);
        if (entry == NULL) {
            rewinddir(search->proc);
            search->walks++;
            return;
        }
        if (number_parse_u64(entry->d_name, &pid) && pid > 0 && pid <= INT32_MAX &&
            !drm_search_is_of_job(search, (pid_t)pid))
            units -= look_into(search, (pid_t)pid, -1);
    }
}

void drm_search_step(struct drm_search *search, int64_t now_ns, int units)
{
    search->found_count = 0;
    take_job(search, now_ns);
    look_at_job(search, now_ns, units > DRM_SEARCH_STEADY);
    look_around(search, units);
    search->step_ns = now_ns;
}
