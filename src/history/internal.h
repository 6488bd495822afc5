/* SPDX-License-Identifier: Apache-2.0 */
/* history/internal.h - what the files of this folder share, and its tests */
#pragma once

#include <stdbool.h>

#include "history/database.h"
#include "history/history.h"

/**
 * struct history - one file, or one file per run in a directory that hosts share
 * @run_files: writers make a file per run; readers look there whenever the directory exists
 */
struct history {
    char *path;
    char *directory;
    int mode;
    bool run_files;
    struct database main;  /* `path`; no connection: it does not exist, or is not used */
    struct database other; /* a run's own file: the last that was asked for */
    char other_id[ULID_SIZE];
};

/* history_open() with the kind of file system given, for tests. */
int history_open_on(const char *path, int mode, bool network, struct history **history_out,
                    struct aico2_error *err);

/* The connection to a run's own file, kept until the next call. -ENOENT: it has none. */
int history_run_file(struct history *history, const char *id, struct database **database_out,
                     struct aico2_error *err);
/* The file to put a new run in: `path`, or a new one of its own. */
int history_file_for_new_run(struct history *history, const char *id,
                             struct database **database_out, struct aico2_error *err);
/* The file that holds a run, and the run's key there; id in upper case. -ENODATA: none does. */
int history_find(struct history *history, const char *id, struct database **database_out,
                 int64_t *key_out, struct aico2_error *err);

/* Calls back for each file there is, the main one first, then the newest. Ends on non-zero. */
typedef int database_fn(void *payload, struct database *database, struct aico2_error *err);
int history_each_file(struct history *history, database_fn *each, void *payload,
                      struct aico2_error *err);

/* Upper-cases an id given by a person; false when it cannot be one (nor, with less, its start). */
bool run_id_normalise(char id_out[ULID_SIZE], const char *text);
