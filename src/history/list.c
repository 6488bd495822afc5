/* SPDX-License-Identifier: Apache-2.0 */
/* history/list.c - the runs of all files, newest first, a page at a time */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "history/internal.h"
#include "history/rows.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 1000000 };

struct listing {
    const struct history_filter *filter;
    char first[ULID_SIZE];  /* and from this one on; "" all */
    char cursor[ULID_SIZE]; /* rows before it, in order of id; "" all */
    size_t wanted;
    struct run_row *rows;
    size_t count;
    size_t capacity;
    size_t from_main;
};

static int read_run_row(struct database *database, sqlite3_stmt *statement, struct run_row *row_out,
                        struct aico2_error *err)
{
    struct row row = row_to_read(statement);

    *row_out = (struct run_row){ 0 };
    row_id(&row, row_out->id);
    row_text(&row, row_out->name, sizeof(row_out->name));
    row_text(&row, row_out->stage, sizeof(row_out->stage));
    row_out->state = (enum run_state)row_word(&row, run_state_parse);
    row_out->started_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    row_out->duration_seconds = seconds_from_ns(row_int(&row, 0, INT64_MAX));
    row_out->total_joules = row_double(&row);
    row_out->total_gco2e = row_double(&row);
    return row_check(&row, database, err);
}

static int list_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct listing *listing = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database,
                             "SELECT id, name, stage, state, started_wall_ns, duration_ns,"
                             " total_joules, total_gco2e"
                             " FROM runs CROSS JOIN progress ON progress.run = runs.key"
                             " WHERE (?1 IS NULL OR stage = ?1) AND (?2 IS NULL OR name = ?2)"
                             " AND (?3 = '' OR id < ?3) AND (?5 = 0 OR ended_wall_ns >= ?5) AND id "
                             ">= ?6 AND (?7 IS NULL OR instr(lower(name), lower(?7)) > 0"
                             " OR instr(id, upper(?7)) > 0) ORDER BY id DESC LIMIT ?4",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_text(statement, 1, listing->filter->stage, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 2, listing->filter->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 3, listing->cursor, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 4, (int64_t)listing->wanted);
    (void)sqlite3_bind_int64(statement, 5, listing->filter->ended_from_wall_ns);
    (void)sqlite3_bind_text(statement, 6, listing->first, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 7, listing->filter->search, -1, SQLITE_STATIC);
    while ((r = database_step(database, statement, err)) > 0) {
        if (array_reserve(&listing->rows, &listing->capacity, listing->count + 1,
                          sizeof(*listing->rows)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        r = read_run_row(database, statement, &listing->rows[listing->count], err);
        if (r < 0)
            return r;
        listing->count++;
    }
    if (r < 0)
        return r;
    /* runs with a file of their own come newest first: enough of them is enough */
    if ((database->flags & DATABASE_WAL) != 0)
        listing->from_main = listing->count;
    return listing->count - listing->from_main >= listing->wanted;
}

static int compare_newest_first(const void *a, const void *b)
{
    return strcmp(((const struct run_row *)b)->id, ((const struct run_row *)a)->id);
}

int history_list(struct history *history, const struct history_filter *filter,
                 struct run_row **rows_out, size_t *count_out, char next_out[ULID_SIZE],
                 struct aico2_error *err)
{
    struct listing listing = { .filter = filter };
    size_t limit = filter->limit == 0 ? LIMIT_DEFAULT : filter->limit;
    int r;

    if (limit > LIMIT_MAX)
        limit = LIMIT_MAX;
    if (filter->cursor != NULL && filter->cursor[0] != '\0' &&
        !run_id_normalise(listing.cursor, filter->cursor))
        return aico2_error_set(err, -EINVAL, "not the id of a run: '%.60s'", filter->cursor);

    if (filter->started_from_wall_ns > 0)
        ulid_make_of(listing.first, filter->started_from_wall_ns, (const unsigned char[16]){ 0 });
    listing.wanted = limit + 1; /* one more tells whether there is a next page */
    r = history_each_file(history, list_file, &listing, err);
    if (r < 0) {
        free(listing.rows);
        return r;
    }
    if (listing.count > 0)
        qsort(listing.rows, listing.count, sizeof(*listing.rows), compare_newest_first);
    if (next_out != NULL)
        next_out[0] = '\0';
    if (listing.count > limit) {
        if (next_out != NULL)
            memcpy(next_out, listing.rows[limit - 1].id, ULID_SIZE);
        listing.count = limit;
    }
    *rows_out = listing.rows;
    *count_out = listing.count;
    return 0;
}
