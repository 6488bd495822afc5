/* SPDX-License-Identifier: Apache-2.0 */
/* history/database.c - one SQLite connection: statements kept, transactions, errors in our words */
#include "history/database.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/array.h"
#include "base/clock.h"

/* Long paths leave no room for the command in a message of 256 bytes. */
enum { PATH_SHOWN_TWICE = 88 };

static int error_damaged(const struct database *database, const char *why, struct aico2_error *err)
{
    if (strlen(database->path) > PATH_SHOWN_TWICE)
        return aico2_error_set(err, -EBADMSG, "not a history, or damaged: move it away: '%s'",
                               database->path);
    return aico2_error_set(err, -EBADMSG,
                           "not a history, or damaged (%.40s): move it away: mv '%s' '%s.bad'", why,
                           database->path, database->path);
}

static int error_full(const struct database *database, struct aico2_error *err)
{
    return aico2_error_set(err, -ENOSPC, "no space left to write '%s'", database->path);
}

static int error_read_only(const struct database *database, struct aico2_error *err)
{
    struct statvfs status;

    if (statvfs(database->path, &status) == 0 && (status.f_flag & ST_RDONLY) != 0)
        return aico2_error_set(err, -EROFS, "cannot write '%s': read-only file system",
                               database->path);
    return aico2_error_set(err, -EACCES, "cannot write '%s' or its directory: permission denied",
                           database->path);
}

static bool is_full(int errnum)
{
    /* EFBIG: a limit on file sizes; to us it is a disk that is full */
    return errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG;
}

/* last_errnum: what the system call set. SQLite's own note of it misses what fails in a COMMIT. */
static int error_io(const struct database *database, int last_errnum, struct aico2_error *err)
{
    int errnum = sqlite3_system_errno(database->connection);

    if (is_full(errnum) || is_full(last_errnum))
        return error_full(database, err);
    if (errnum == EACCES || errnum == EPERM || errnum == EROFS)
        return error_read_only(database, err);
    if (errnum == EMFILE || errnum == ENFILE || errnum == ENOENT || errnum == ENOMEM)
        return aico2_error_set_errno(err, errnum, "cannot open '%s'", database->path);
    return aico2_error_set(err, -EIO, "cannot read or write '%s': %s", database->path,
                           sqlite3_errmsg(database->connection));
}

/* SQLite calls it damage, too, when a disk does not give what it holds (SQLITE_IOERR_CORRUPTFS): nothing is to be moved away then. */
static bool disk_has_failed(const struct database *database)
{
    static const int pointers[] = { SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER };

    for (size_t i = 0; i < ARRAY_LENGTH(pointers); i++) {
        sqlite3_file *file = NULL;
        int errnum = 0;

        (void)sqlite3_file_control(database->connection, "main", pointers[i], (void *)&file);
        if (file != NULL && file->pMethods != NULL && file->pMethods->xFileControl != NULL)
            (void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &errnum);
        if (errnum == EIO)
            return true;
    }
    return false;
}

int database_error(const struct database *database, int result, struct aico2_error *err)
{
    int errnum = errno;

    switch (result & 0xff) {
    case SQLITE_CORRUPT:
        if (disk_has_failed(database))
            return aico2_error_set_errno(err, EIO, "cannot read '%s'", database->path);
        return error_damaged(database, sqlite3_errmsg(database->connection), err);
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR: /* a table or a column that is not there */
        return error_damaged(database, sqlite3_errmsg(database->connection), err);
    case SQLITE_FULL:
        return error_full(database, err);
    case SQLITE_IOERR:
        if (result == SQLITE_IOERR_NOMEM)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        return error_io(database, errnum, err);
    case SQLITE_CANTOPEN:
        return error_io(database, errnum, err);
    case SQLITE_READONLY:
        if (result == SQLITE_READONLY_DBMOVED)
            return aico2_error_set(err, -EIO, "'%s' was moved or deleted while in use",
                                   database->path);
        return error_read_only(database, err);
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return error_read_only(database, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return aico2_error_set(err, -EBUSY, "'%s' is kept busy by another process", database->path);
    case SQLITE_CONSTRAINT:
        return aico2_error_set(err, -EEXIST, "'%s' has it already: %s", database->path,
                               sqlite3_errmsg(database->connection));
    case SQLITE_NOMEM:
        return aico2_error_set(err, -ENOMEM, "out of memory");
    default:
        return aico2_error_set(err, -EIO, "'%s': %s", database->path,
                               sqlite3_errmsg(database->connection));
    }
}

void database_close(struct database *database)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(database->statements[i]);
    (void)sqlite3_close(database->connection);
    free(database->path);
    *database = (struct database){ 0 };
}

void statement_finalizep(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
    *statement = NULL;
}

int database_prepare(struct database *database, const char *sql, sqlite3_stmt **statement_out,
                     struct aico2_error *err)
{
    sqlite3_stmt *statement = NULL;
    int result;

    errno = 0;
    result = sqlite3_prepare_v2(database->connection, sql, -1, &statement, NULL);
    if (result != SQLITE_OK)
        return database_error(database, result, err);

    *statement_out = statement;
    return 0;
}

int database_statement(struct database *database, enum statement which, const char *sql,
                       sqlite3_stmt **statement_out, struct aico2_error *err)
{
    sqlite3_stmt **kept = &database->statements[which];

    if (*kept == NULL) {
        int r = database_prepare(database, sql, kept, err);

        if (r < 0)
            return r;
    }
    *statement_out = *kept;
    return 0;
}

int database_step(struct database *database, sqlite3_stmt *statement, struct aico2_error *err)
{
    int result;
    int r = 0;

    errno = 0;
    result = sqlite3_step(statement);

    if (result == SQLITE_ROW)
        return 1;
    if (result != SQLITE_DONE)
        r = database_error(database, result, err);
    (void)sqlite3_reset(statement);
    return r;
}

int database_run(struct database *database, sqlite3_stmt *statement, struct aico2_error *err)
{
    int r = database_step(database, statement, err);

    if (r > 0)
        (void)sqlite3_reset(statement);
    return r < 0 ? r : 0;
}

int database_execute(struct database *database, const char *sql, struct aico2_error *err)
{
    int result;

    errno = 0;
    result = sqlite3_exec(database->connection, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? 0 : database_error(database, result, err);
}

/* In the order of enum statement. */
static const char *const control[] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",   [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_COMMIT] = "COMMIT",           [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_SAVEPOINT] = "SAVEPOINT one", [STATEMENT_ROLLBACK_TO] = "ROLLBACK TO one",
    [STATEMENT_RELEASE] = "RELEASE one",
};

/* Before a transaction begins all is prepared that may end it: there may be no memory left for that then. */
static int run_begin(struct database *database, enum statement begin, struct aico2_error *err)
{
    sqlite3_stmt *unused;
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(control); i++)
        r = database_statement(database, (enum statement)i, control[i], &unused, err);
    return r < 0 ? r : database_run(database, database->statements[begin], err);
}

static int run_control(struct database *database, enum statement which, struct aico2_error *err)
{
    return database_run(database, database->statements[which], err);
}

static void roll_back(struct database *database)
{
    /* a full disk may have rolled back by itself */
    if (sqlite3_get_autocommit(database->connection) == 0)
        (void)run_control(database, STATEMENT_ROLLBACK, NULL);
}

/* A full disk, or no memory, may have rolled back all of a batch by itself: what came after it would stand alone. */
static int check_batch(const struct database *database, struct aico2_error *err)
{
    if (sqlite3_get_autocommit(database->connection) == 0)
        return 0;
    return aico2_error_set(err, -EIO, "'%s': the transaction was rolled back in the middle",
                           database->path);
}

int database_begin(struct database *database, struct aico2_error *err)
{
    int r;

    if (database->batch) {
        r = check_batch(database, err);
        return r < 0 ? r : run_control(database, STATEMENT_SAVEPOINT, err);
    }
    /* IMMEDIATE: the wait for other writers is here, where nothing can be lost */
    return run_begin(database, STATEMENT_BEGIN, err);
}

/* A part that cannot be taken back alone takes all others along: none is there by half. */
static int finish_part(struct database *database, int r, struct aico2_error *err)
{
    if (r >= 0)
        r = run_control(database, STATEMENT_RELEASE, err);
    else if (run_control(database, STATEMENT_ROLLBACK_TO, NULL) == 0 &&
             run_control(database, STATEMENT_RELEASE, NULL) == 0)
        return r;
    if (r < 0)
        roll_back(database);
    return r;
}

int database_finish(struct database *database, int r, struct aico2_error *err)
{
    if (database->batch)
        return finish_part(database, r, err);
    if (r >= 0)
        r = run_control(database, STATEMENT_COMMIT, err);
    if (r < 0)
        roll_back(database);
    return r;
}

int database_begin_batch(struct database *database, struct aico2_error *err)
{
    int r = database_begin(database, err);

    database->batch = r == 0;
    return r;
}

int database_finish_batch(struct database *database, struct aico2_error *err)
{
    database->batch = false;
    return database_finish(database, check_batch(database, err), err);
}

int database_begin_read(struct database *database, struct aico2_error *err)
{
    return run_begin(database, STATEMENT_BEGIN_READ, err);
}

void database_end_read(struct database *database)
{
    roll_back(database);
}

void database_checkpoint(struct database *database, int frames)
{
    int result;

    if ((database->flags & DATABASE_WAL) == 0 || database->wal_frames <= frames)
        return;
    /* PASSIVE waits for nobody; what a reader holds back is moved the next time */
    result = sqlite3_wal_checkpoint_v2(database->connection, "main", SQLITE_CHECKPOINT_PASSIVE,
                                       NULL, NULL);
    database->checkpoint_error = (struct aico2_error){ 0 };
    if (result == SQLITE_OK || (result & 0xff) == SQLITE_BUSY)
        database->checkpointed_mono_ns = clock_mono_ns();
    else
        (void)database_error(database, result, &database->checkpoint_error);
}

void database_checkpoint_and_empty(struct database *database, int frames)
{
    if ((database->flags & DATABASE_WAL) == 0 || database->wal_frames <= frames || database->batch)
        return;
    /* TRUNCATE would wait for readers; without the time to wait it does what PASSIVE does */
    (void)sqlite3_busy_timeout(database->connection, 0);
    (void)sqlite3_wal_checkpoint_v2(database->connection, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                    NULL);
    (void)sqlite3_busy_timeout(database->connection, DATABASE_BUSY_TIMEOUT_MS);
    database->wal_frames = 0;
}
