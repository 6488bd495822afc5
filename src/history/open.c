/* SPDX-License-Identifier: Apache-2.0 */
/* history/open.c - which files make up the history, and the connections to them */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "history/fork_gate.h"
#include "history/internal.h"
#include "history/path.h"

static int open_main(struct history *history, struct aico2_error *err)
{
    int flags = DATABASE_WAL | (history->mode == HISTORY_WRITE ? DATABASE_WRITE : 0);
    struct stat status;

    if (stat(history->path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return aico2_error_set(err, -EISDIR, "'%s' is a directory", history->path);
    } else if (errno != ENOENT) {
        return aico2_error_set_errno(err, errno, "cannot open '%s'", history->path);
    } else if (history->mode == HISTORY_WRITE && !history->run_files) {
        int r = database_create(history->path, flags, err);

        if (r < 0)
            return r;
    } else {
        return 0;
    }
    /* one that lies on a network file system was put there: it is read, never written */
    if (history->run_files)
        flags = DATABASE_WAL;
    return database_open(history->path, flags, &history->main, err);
}

static int prepare_directory(struct history *history, struct aico2_error *err)
{
    if (mkdir(history->directory, 0750) < 0 && errno != EEXIST)
        return aico2_error_set_errno(err, errno, "cannot make directory '%s'", history->directory);
    if (access(history->directory, W_OK | X_OK) < 0)
        return aico2_error_set_errno(err, errno, "cannot write in '%s'", history->directory);
    return 0;
}

static int open_files(struct history *history, struct aico2_error *err)
{
    struct stat status;
    int r;

    if (history->mode == HISTORY_WRITE) {
        r = path_make_parents(history->path, err);
        if (r == 0 && history->run_files)
            r = prepare_directory(history, err);
        return r < 0 ? r : open_main(history, err);
    }

    /* files of runs made elsewhere are seen from the host that has the disk, too */
    history->run_files = stat(history->directory, &status) == 0 && S_ISDIR(status.st_mode);
    r = open_main(history, err);
    if (r == 0 && history->main.connection == NULL && !history->run_files)
        return aico2_error_set(err, -ENOENT,
                               "no history yet at '%s': the first 'aico2 run' makes it",
                               history->path);
    return r;
}

int history_open_on(const char *path, int mode, bool network, struct history **history_out,
                    struct aico2_error *err)
{
    struct history *history;
    char directory[PATH_MAX];
    int r;

    if (path[0] == '\0')
        return aico2_error_set(err, -EINVAL, "the history's file name is empty");
    r = fork_gate_check(err);
    if (r < 0)
        return r;
    r = path_run_directory(directory, sizeof(directory), path, err);
    if (r < 0)
        return r;
    history = calloc(1, sizeof(*history));
    if (history == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    history->mode = mode;
    history->run_files = network;
    history->path = strdup(path);
    history->directory = strdup(directory);
    r = history->path == NULL || history->directory == NULL
            ? aico2_error_set(err, -ENOMEM, "out of memory")
            : open_files(history, err);
    if (r < 0) {
        history_close(history);
        return r;
    }
    *history_out = history;
    return 0;
}

int history_open(const char *path, int mode, struct history **history_out, struct aico2_error *err)
{
    return history_open_on(path, mode, path_is_on_network(path), history_out, err);
}

int history_check_disk(const struct history *history, struct aico2_error *err)
{
    const struct aico2_error *error = history->main.checkpoint_error.code != 0
                                          ? &history->main.checkpoint_error
                                          : &history->other.checkpoint_error;

    return error->code == 0 ? 0 : aico2_error_set(err, error->code, "%s", error->message);
}

void history_close(struct history *history)
{
    if (history == NULL)
        return;
    database_close(&history->main);
    database_close(&history->other);
    free(history->path);
    free(history->directory);
    free(history);
}

static int run_file_name(const struct history *history, const char *id, char name_out[PATH_MAX],
                         struct aico2_error *err)
{
    if (snprintf(name_out, PATH_MAX, "%s/%s.db", history->directory, id) >= PATH_MAX)
        return aico2_error_set(err, -ENAMETOOLONG, "name too long: '%.80s...'", history->directory);
    return 0;
}

int history_run_file(struct history *history, const char *id, struct database **database_out,
                     struct aico2_error *err)
{
    char name[PATH_MAX];
    struct stat status;
    int r;

    if (history->other.connection != NULL && strcmp(history->other_id, id) == 0) {
        *database_out = &history->other;
        return 0;
    }
    r = run_file_name(history, id, name, err);
    if (r < 0)
        return r;
    if (stat(name, &status) < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", name);

    database_close(&history->other);
    r = database_open(name, history->mode == HISTORY_WRITE ? DATABASE_WRITE : 0, &history->other,
                      err);
    if (r < 0)
        return r;
    memcpy(history->other_id, id, ULID_SIZE);
    *database_out = &history->other;
    return 0;
}

int history_file_for_new_run(struct history *history, const char *id,
                             struct database **database_out, struct aico2_error *err)
{
    char name[PATH_MAX];
    int r;

    if (!history->run_files) {
        *database_out = &history->main;
        return 0;
    }
    r = run_file_name(history, id, name, err);
    if (r == 0)
        r = database_create(name, DATABASE_WRITE, err);
    return r < 0 ? r : history_run_file(history, id, database_out, err);
}

static int find_key(struct database *database, const char *id, int64_t *key_out,
                    struct aico2_error *err)
{
    sqlite3_stmt *statement;
    int r;

    if (database->run_id[0] != '\0' && strcmp(database->run_id, id) == 0) {
        *key_out = database->run_key;
        return 1;
    }
    r = database_statement(database, STATEMENT_RUN_KEY, "SELECT key FROM runs WHERE id = ?",
                           &statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    r = database_step(database, statement, err);
    if (r > 0) {
        database->run_key = sqlite3_column_int64(statement, 0);
        database->extreme_count = 0;
        database->rolled_is_known = false;
        (void)snprintf(database->run_id, sizeof(database->run_id), "%s", id);
        *key_out = database->run_key;
        (void)sqlite3_reset(statement);
    }
    (void)sqlite3_clear_bindings(statement);
    return r;
}

int history_find(struct history *history, const char *id, struct database **database_out,
                 int64_t *key_out, struct aico2_error *err)
{
    struct database *database = &history->main;
    int r = 0;

    if (database->connection != NULL)
        r = find_key(database, id, key_out, err);
    if (r == 0 && history->run_files) {
        r = history_run_file(history, id, &database, err);
        r = r == -ENOENT ? 0 : r < 0 ? r : find_key(database, id, key_out, err);
    }
    if (r < 0)
        return r;
    if (r == 0)
        return aico2_error_set(err, -ENODATA, "no run '%.60s' in '%s'", id, history->path);
    *database_out = database;
    return 0;
}

int history_each_file(struct history *history, database_fn *each, void *payload,
                      struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char(*ids)[ULID_SIZE] = NULL;
    size_t count = 0;
    int r = 0;

    if (history->main.connection != NULL)
        r = each(payload, &history->main, err);
    if (r == 0 && history->run_files)
        r = path_list_run_files(history->directory, &ids, &count, err);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct database *database;

        r = history_run_file(history, ids[i], &database, err);
        if (r == 0)
            r = each(payload, database, err);
    }
    return r;
}

bool run_id_normalise(char id_out[ULID_SIZE], const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length >= ULID_SIZE)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isascii((unsigned char)text[i]) || !isalnum((unsigned char)text[i]))
            return false;
        id_out[i] = (char)toupper((unsigned char)text[i]);
    }
    id_out[length] = '\0';
    return true;
}
