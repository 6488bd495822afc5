/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/all_processes.h - every process of a machine, and the CPU time of each since the last look
 *
 * For who looks on: what lives and dies between two looks is not in it, and is told as nobody's. A process costs a
 * microsecond a look once it is known, a new one a file of ten.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/process.h"

struct all_processes;

/* One of them between two looks. */
struct seen_process {
    struct machine_process figures; /* all but who it is is the caller's, and stays with it */
    uint32_t age;                   /* the caller's, and stays */
    int64_t used_ns;                /* CPU time since the last look; 0 at the first */
};

/**
 * all_processes_new() - nothing is looked at yet
 * @proc_fd: /proc; stays the caller's, and open for as long as this lives
 * @kernel:  it is this kernel's, whose clocks may be asked; else times are those of its files
 */
int all_processes_new(struct all_processes **processes_out, int proc_fd, bool kernel,
                      struct aico2_error *err);
void all_processes_free(struct all_processes *processes);

/**
 * all_processes_look() - who is there, by rising pid
 * @items_out: until the next look; what the caller has written into figures stays with the process
 * @ended_joules_out: of those that have gone since the last look
 * Return: 0, or -ENOMEM with what was there before
 */
int all_processes_look(struct all_processes *processes, struct seen_process **items_out,
                       size_t *count_out, double *ended_joules_out);

/* Of the last look; NULL: there is none. */
struct seen_process *all_processes_find(struct all_processes *processes, int32_t pid);

/* Brings the command and the owner of one that is to be shown up to date. */
void all_processes_name(struct all_processes *processes, struct seen_process *process);
