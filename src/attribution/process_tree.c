/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attribution/process_tree.c - the living descendants of a process
 *
 * /proc lists processes by rising pid, so that the processes already looked at are skipped by a merge
 * of two sorted lists. Facts: proc(5) (stat: ppid), clock_getcpuclockid(3).
 */
#include "attribution/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attribution/process_tree_private.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/pid_stat.h"

/* Asking whether a pid is there costs about as much as passing by one in a list of /proc. */
enum { LISTED_PER_PID = 1, LOOKS_PER_SCAN = 16 };
/* A pid is given a moment before its process can be seen: so many are looked for once more. */
enum { PIDS_AGAIN = 16 };
/* The kernel's own: what stands in for it in some containers has its own idea of the last pid. */
static int open_loadavg(int proc_fd)
{
    int fd = openat(proc_fd, "loadavg", O_RDONLY | O_CLOEXEC);
    struct statfs status;

    if (fd >= 0 && (fstatfs(fd, &status) < 0 || status.f_type != PROC_SUPER_MAGIC))
        fd_closep(&fd);
    return fd;
}

int process_tree_new(struct process_tree **tree_out, pid_t root, int proc_fd,
                     struct aico2_error *err)
{
    struct process_tree *tree = calloc(1, sizeof(*tree));

    if (tree == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    tree->root = root;
    tree->session = getsid(root);
    tree->proc_fd = proc_fd;
    tree->machine_ns = -1;
    tree->ticks_per_second = sysconf(_SC_CLK_TCK);
    tree->loadavg_fd = open_loadavg(proc_fd);
    /* without /proc only what the root has waited for is known: less, but no reason to measure nothing */
    tree->proc = fs_list_at(proc_fd, ".");
    *tree_out = tree;
    return 0;
}

void process_tree_free(struct process_tree *tree)
{
    if (tree == NULL)
        return;
    fs_closedirp(&tree->proc);
    fd_closep(&tree->loadavg_fd);
    free(tree->known);
    free(tree->next);
    free(tree);
}

int64_t process_tree_waited_ns(const struct process_tree *tree, const struct pid_stat *stat)
{
    return stat->children_ticks * (NSEC_PER_SEC / tree->ticks_per_second);
}

struct process *process_tree_find(struct process *processes, size_t count, pid_t pid)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (processes[middle].pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && processes[low].pid == pid ? &processes[low] : NULL;
}

static int by_pid(const void *a, const void *b)
{
    const struct process *left = a;
    const struct process *right = b;

    return (left->pid > right->pid) - (left->pid < right->pid);
}

/* New processes below the root or below one of the job's; a child may have a smaller pid than its parent. */
static void adopt(struct process_tree *tree, struct process *processes, size_t count)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            const struct process *parent;

            if (processes[i].job || processes[i].parent <= 0)
                continue;
            parent = process_tree_find(processes, count, processes[i].parent);
            if (processes[i].parent == tree->root || (parent != NULL && parent->job)) {
                processes[i].job = true;
                processes[i].awake = true;
                changed = true;
                if (clock_getcpuclockid(processes[i].pid, &processes[i].clock) != 0)
                    processes[i].gone = true;
            }
        }
    }
}

static void describe(const struct process_tree *tree, struct process *process)
{
    struct pid_stat stat;

    if (!pid_stat_read(tree->proc_fd, process->pid, &stat))
        return; /* gone already: it has no parent, so that nobody adopts it */
    process->parent = stat.parent;
    process->start_ticks = stat.start_ticks;
    process->waited_children_ns = process_tree_waited_ns(tree, &stat);
}

/* What is known of an entry of /proc; only those not seen before are read. */
static struct process look_at(struct process_tree *tree, pid_t pid, ino_t inode)
{
    const struct process *seen = process_tree_find(tree->known, tree->known_count, pid);
    struct process process = { .pid = pid, .inode = inode };

    if (seen != NULL && seen->inode == inode)
        return *seen;
    if (tree->only != 0 && tree->only != pid)
        return seen != NULL ? *seen : process;
    describe(tree, &process);
    if (seen == NULL)
        return process;
    if (process.start_ticks == seen->start_ticks) {
        process = *seen; /* the kernel has only forgotten its directory meanwhile */
        process.inode = inode;
    } else if (seen->job && !seen->gone) {
        tree->replaced_ns += seen->clock_ns + seen->waited_children_ns;
        tree->replaced_count++;
    }
    return process;
}

/* "0.41 0.36 0.30 2/137 32768": the last is the last pid given in our namespace. 0: unknown */
static pid_t read_last_pid(const struct process_tree *tree)
{
    char text[96];
    uint64_t pid;
    const char *last;

    if (tree->loadavg_fd < 0 || fs_pread_text(tree->loadavg_fd, text, sizeof(text)) <= 0)
        return 0;
    text[strcspn(text, "\n")] = '\0';
    last = strrchr(text, ' ');
    if (last == NULL || !number_parse_u64(last + 1, &pid) || pid > INT32_MAX)
        return 0;
    return (pid_t)pid;
}

static void scan_all(struct process_tree *tree)
{
    struct process *swap;
    size_t swap_capacity;
    size_t count = 0;
    size_t listed;
    bool sorted = true;
    const struct dirent *entry;

    if (tree->proc == NULL)
        return;
    rewinddir(tree->proc);
    while ((entry = readdir(tree->proc)) != NULL) {
        uint64_t pid;

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
            !number_parse_u64(entry->d_name, &pid) || pid > INT32_MAX || (pid_t)pid == tree->root)
            continue;
        if (array_reserve(&tree->next, &tree->next_capacity, count + 1, sizeof(*tree->next)) < 0)
            return;
        tree->next[count] = look_at(tree, (pid_t)pid, entry->d_ino);
        sorted = sorted && (count == 0 || tree->next[count - 1].pid < tree->next[count].pid);
        count++;
    }
    if (!sorted)
        qsort(tree->next, count, sizeof(*tree->next), by_pid);
    sorted = true;
    listed = count;
    /* job processes that are no longer listed stay until the next update has accounted for them */
    for (size_t i = 0; i < tree->known_count; i++) {
        if (!tree->known[i].job || tree->known[i].gone ||
            process_tree_find(tree->next, listed, tree->known[i].pid) != NULL)
            continue;
        if (array_reserve(&tree->next, &tree->next_capacity, count + 1, sizeof(*tree->next)) < 0)
            return;
        tree->next[count++] = tree->known[i];
        sorted = false;
    }
    if (!sorted)
        qsort(tree->next, count, sizeof(*tree->next), by_pid);
    adopt(tree, tree->next, count);

    swap = tree->known;
    swap_capacity = tree->known_capacity;
    tree->known = tree->next;
    tree->known_capacity = tree->next_capacity;
    tree->known_count = count;
    tree->next = swap;
    tree->next_capacity = swap_capacity;
    tree->living = process_tree_living(tree, NULL, 0);
}

void process_tree_scan(struct process_tree *tree)
{
    pid_t last_pid =
        read_last_pid(tree); /* before the scan: who comes during it is looked for again */

    scan_all(tree);
    tree->looks = 0;
    tree->last_pid = last_pid;
}

void process_tree_begin(struct process_tree *tree, pid_t child)
{
    tree->only = child;
    process_tree_scan(tree);
    tree->only = 0;
}

/* Pids are given in rising order: most belong at the end. Return: 0 or -ENOMEM. */
static int insert(struct process_tree *tree, const struct process *process)
{
    size_t at = tree->known_count;

    if (array_reserve(&tree->known, &tree->known_capacity, tree->known_count + 1,
                      sizeof(*tree->known)) < 0)
        return -ENOMEM;
    while (at > 0 && tree->known[at - 1].pid > process->pid)
        at--;
    memmove(tree->known + at + 1, tree->known + at,
            (tree->known_count - at) * sizeof(*tree->known));
    tree->known[at] = *process;
    tree->known_count++;
    return 0;
}

/* Pids given since the look before: after `first` up to `last`. */
struct look {
    pid_t first;
    pid_t last;
};

/*
 * Who is in a session was born into it or has founded it: nobody of the job is in one that is not the root's and whose
 * founder is known for a stranger. The number of a session is given to no process while anybody is in it. A founder
 * that this look has brought may still turn out to be the job's.
 */
static bool is_of_strangers(struct process_tree *tree, const struct look *look, pid_t session)
{
    const struct process *founder;

    if (tree->spread || session < 0 || session == tree->session)
        return false;
    if (session == 0)
        return true; /* founded outside our namespace */
    if (session > look->first && session <= look->last)
        return false;
    founder = process_tree_find(tree->known, tree->known_count, session);
    return founder != NULL && !founder->job;
}

/* Return: 0, or -ENOMEM with nothing lost that a scan would not find. */
static int look_for(struct process_tree *tree, const struct look *look, pid_t pid)
{
    struct process process = { .pid = pid };
    pid_t session;

    if (pid == tree->root || process_tree_find(tree->known, tree->known_count, pid) != NULL)
        return 0;
    session = getsid(pid);
    if (session < 0 && errno == ESRCH)
        return 0; /* most have gone already: 0.3 us to know it, and 10 to look into /proc */
    if (!is_of_strangers(tree, look, session)) {
        describe(tree, &process);
        if (process.parent == 0)
            return 0;
    }
    return insert(tree, &process);
}

/* Nobody of the job lives and the root has no child: whoever is new is somebody else's. */
static bool has_nobody(const struct process_tree *tree)
{
    siginfo_t info;

    return tree->self && !tree->spread && tree->living == 0 &&
           waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD;
}

/*
 * Pids are given in rising order: new processes have those since the last look. A whole scan now and then
 * finds whoever chose a pid, and forgets who has gone.
 */
void process_tree_look(struct process_tree *tree)
{
    struct look look;

    tree->empty = has_nobody(tree);
    if (tree->empty)
        return; /* the first child's look goes on where the last one ended */
    look.last = read_last_pid(tree);
    look.first = tree->last_pid - PIDS_AGAIN;
    if (look.last <= 0 || look.first <= 0 || look.last < tree->last_pid ||
        (size_t)(look.last - look.first) * LISTED_PER_PID >
            tree->known_count + 4 * LISTED_PER_PID * PIDS_AGAIN ||
        ++tree->looks >= LOOKS_PER_SCAN) {
        process_tree_scan(tree);
        return;
    }
    for (pid_t pid = look.first + 1; pid <= look.last; pid++) {
        if (look_for(tree, &look, pid) < 0)
            return;
    }
    adopt(tree, tree->known, tree->known_count);
    tree->living = process_tree_living(tree, NULL, 0);
    tree->last_pid = look.last;
}

bool process_tree_is_empty(const struct process_tree *tree)
{
    return tree->empty;
}

bool process_tree_adopt(struct process_tree *tree, pid_t pid)
{
    struct process *process;

    tree->spread = true;
    tree->empty = false;
    process_tree_scan(tree);
    process = process_tree_find(tree->known, tree->known_count, pid);
    if (process == NULL || process->gone)
        return false;
    if (!process->job) {
        process->job = true;
        process->awake = true;
        if (clock_getcpuclockid(pid, &process->clock) != 0)
            process->gone = true;
    }
    adopt(tree, tree->known, tree->known_count);
    tree->living = process_tree_living(tree, NULL, 0);
    return !process->gone;
}

void process_tree_exclude(struct process_tree *tree, pid_t pid)
{
    struct process process = { .pid = pid };

    describe(tree, &process);
    process.parent = 0; /* known, and without a parent that would make it the job's */
    (void)insert(tree, &process);
}

bool process_tree_knows(const struct process_tree *tree, pid_t pid)
{
    return process_tree_find(tree->known, tree->known_count, pid) != NULL ||
           process_tree_contains(tree, pid);
}

bool process_tree_contains(const struct process_tree *tree, pid_t pid)
{
    const struct process *process = process_tree_find(tree->known, tree->known_count, pid);

    if (process != NULL)
        return process->job;
    for (size_t i = 0; i < tree->ended_count && i < PROCESS_ENDED_KEPT; i++) {
        if (tree->ended[i] == pid)
            return true;
    }
    return false;
}

size_t process_tree_living(const struct process_tree *tree, pid_t *pids_out, size_t limit)
{
    size_t count = 0;

    for (size_t i = 0; i < tree->known_count; i++) {
        if (!tree->known[i].job || tree->known[i].gone)
            continue;
        if (count < limit)
            pids_out[count] = tree->known[i].pid;
        count++;
    }
    return count;
}
