/* SPDX-License-Identifier: Apache-2.0 */
/* history/labelled.c - runs that belong together, by a line of their labels */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "history/internal.h"
#include "history/rows.h"

struct search {
    const char *line;
    char (*ids)[ULID_SIZE];
    size_t count;
    size_t capacity;
};

static int search_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct search *search = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r =
        database_prepare(database,
                         "SELECT id FROM runs WHERE labels IS NOT NULL"
                         " AND instr(char(10) || labels || char(10), char(10) || ?1 || char(10))",
                         &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_text(statement, 1, search->line, -1, SQLITE_STATIC);
    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);

        if (array_reserve(&search->ids, &search->capacity, search->count + 1,
                          sizeof(*search->ids)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        row_id(&row, search->ids[search->count]);
        r = row_check(&row, database, err);
        if (r < 0)
            return r;
        search->count++;
    }
    return r;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(a, b);
}

int history_list_labelled(struct history *history, const char *line, char (**ids_out)[ULID_SIZE],
                          size_t *count_out, struct aico2_error *err)
{
    struct search search = { .line = line };
    int r = history_each_file(history, search_file, &search, err);

    if (r < 0) {
        free(search.ids);
        return r;
    }
    if (search.count > 1)
        qsort(search.ids, search.count, sizeof(*search.ids), by_id);
    *ids_out = search.ids;
    *count_out = search.count;
    return 0;
}
