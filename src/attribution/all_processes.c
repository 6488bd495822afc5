/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attribution/all_processes.c - every process of a machine, and the CPU time of each since the last look
 *
 * /proc lists processes by rising pid, so that those already known are met by a merge of two sorted lists.
 * Facts: proc(5), clock_getcpuclockid(3).
 */
#include "attribution/all_processes.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/pid_stat.h"
#include "base/text.h"

enum { STAT_SIZE = 1024 };

struct entry {
    struct seen_process seen; /* first: what is handed out is found again by it */
    ino_t inode; /* of its directory: another one is another process, or the same anew */
    int64_t cpu_ns;
    bool counted; /* cpu_ns is of a look before this one */
};

/* Two lists that take turns. What is handed out is a list of its own, as struct entry is ours. */
struct all_processes {
    int proc_fd;
    bool kernel;
    int64_t tick_ns;
    DIR *proc;
    struct entry *known;
    size_t known_count;
    size_t known_capacity;
    struct entry *next;
    size_t next_capacity;
    struct seen_process *shown;
    size_t shown_count;
    size_t shown_capacity;
};

int all_processes_new(struct all_processes **processes_out, int proc_fd, bool kernel,
                      struct aico2_error *err)
{
    struct all_processes *processes = calloc(1, sizeof(*processes));

    if (processes == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    processes->proc_fd = proc_fd;
    processes->kernel = kernel;
    processes->tick_ns = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
    processes->proc = fs_list_at(proc_fd, "."); /* without it there is nobody to be seen */
    *processes_out = processes;
    return 0;
}

void all_processes_free(struct all_processes *processes)
{
    if (processes == NULL)
        return;
    fs_closedirp(&processes->proc);
    free(processes->known);
    free(processes->next);
    free(processes->shown);
    free(processes);
}

/* "7 (name) S 1 ...", which has been parsed: the name may hold parentheses itself. */
static void take_name(struct machine_process *process, char *text)
{
    char *start = strchr(text, '(');
    char *end = strrchr(text, ')');

    if (start == NULL || end <= start)
        return;
    *end = '\0';
    text_copy_clean(process->name, sizeof(process->name), start + 1);
}

/* Return: false: it is gone, or not to be read. */
static bool read_stat(const struct all_processes *processes, struct machine_process *process,
                      struct pid_stat *stat_out)
{
    char path[40];
    char text[STAT_SIZE];

    (void)snprintf(path, sizeof(path), "%" PRId32 "/stat", process->pid);
    if (fs_read_text_at(processes->proc_fd, path, text, sizeof(text), NULL) <= 0 ||
        !pid_stat_parse(text, stat_out))
        return false;
    process->parent = stat_out->parent;
    process->start_ticks = stat_out->start_ticks;
    take_name(process, text);
    return true;
}

static bool read_clock(int32_t pid, int64_t *cpu_ns_out)
{
    clockid_t clock;
    struct timespec used;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return false;
    *cpu_ns_out = (int64_t)used.tv_sec * NSEC_PER_SEC + used.tv_nsec;
    return true;
}

static void read_time(const struct all_processes *processes, struct entry *entry,
                      const struct pid_stat *stat)
{
    const int64_t before_ns = entry->cpu_ns;
    int64_t now_ns = before_ns;

    if (processes->kernel)
        (void)read_clock(entry->seen.figures.pid,
                         &now_ns); /* one that has just ended stands still */
    else
        now_ns = stat->own_ticks * processes->tick_ns;
    entry->seen.used_ns = entry->counted && now_ns > before_ns ? now_ns - before_ns : 0;
    entry->cpu_ns = now_ns;
    entry->counted = true;
}

static struct entry *find(struct entry *entries, size_t count, int32_t pid)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entries[middle].seen.figures.pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && entries[low].seen.figures.pid == pid ? &entries[low] : NULL;
}

/* Who an entry of /proc is. Return: false: it has gone meanwhile. */
static bool look_at(struct all_processes *processes, int32_t pid, ino_t inode,
                    struct entry *entry_out)
{
    const struct entry *before = find(processes->known, processes->known_count, pid);
    struct entry entry = { .seen.figures.pid = pid, .inode = inode };
    struct pid_stat stat = { 0 };
    bool same = before != NULL && before->inode == inode && processes->kernel;

    if (!same) {
        if (!read_stat(processes, &entry.seen.figures, &stat))
            return false;
        same = before != NULL &&
               before->seen.figures.start_ticks == entry.seen.figures.start_ticks;
    }
    if (same) {
        entry = *before;
        entry.inode = inode;
    } else {
        /* one that began after the last look has done all of it since */
        entry.counted = processes->known_count > 0;
    }
    read_time(processes, &entry, &stat);
    *entry_out = entry;
    return true;
}

static int by_pid(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;

    return (left->seen.figures.pid > right->seen.figures.pid) -
           (left->seen.figures.pid < right->seen.figures.pid);
}

/* Return: 0 or -ENOMEM. */
static int scan(struct all_processes *processes, size_t *count_out)
{
    const struct dirent *item;
    size_t count = 0;
    bool sorted = true;

    if (processes->proc != NULL)
        rewinddir(processes->proc);
    while (processes->proc != NULL && (item = readdir(processes->proc)) != NULL) {
        uint64_t pid;

        if (item->d_name[0] < '1' || item->d_name[0] > '9' ||
            !number_parse_u64(item->d_name, &pid) || pid > INT32_MAX)
            continue;
        if (array_reserve(&processes->next, &processes->next_capacity, count + 1,
                          sizeof(*processes->next)) < 0)
            return -ENOMEM;
        if (!look_at(processes, (int32_t)pid, item->d_ino, &processes->next[count]))
            continue;
        sorted =
            sorted && (count == 0 || processes->next[count - 1].seen.figures.pid < (int32_t)pid);
        count++;
    }
    if (!sorted)
        qsort(processes->next, count, sizeof(*processes->next), by_pid);
    *count_out = count;
    return 0;
}

/* What those of before used whom the new list lacks. */
static double gone_joules(const struct all_processes *processes, size_t count)
{
    double joules = 0;

    for (size_t i = 0; i < processes->known_count; i++) {
        const struct machine_process *old = &processes->known[i].seen.figures;
        const struct entry *now = find(processes->next, count, old->pid);

        if (now == NULL || now->seen.figures.start_ticks != old->start_ticks)
            joules += old->joules;
    }
    return joules;
}

/* The caller's figures back to where the next look finds them. */
static void keep_figures(struct all_processes *processes)
{
    for (size_t i = 0; i < processes->shown_count; i++)
        processes->known[i].seen = processes->shown[i];
}

int all_processes_look(struct all_processes *processes, struct seen_process **items_out,
                       size_t *count_out, double *ended_joules_out)
{
    struct entry *swap = processes->known;
    size_t swap_capacity = processes->known_capacity;
    size_t count;

    keep_figures(processes);
    if (scan(processes, &count) < 0 || array_reserve(&processes->shown, &processes->shown_capacity,
                                                     count, sizeof(*processes->shown)) < 0)
        return -ENOMEM;
    *ended_joules_out = gone_joules(processes, count);
    processes->known = processes->next;
    processes->known_capacity = processes->next_capacity;
    processes->known_count = count;
    processes->next = swap;
    processes->next_capacity = swap_capacity;
    for (size_t i = 0; i < count; i++)
        processes->shown[i] = processes->known[i].seen;
    processes->shown_count = count;
    *items_out = processes->shown;
    *count_out = count;
    return 0;
}

struct seen_process *all_processes_find(struct all_processes *processes, int32_t pid)
{
    const struct entry *entry = find(processes->known, processes->known_count, pid);

    return entry == NULL ? NULL : &processes->shown[entry - processes->known];
}

/* Arguments are parted by NUL. */
static void read_command(const struct all_processes *processes, struct machine_process *process)
{
    char path[40];
    char text[PROCESS_COMMAND_SIZE * 2];
    AICO2_CLEANUP(fd_closep) int fd = -1;
    ssize_t length;

    (void)snprintf(path, sizeof(path), "%" PRId32 "/cmdline", process->pid);
    fd = fs_open_at(processes->proc_fd, path, NULL);
    length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    if (length <= 0)
        return;
    for (ssize_t i = 0; i < length; i++) {
        if (text[i] == '\0')
            text[i] = ' ';
    }
    text[length] = '\0';
    text_copy_clean(process->command, sizeof(process->command), text);
}

void all_processes_name(struct all_processes *processes, struct seen_process *process)
{
    struct pid_stat ignored;
    struct stat status;
    char path[24];

    (void)snprintf(path, sizeof(path), "%" PRId32, process->figures.pid);
    if (fstatat(processes->proc_fd, path, &status, 0) < 0 ||
        !read_stat(processes, &process->figures, &ignored))
        return;
    process->figures.uid = status.st_uid;
    read_command(processes, &process->figures);
}
