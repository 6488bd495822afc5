/* SPDX-License-Identifier: Apache-2.0 */
/* history/imports.c - which runs were imported, and when they were */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "history/internal.h"
#include "history/rows.h"

void history_imports_deinit(struct history_imports *imports)
{
    free(imports->items);
    *imports = (struct history_imports){ 0 };
}

static int reserve(struct history_imports *imports)
{
    return array_reserve(&imports->items, &imports->capacity, imports->count + 1,
                         sizeof(*imports->items));
}

int history_imports_add(struct history_imports *imports, const struct run *run)
{
    struct history_import *item;

    if (reserve(imports) < 0)
        return -ENOMEM;
    item = &imports->items[imports->count++];
    memcpy(item->id, run->id, sizeof(item->id));
    item->started_wall_ns = run->started_wall_ns;
    item->ended_wall_ns = run->ended_wall_ns;
    return 0;
}

static int list_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct history_imports *imports = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database,
                             "SELECT id, started_wall_ns, ended_wall_ns FROM runs"
                             " JOIN progress ON progress.run = runs.key WHERE state = 'imported'",
                             &statement, err);

    while (r == 0 && (r = database_step(database, statement, err)) > 0) {
        struct history_import *item;
        struct row row = row_to_read(statement);

        if (reserve(imports) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        item = &imports->items[imports->count];
        row_id(&row, item->id);
        item->started_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        item->ended_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        r = row_check(&row, database, err);
        if (r == 0)
            imports->count++;
    }
    return r;
}

int history_list_imports(struct history *history, struct history_imports *imports_out,
                         struct aico2_error *err)
{
    struct history_imports imports = { 0 };
    int r = history_each_file(history, list_file, &imports, err);

    if (r < 0)
        history_imports_deinit(&imports);
    else
        *imports_out = imports;
    return r;
}

int history_has_device(struct history *history, const char *id, const struct device *device,
                       struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct database *database;
    int64_t key;
    int r = history_find(history, id, &database, &key, err);

    if (r == 0)
        r = database_prepare(database,
                             "SELECT 1 FROM devices WHERE run = ?1 AND id = ?2 AND reader = ?3",
                             &statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    (void)sqlite3_bind_text(statement, 2, device->id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 3, device->reader, -1, SQLITE_STATIC);
    return database_step(database, statement, err);
}
