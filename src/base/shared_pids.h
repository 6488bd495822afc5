/* SPDX-License-Identifier: Apache-2.0 */
/* base/shared_pids.h - a list of processes that one thread writes and another reads */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Each function may be called from any thread. */
struct shared_pids;

/* NULL: out of memory. */
struct shared_pids *shared_pids_new(void);
/* One more that holds it (NULL: nobody does); each lets go by shared_pids_free(), the last frees it. */
struct shared_pids *shared_pids_hold(struct shared_pids *list);
void shared_pids_free(struct shared_pids *list);

/* Somebody will read it: until then nobody need trouble to write. */
void shared_pids_want(struct shared_pids *list);
bool shared_pids_are_wanted(struct shared_pids *list);

/* Replaces the list. Return: 0; -ENOMEM, the list as it was. */
int shared_pids_set(struct shared_pids *list, const pid_t *pids, size_t count);

/**
 * shared_pids_copy() - the list as it is now
 * @pids, @capacity: a growing array of the caller's (base/array.h)
 * Return: the number of pids; as many as there is room for without memory
 */
size_t shared_pids_copy(struct shared_pids *list, pid_t **pids, size_t *capacity);
