/* SPDX-License-Identifier: Apache-2.0 */
/* history/imports.c - whether a text was imported before: its digest is in the id of its run */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "history/internal.h"
#include "history/rows.h"

struct search {
    const char *id;
    char found[ULID_SIZE];
    int64_t started_wall_ns;
};

static int search_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct search *search = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct row row;
    int r = database_prepare(database,
                             "SELECT id, started_wall_ns FROM runs WHERE state = 'imported'"
                             " AND substr(id, 11) = substr(?1, 11) ORDER BY id LIMIT 1",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_text(statement, 1, search->id, -1, SQLITE_STATIC);
    r = database_step(database, statement, err);
    if (r <= 0)
        return r;
    row = row_to_read(statement);
    row_text(&row, search->found, sizeof(search->found));
    search->started_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    r = row_check(&row, database, err);
    return r < 0 ? r : 1;
}

int history_find_import(struct history *history, const char id[ULID_SIZE],
                        char found_out[ULID_SIZE], int64_t *started_wall_ns_out,
                        struct aico2_error *err)
{
    struct search search = { .id = id };
    int r = history_each_file(history, search_file, &search, err);

    if (r <= 0)
        return r;
    memcpy(found_out, search.found, ULID_SIZE);
    *started_wall_ns_out = search.started_wall_ns;
    return 1;
}
