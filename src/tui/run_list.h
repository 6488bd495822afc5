/* SPDX-License-Identifier: Apache-2.0 */
/* tui/run_list.h - the runs of the history, looked up beside the measurement */
#pragma once

#include "base/error.h"
#include "model/documents.h"

struct run_list; /* a thread of its own: a disk may be slow, and a history long */

/* Looks at once, and every few seconds from then on; db_path: "" there is none. Return: 0 or -errno. */
int run_list_start(struct run_list **list_out, const char *db_path, struct aico2_error *err);
/* Waits for a look that is under way. NULL allowed. */
void run_list_stop(struct run_list *list);

/**
 * run_list_take() - what the last look saw, if there was one since the last call; never waits for a look
 * @runs_out: newest first; the caller frees
 * @note:     why there are none; "" there are
 * Return: whether there was one; else nothing is touched
 */
bool run_list_take(struct run_list *list, struct run_row **runs_out, size_t *count_out, char *note,
                   size_t note_size);
