/* SPDX-License-Identifier: Apache-2.0 */
/* history/recover.c - runs whose writer died, told from those that live */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/pid_stat.h"
#include "history/internal.h"
#include "history/rows.h"

enum { STAT_SIZE = 4096 };

struct dead_search {
    const char *hostname;
    const char *boot_id;
    int proc_fd;
    char (*ids)[ULID_SIZE];
    size_t count;
    size_t capacity;
};

/* Only what is certain: a process that cannot be looked at counts as living. */
static bool process_is_gone(int proc_fd, int64_t pid, int64_t start_ticks)
{
    char path[40];
    char text[STAT_SIZE];
    struct pid_stat stat;
    int length;

    if (pid <= 0)
        return true;
    (void)snprintf(path, sizeof(path), "%lld/stat", (long long)pid);
    length = fs_read_text_at(proc_fd, path, text, sizeof(text), NULL);
    if (length == -ENOENT || length == -ESRCH)
        return true;
    return length > 0 && pid_stat_parse(text, &stat) && stat.start_ticks != start_ticks;
}

static int check_running(struct dead_search *search, struct database *database,
                         sqlite3_stmt *statement, struct aico2_error *err)
{
    struct row row = row_to_read(statement);
    char id[ULID_SIZE];
    char boot_id[sizeof(((struct run *)0)->boot_id)];
    int64_t pid;
    int64_t start_ticks;
    int r;

    row_id(&row, id);
    row_text(&row, boot_id, sizeof(boot_id));
    pid = row_int(&row, INT64_MIN, INT64_MAX);
    start_ticks = row_int(&row, INT64_MIN, INT64_MAX);
    r = row_check(&row, database, err);
    if (r < 0)
        return r;
    if (strcmp(boot_id, search->boot_id) == 0 &&
        !process_is_gone(search->proc_fd, pid, start_ticks))
        return 0;

    if (array_reserve(&search->ids, &search->capacity, search->count + 1, sizeof(*search->ids)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(search->ids[search->count++], id, ULID_SIZE);
    return 0;
}

static int list_dead_in_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct dead_search *search = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database,
                             "SELECT id, boot_id, pid, pid_start_ticks FROM runs"
                             " WHERE state = 'running' AND hostname = ? ORDER BY id",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_text(statement, 1, search->hostname, -1, SQLITE_STATIC);
    while ((r = database_step(database, statement, err)) > 0) {
        r = check_running(search, database, statement, err);
        if (r < 0)
            return r;
    }
    return r;
}

int history_list_dead(struct history *history, const char *hostname, const char *boot_id,
                      int proc_fd, char (**ids_out)[ULID_SIZE], size_t *count_out,
                      struct aico2_error *err)
{
    struct dead_search search = { .hostname = hostname, .boot_id = boot_id, .proc_fd = proc_fd };
    int r = history_each_file(history, list_dead_in_file, &search, err);

    if (r < 0) {
        free(search.ids);
        return r;
    }
    *ids_out = search.ids;
    *count_out = search.count;
    return 0;
}

int history_mark_recovered(struct history *history, const char *id, double total_joules,
                           double total_gco2e, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct database *database;
    struct row row;
    int64_t key;
    int r = history_find(history, id, &database, &key, err);

    if (r < 0)
        return r;
    /* the end and the duration are those of the last commit already */
    r = database_prepare(database,
                         "UPDATE runs SET state = 'recovered', exit_status = NULL,"
                         " total_joules = ?, total_gco2e = ? WHERE key = ? AND state = 'running'",
                         &statement, err);
    if (r < 0)
        return r;
    row = row_to_bind(statement);
    row_bind_double(&row, total_joules);
    row_bind_double(&row, total_gco2e);
    row_bind_int(&row, key);
    r = database_run(database, statement, err);
    if (r == 0 && sqlite3_changes(database->connection) == 0)
        return aico2_error_set(err, -ENODATA, "run '%.60s' is not running: nothing to recover", id);
    return r;
}
