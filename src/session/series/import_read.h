/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/import_read.h - the runs of a log, read to its end and ready to be stored */
#pragma once

#include "session/series/import.h"
#include "session/series/run.h"

/* A run that was read and is not stored yet. */
struct import_prepared {
    struct history_record record;
    struct series_rows rows;
    char their_id[ULID_SIZE]; /* as the log calls it, where that may be a run of our own; else "" */
    char **notes;
    size_t note_count;
    struct report report; /* once it is stored, until it is handed over */
    struct import_outcome outcome;
    int code;
};

struct import_preparation {
    struct import_prepared *items;
    size_t count;
    size_t capacity;
};

void import_preparation_deinit(struct import_preparation *all);

/* Reads a log to its end. Return: 0 or what opening or reading gave; all is the caller's in any case. */
int import_read(const struct import_options *options, struct import_preparation *all,
                struct aico2_error *err);
