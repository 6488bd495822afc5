/* SPDX-License-Identifier: Apache-2.0 */
/* history/database.h - one SQLite connection: statements kept, transactions, errors in our words */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/ulid.h"

/* Those that a run repeats; prepared when first used, and kept. */
enum statement {
    STATEMENT_BEGIN, /* these seven: what transactions are made of */
    STATEMENT_BEGIN_READ,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_SAVEPOINT,
    STATEMENT_ROLLBACK_TO,
    STATEMENT_RELEASE,
    STATEMENT_RUN_KEY,
    STATEMENT_INSERT_RUN,
    STATEMENT_INSERT_PROGRESS,
    STATEMENT_INSERT_DEVICE,
    STATEMENT_INSERT_SAMPLE,
    STATEMENT_REPLACE_SLICE,
    STATEMENT_UPDATE_PROGRESS,
    STATEMENT_UPDATE_EXTREMES,
    STATEMENT_END_RUN,
    STATEMENT_PUT_TRAINING,
    STATEMENT_DROP_TASKS,
    STATEMENT_PUT_TASK,
    STATEMENT_PUT_TASK_SLICE,
    STATEMENT_READ_POWER,
    STATEMENT_PUT_ROLLUP,
    STATEMENT_PUT_ROLLED,
    STATEMENT_COUNT,
};

enum { DATABASE_BUSY_TIMEOUT_MS = 5000, DATABASE_CACHE_KIB = 256, EXTREMES_KEPT = 32 };

enum database_flags {
    DATABASE_WRITE = 1, /* else read only */
    DATABASE_WAL = 2,   /* else a rollback journal: other hosts may read the file */
};

struct database {
    sqlite3 *connection; /* NULL: none */
    char *path;
    int flags;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int wal_frames; /* waiting to be checkpointed, as of the last commit */
    int64_t checkpointed_mono_ns;
    struct aico2_error
        checkpoint_error;   /* of the last one; code 0: it worked, or others were at it */
    bool batch;             /* within a longer transaction: those below are parts of it */
    char run_id[ULID_SIZE]; /* whose key run_key is; "" none */
    int64_t run_key;
    /* peak, floor and lowest of that run's first devices as they stand in the file: what has not
     * changed is not written again */
    double extremes[EXTREMES_KEPT][3];
    size_t extreme_count;
    bool rolled_is_known; /* up to when that run's samples are rolled up (history/rollup.h) */
    int64_t rolled_wall_ns;
};

/**
 * database_open() - connect, check that it is a history, migrate it where that is allowed
 * Creates nothing. On failure the file is as it was, and database_out is untouched.
 */
int database_open(const char *path, int flags, struct database *database_out,
                  struct aico2_error *err);
/* Makes a complete, empty history appear at path at once, or leaves the one that is there. */
int database_create(const char *path, int flags, struct aico2_error *err);
void database_close(struct database *database); /* zeroed, closed: allowed */

/* What went wrong in the last call, as -errno and a message that names the file. */
int database_error(const struct database *database, int result, struct aico2_error *err);

/* The kept statement, prepared when needed; it is borrowed, and reset. */
int database_statement(struct database *database, enum statement which, const char *sql,
                       sqlite3_stmt **statement_out, struct aico2_error *err);
/* One of the caller's own, for AICO2_CLEANUP(statement_finalizep). */
int database_prepare(struct database *database, const char *sql, sqlite3_stmt **statement_out,
                     struct aico2_error *err);
void statement_finalizep(sqlite3_stmt **statement);

/* Runs a statement that gives no rows, and resets it. */
int database_run(struct database *database, sqlite3_stmt *statement, struct aico2_error *err);
/* The next row: 1, or 0 at the end, or -errno; reset unless 1. */
int database_step(struct database *database, sqlite3_stmt *statement, struct aico2_error *err);
int database_execute(struct database *database, const char *sql, struct aico2_error *err);

/* A writing transaction. database_finish() commits when r is 0, else rolls back.
 * Return: r, or -errno of the commit. */
int database_begin(struct database *database, struct aico2_error *err);
int database_finish(struct database *database, int r, struct aico2_error *err);
/* One around several of those: each still fails alone. */
int database_begin_batch(struct database *database, struct aico2_error *err);
int database_finish_batch(struct database *database, struct aico2_error *err);
/* A reading one, so that several queries see one moment. */
int database_begin_read(struct database *database, struct aico2_error *err);
void database_end_read(struct database *database);

/* Moves the log into the file, which is what brings both to the disk; frames: only when more than so many wait.
 * What fails is no error of those who commit: it stands in checkpoint_error, and the next commit tries again. */
void database_checkpoint(struct database *database, int frames);
/* Also cuts the log to nothing, unless somebody reads it: who opens next reads what is left. */
void database_checkpoint_and_empty(struct database *database, int frames);
