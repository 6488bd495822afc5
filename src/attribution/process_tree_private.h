/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/process_tree_private.h - the inside of a process tree: who belongs to it, and their
 * time */
#pragma once

#include <dirent.h>
#include <sys/types.h>
#include <time.h>

#include "attribution/process_tree.h"
#include "base/pid_stat.h"

/* drivers account for a process a while after it has ended: so many are remembered */
enum { PROCESS_ENDED_KEPT = 128 };

struct process {
    pid_t pid;
    pid_t parent;
    ino_t inode;         /* of /proc/PID: another one hints at another process with the same pid */
    int64_t start_ticks; /* and this tells */
    clockid_t clock;
    int64_t clock_ns;           /* its own threads */
    int64_t waited_children_ns; /* cutime + cstime */
    bool job;
    bool gone;
    bool awake;   /* its clock had moved when it was read last */
    bool unasked; /* its clock has moved since cutime was read: it may have waited for a child */
};

struct process_tree {
    pid_t root;
    pid_t session; /* the root's, at first; one that it founds later bears its own number */
    bool spread;   /* some of the job came from elsewhere: their sessions may be anybody's */
    int proc_fd;
    DIR *proc;
    int loadavg_fd; /* tells the last pid given; -1: not to be believed */
    pid_t last_pid; /* when looked last; 0 unknown */
    unsigned looks; /* since the last whole scan */
    pid_t only;     /* 0, or: whoever else is there belongs to somebody else */
    long ticks_per_second;
    struct process *known; /* by rising pid; job or not */
    size_t known_count;
    size_t known_capacity;
    size_t living;        /* of them, the job's */
    struct process *next; /* built by a scan, then swapped */
    size_t next_capacity;
    size_t turn;            /* whose cutime is read next */
    unsigned round;         /* which of those asleep have their clocks read */
    int64_t machine_ns;     /* CPU time of everybody, at the last update; -1 unknown */
    int64_t unexplained_ns; /* what of it between the last two was not seen in a clock of the job */
    bool self;              /* the root is this process: the kernel tells what it has waited for */
    bool empty;             /* at the last look it had no child at all */
    int64_t reaped_ns;      /* by the root */
    int64_t reaped_seen_ns; /* of it, what the last update knew */
    int64_t replaced_ns;    /* of processes whose pid another has now, not accounted yet */
    size_t replaced_count;
    int64_t unwaited_ns; /* of processes that vanished without anybody having waited for them */
    int64_t total_ns;    /* the last answer */
    pid_t ended[PROCESS_ENDED_KEPT]; /* of the job, the last ones, as a ring */
    size_t ended_count;
};

/* A known process, job or not; NULL. */
struct process *process_tree_find(struct process *processes, size_t count, pid_t pid);
int64_t process_tree_waited_ns(const struct process_tree *tree, const struct pid_stat *stat);
