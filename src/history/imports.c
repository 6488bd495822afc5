/* SPDX-License-Identifier: Apache-2.0 */
/* history/imports.c - whether what is imported is there already, by its text or by its time */
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

struct overlap {
    const struct run *run;
    const struct device *device;
    char found[ULID_SIZE];
};

static int overlap_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct overlap *overlap = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct row row;
    int r = database_prepare(database,
                             "SELECT runs.id FROM runs JOIN progress ON progress.run = runs.key"
                             " JOIN devices ON devices.run = runs.key"
                             " WHERE state = 'imported' AND started_wall_ns < ?1"
                             " AND ended_wall_ns > ?2 AND devices.id = ?3 AND devices.reader = ?4"
                             " AND runs.id <> ?5 ORDER BY runs.id LIMIT 1",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, overlap->run->ended_wall_ns);
    (void)sqlite3_bind_int64(statement, 2, overlap->run->started_wall_ns);
    (void)sqlite3_bind_text(statement, 3, overlap->device->id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 4, overlap->device->reader, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 5, overlap->run->id, -1, SQLITE_STATIC);
    r = database_step(database, statement, err);
    if (r <= 0)
        return r;
    row = row_to_read(statement);
    row_text(&row, overlap->found, sizeof(overlap->found));
    r = row_check(&row, database, err);
    return r < 0 ? r : 1;
}

int history_find_overlap(struct history *history, const struct run *run,
                         const struct device *device, char found_out[ULID_SIZE],
                         struct aico2_error *err)
{
    struct overlap overlap = { .run = run, .device = device };
    int r = history_each_file(history, overlap_file, &overlap, err);

    if (r > 0)
        memcpy(found_out, overlap.found, ULID_SIZE);
    return r;
}
