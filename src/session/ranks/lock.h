/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/lock.h - one process of many that measures for them all, as long as it lives */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/ulid.h"

/*
 * A file a job, in a directory of this machine and this user. Who holds its lock measures; the kernel lets go of it
 * when that process dies. A child that it had forked may hold it still: then its pid is asked for. The other ranks
 * stand in the file, so that whoever measures knows them, also after a change.
 */

/* A process, by its pid and when it was started. */
struct rank_process {
    int64_t pid;
    int64_t start_ticks;
    int64_t cpu_ns; /* that it and its children had used when it came */
};

/* Also false of one that has ended and was not waited for. */
bool rank_process_lives(int proc_fd, const struct rank_process *process);

struct rank_lock {
    int fd; /* -1: none */
    int dir_fd;
    bool leads;
    bool joined;           /* it stands among the ranks */
    size_t seen;           /* ranks that the leader has been told of */
    char name[160];        /* of the file */
    char run[ULID_SIZE];   /* that is measured */
    char first[ULID_SIZE]; /* that was measured first */
    struct rank_process leader;
};

#define RANK_LOCK_NULL ((struct rank_lock){ .fd = -1, .dir_fd = -1 })

/**
 * rank_lock_open() - $XDG_RUNTIME_DIR/aico2, else a directory of the user's own in /tmp; not asked for the lock yet
 * @job: fit for a file's name
 * Return: 0 or -errno: without one every process measures for itself
 */
int rank_lock_open(struct rank_lock *lock, const char *job, struct aico2_error *err);

/**
 * rank_lock_try() - asks for the lock
 * @self: this process; run: what it would measure
 * Return: 1: it leads; 0: another does (leader, run, first are filled in), and it stands among the ranks; -errno
 */
int rank_lock_try(struct rank_lock *lock, int proc_fd, const struct rank_process *self,
                  const char *run);

/* Whether somebody who lives holds it: looks only. */
bool rank_lock_is_held(struct rank_lock *lock, int proc_fd);
/* Joins the ranks of who holds it. */
int rank_lock_join(struct rank_lock *lock, const struct rank_process *self);

/* Whether a file of this name, a lock or another that its maker has locked, is nobody's any more: neither held nor
 * followed, and not made just now. */
bool rank_lock_is_forsaken(int dir_fd, int proc_fd, const char *name);

/* Of the leader: the next rank that came since it was last asked. */
bool rank_lock_next(struct rank_lock *lock, struct rank_process *rank_out);

/* Lets go; the leader's file is gone when nobody stands in it. */
void rank_lock_close(struct rank_lock *lock);
