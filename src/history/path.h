/* SPDX-License-Identifier: Apache-2.0 */
/* history/path.h - where history files lie, and what kind of place that is */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/ulid.h"

/* Whether the directory of path (or the nearest that exists above it) is on a file system that
 * other hosts may write too, where SQLite's shared memory does not reach. */
bool path_is_on_network(const char *path);

/* Makes the directories above path, 0750; those of the default history not writable by all. */
int path_make_parents(const char *path, struct aico2_error *err);

/* "history.d" for "history.db": beside it, for one file per run. */
int path_run_directory(char *directory_out, size_t size, const char *path, struct aico2_error *err);

/* The runs that have a file of their own there, newest first; no directory: none. Caller frees. */
int path_list_run_files(const char *directory, char (**ids_out)[ULID_SIZE], size_t *count_out,
                        struct aico2_error *err);
