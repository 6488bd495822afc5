/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/fake_kernel.h - processes, their clocks and what a kernel refuses, as a test says (uses --wrap) */
#pragma once

#include "support.h"

#include <sys/types.h>

enum { FAKE_PROCESSES_MAX = 400, FAKE_WAITED_MAX = 8, FAKE_SESSION = 1 };

struct fake_process {
    pid_t pid;
    int64_t clock_ns;
    int reads_left; /* of its clock, after which it has gone; negative: it stays */
    pid_t session;
};

/* What the kernel says. All of it is asked of the true one until fake_kernel_begin(). */
struct fake_kernel {
    char path[64]; /* of its /proc */
    int proc_fd;
    struct fake_process processes[FAKE_PROCESSES_MAX];
    size_t count;
    pid_t without_clock; /* clock_getcpuclockid() fails for it; 0: for none */
    pid_t hidden;        /* getsid() does not tell of it; 0: of all it does */
    int64_t mono_ns;     /* CLOCK_MONOTONIC; negative: the true one */
    int64_t waited_ns
        [FAKE_WAITED_MAX]; /* getrusage() one after the other, the last for ever; negative: fails */
    size_t waited_count;
    bool proc_is_foreign; /* fstatfs(): not the kernel's own /proc */
    bool statfs_fails;
    bool fstat_fails;
    bool folders_have_no_end; /* readdir() gives the name "0" for ever */
    int subreaper;            /* prctl(); negative: it fails */
    int waitid_errnum;        /* 0: there is a child */
    int perf_fd; /* of every second perf_event_open(); negative -errno, and of every first */
    int perf_first;
    int perf_calls;
    int allocations_left; /* that succeed; negative: all */
};

extern struct fake_kernel fake_kernel;

/* An empty machine, all of whose calls succeed. */
void fake_kernel_begin(void);
void fake_kernel_end(void);

/* A process of the machine, known to /proc; the same pid once more is its new state. */
void fake_process_set(pid_t pid, pid_t parent, int64_t clock_ns, int64_t waited_ticks);
/* Its clock goes on, its line stays as it is. */
void fake_process_run(pid_t pid, int64_t clock_ns);
/* It is of another session than the one that all are in at first, the root's. */
void fake_process_of_session(pid_t pid, pid_t session);
/* Neither a clock nor a line of it is there any more. */
void fake_process_end(pid_t pid);
