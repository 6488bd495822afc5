/* SPDX-License-Identifier: Apache-2.0 */
/* history/slices.c - walking stored slices across runs: a year of hours instead of its samples */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/array.h"
#include "history/internal.h"
#include "history/read.h"
#include "history/rows.h"

struct span_list {
    struct history_span *items;
    size_t count;
    size_t capacity;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
};

struct walk {
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    history_slice_fn *each;
    void *payload;
};

static const char spans_query[] =
    "SELECT key, started_wall_ns, ended_wall_ns FROM runs JOIN progress ON progress.run = runs.key"
    " WHERE started_wall_ns < ?1 AND ended_wall_ns > ?2 ORDER BY started_wall_ns";

static int prepare_spans(struct database *database, int64_t from_wall_ns, int64_t to_wall_ns,
                         sqlite3_stmt **statement_out, struct aico2_error *err)
{
    int r = database_prepare(database, spans_query, statement_out, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(*statement_out, 1, to_wall_ns);
    (void)sqlite3_bind_int64(*statement_out, 2, from_wall_ns);
    return 0;
}

static int read_span(struct database *database, sqlite3_stmt *statement, int64_t *key_out,
                     struct history_span *span_out, struct aico2_error *err)
{
    struct row row = row_to_read(statement);

    *key_out = row_int(&row, INT64_MIN, INT64_MAX);
    span_out->started_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    span_out->ended_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    return row_check(&row, database, err);
}

/* --- when there were runs --- */

static int add_spans(void *payload, struct database *database, struct aico2_error *err)
{
    struct span_list *spans = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = prepare_spans(database, spans->from_wall_ns, spans->to_wall_ns, &statement, err);

    while (r == 0 && (r = database_step(database, statement, err)) > 0) {
        int64_t key;

        if (array_reserve(&spans->items, &spans->capacity, spans->count + 1,
                          sizeof(*spans->items)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        r = read_span(database, statement, &key, &spans->items[spans->count], err);
        if (r == 0)
            spans->count++;
    }
    return r;
}

static int by_start(const void *a, const void *b)
{
    const struct history_span *one = a;
    const struct history_span *other = b;

    return (one->started_wall_ns > other->started_wall_ns) -
           (one->started_wall_ns < other->started_wall_ns);
}

int history_list_spans(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                       struct history_span **spans_out, size_t *count_out, struct aico2_error *err)
{
    struct span_list spans = { .from_wall_ns = from_wall_ns, .to_wall_ns = to_wall_ns };
    int r = history_each_file(history, add_spans, &spans, err);

    if (r < 0) {
        free(spans.items);
        return r;
    }
    if (spans.count > 1)
        qsort(spans.items, spans.count, sizeof(*spans.items), by_start);
    *spans_out = spans.items;
    *count_out = spans.count;
    return 0;
}

/* --- what they used --- */

static int each_slice_of_run(const struct walk *walk, struct database *database, int64_t key,
                             const struct history_span *span, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    AICO2_CLEANUP(freep) struct device *devices = NULL;
    AICO2_CLEANUP(freep) struct device_totals *totals = NULL;
    struct history_slice_row each = { .span = *span };
    size_t count = 0;
    int r = read_devices(database, key, &devices, &totals, &count, err);

    if (r == 0)
        r = database_prepare(database,
                             "SELECT start_wall_ns, device, " SUM_COLUMNS " FROM slices"
                             " WHERE run = ?1 AND start_wall_ns >= ?2 AND start_wall_ns < ?3"
                             " ORDER BY start_wall_ns, device",
                             &statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    (void)sqlite3_bind_int64(statement, 2, walk->from_wall_ns);
    (void)sqlite3_bind_int64(statement, 3, walk->to_wall_ns);
    while (r == 0 && (r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);

        each.slice.start_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        each.slice.device = (int)row_int(&row, 0, INT_MAX);
        row_sums(&row, &each.slice.sums);
        r = row_check(&row, database, err);
        if (r == 0 && (size_t)each.slice.device >= count)
            r = aico2_error_set(err, -EBADMSG, "damaged run in '%s': no device %d", database->path,
                                each.slice.device);
        if (r == 0) {
            each.device = &devices[each.slice.device];
            each.totals = &totals[each.slice.device];
            r = walk->each(walk->payload, &each);
        }
    }
    return r;
}

static int each_slice_of_file(void *payload, struct database *database, struct aico2_error *err)
{
    const struct walk *walk = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = prepare_spans(database, walk->from_wall_ns, walk->to_wall_ns, &statement, err);

    while (r == 0 && (r = database_step(database, statement, err)) > 0) {
        struct history_span span;
        int64_t key;

        r = read_span(database, statement, &key, &span, err);
        if (r == 0)
            r = each_slice_of_run(walk, database, key, &span, err);
    }
    return r;
}

int history_each_slice(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                       history_slice_fn *each, void *payload, struct aico2_error *err)
{
    struct walk walk = {
        .from_wall_ns = from_wall_ns,
        .to_wall_ns = to_wall_ns,
        .each = each,
        .payload = payload,
    };

    if (to_wall_ns <= from_wall_ns)
        return 0;
    return history_each_file(history, each_slice_of_file, &walk, err);
}
