/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/process_tree.h - the living descendants of a process and the CPU time of all there were */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/**
 * struct process_tree - descendants of `root` (a subreaper: orphans come back to it), root excluded
 *
 * CPU time is the sum of the clocks of living processes (nanoseconds, 0.45 us a process), of what they
 * report for the children they have waited for (cutime of /proc/PID/stat), and of what the root reaped
 * itself. Children that live and die between two looks are in their parent's cutime.
 */
struct process_tree;

/* proc_fd: this machine's own /proc, also under --sysroot: the command's processes come from the kernel. */
int process_tree_new(struct process_tree **tree_out, pid_t root, int proc_fd,
                     struct aico2_error *err);
void process_tree_free(struct process_tree *tree);

/* The root is this process, whose children others wait for: what of their time has come to it is asked of
 * the kernel, and process_tree_reaped() is not called. */
void process_tree_watch_self(struct process_tree *tree);

/* Before the first scan: a child of the root that is, with all below it, none of the job's. */
void process_tree_exclude(struct process_tree *tree, pid_t pid);

/* The job will be the child and what it starts: whoever else is there now is not looked at. */
void process_tree_begin(struct process_tree *tree, pid_t child);

/* One that is nobody's child here belongs to the job from now on, with all below it. false: it is gone. */
bool process_tree_adopt(struct process_tree *tree, pid_t pid);

/* Look for new processes: one readdir of /proc, one stat file for each process not seen before. */
void process_tree_scan(struct process_tree *tree);
/* The same for less: among the pids given since the last time, where the kernel tells the last one. */
void process_tree_look(struct process_tree *tree);

/* Of this process's own: the last process_tree_look() found that the kernel knows no child of it. */
bool process_tree_is_empty(const struct process_tree *tree);

/**
 * process_tree_update() - read the clocks
 * @births:     processes may have been started since the last update: children may have come and gone
 * @machine_ns: CPU time of everybody so far; -1 unknown. Known, of a large tree those that slept are looked at
 *              in turns, and all at once when the machine gets busier than the others explain
 * Return: CPU time of the tree so far, nanoseconds; never less than before.
 */
int64_t process_tree_update(struct process_tree *tree, bool births, int64_t machine_ns);

/* The same for the last time: every parent is asked what it has waited for, however many there are. */
int64_t process_tree_settle(struct process_tree *tree);

/* The root has waited for a child that used this much, its own waited-for children included. */
void process_tree_reaped(struct process_tree *tree, pid_t pid, int64_t cpu_ns);

/* One of the job's, alive or among the last that ended. */
bool process_tree_contains(const struct process_tree *tree, pid_t pid);
/* It has been met, whether it is the job's or not. */
bool process_tree_knows(const struct process_tree *tree, pid_t pid);

/* Living descendants, by rising pid; at most `limit`. Return: how many there are in all. */
size_t process_tree_living(const struct process_tree *tree, pid_t *pids_out, size_t limit);
