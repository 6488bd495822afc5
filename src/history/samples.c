/* SPDX-License-Identifier: Apache-2.0 */
/* history/samples.c - walking stored samples, across runs and files, in order of device and time */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "history/internal.h"
#include "history/read.h"
#include "history/rows.h"

struct walk_run {
    char id[ULID_SIZE];
    int64_t key;
    int64_t started_wall_ns;
    bool own_file; /* else in the main one */
    struct device *devices;
    size_t device_count;
};

/* One device of one run: its samples are a range of the table. */
struct stream {
    const struct walk_run *run;
    int device;
};

/* A stream being read; its current row waits to be called back. */
struct cursor {
    const struct stream *stream;
    struct database own; /* the run's own file */
    sqlite3_stmt *statement;
    struct history_sample sample;
};

struct walk {
    struct history *history;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    struct walk_run *runs;
    size_t run_count;
    size_t run_capacity;
    struct stream *streams;
    size_t stream_count;
    /* those of one device id whose runs overlap in time: mostly one */
    struct cursor **cursors;
    size_t cursor_count;
    size_t cursor_capacity;
    sqlite3_stmt *spare; /* of the main file: runs mostly follow each other */
};

static const char sample_query[] =
    "SELECT end_wall_ns, interval_seconds, power_watts, " SUM_COLUMNS
    " FROM samples WHERE run = ?1 AND end_wall_ns > ?2 AND device = ?3 ORDER BY end_wall_ns";

/* --- the runs --- */

static int add_run(struct walk *walk, struct database *database, sqlite3_stmt *statement,
                   struct aico2_error *err)
{
    struct row row = row_to_read(statement);
    struct walk_run *run;
    int r;

    if (array_reserve(&walk->runs, &walk->run_capacity, walk->run_count + 1, sizeof(*walk->runs)) <
        0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    run = &walk->runs[walk->run_count];
    *run = (struct walk_run){ .own_file = database == &walk->history->other };
    run->key = row_int(&row, INT64_MIN, INT64_MAX);
    row_id(&row, run->id);
    run->started_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    r = row_check(&row, database, err);
    if (r == 0)
        r = read_devices(database, run->key, &run->devices, NULL, &run->device_count, err);
    if (r == 0)
        walk->run_count++;
    return r;
}

static int add_runs_of_window(void *payload, struct database *database, struct aico2_error *err)
{
    struct walk *walk = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database,
                             "SELECT key, id, started_wall_ns FROM runs"
                             " JOIN progress ON progress.run = runs.key"
                             " WHERE started_wall_ns < ?1 AND ended_wall_ns > ?2",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, walk->to_wall_ns);
    (void)sqlite3_bind_int64(statement, 2, walk->from_wall_ns);
    while ((r = database_step(database, statement, err)) > 0) {
        r = add_run(walk, database, statement, err);
        if (r < 0)
            return r;
    }
    return r;
}

static int add_run_by_id(struct walk *walk, const char *run_id, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct database *database;
    char id[ULID_SIZE];
    int64_t key;
    int r;

    if (!run_id_normalise(id, run_id))
        return aico2_error_set(err, -ENODATA, "not the id of a run: '%.60s'", run_id);
    r = history_find(walk->history, id, &database, &key, err);
    if (r == 0)
        r = database_prepare(database, "SELECT key, id, started_wall_ns FROM runs WHERE key = ?",
                             &statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    r = database_step(database, statement, err);
    return r > 0 ? add_run(walk, database, statement, err) : r;
}

static int compare_streams(const void *a, const void *b)
{
    const struct stream *one = a;
    const struct stream *other = b;
    int order = strcmp(one->run->devices[one->device].id, other->run->devices[other->device].id);

    if (order != 0)
        return order;
    if (one->run->started_wall_ns != other->run->started_wall_ns)
        return one->run->started_wall_ns < other->run->started_wall_ns ? -1 : 1;
    return strcmp(one->run->id, other->run->id);
}

static int list_streams(struct walk *walk, struct aico2_error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < walk->run_count; i++)
        count += walk->runs[i].device_count;
    if (count == 0)
        return 0;
    walk->streams = calloc(count, sizeof(*walk->streams));
    if (walk->streams == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < walk->run_count; i++) {
        for (size_t j = 0; j < walk->runs[i].device_count; j++)
            walk->streams[walk->stream_count++] = (struct stream){ &walk->runs[i], (int)j };
    }
    qsort(walk->streams, walk->stream_count, sizeof(*walk->streams), compare_streams);
    return 0;
}

/* --- the cursors --- */

static void cursor_close(struct walk *walk, struct cursor *cursor)
{
    if (cursor->own.connection == NULL && walk->spare == NULL && cursor->statement != NULL) {
        walk->spare = cursor->statement;
        (void)sqlite3_reset(walk->spare);
    } else {
        (void)sqlite3_finalize(cursor->statement);
    }
    database_close(&cursor->own);
    free(cursor);
}

static struct database *cursor_database(struct walk *walk, struct cursor *cursor)
{
    return cursor->stream->run->own_file ? &cursor->own : &walk->history->main;
}

/* 1: cursor->sample is the next of the window; 0: there is none; or -errno. */
static int cursor_next(struct walk *walk, struct cursor *cursor, struct aico2_error *err)
{
    struct history_sample *sample = &cursor->sample;
    struct database *database = cursor_database(walk, cursor);
    struct row row;
    /* one that ends past the window may begin within it; the one after that cannot */
    bool was_last = sample->end_wall_ns >= walk->to_wall_ns;
    int r;

    if (was_last)
        return 0;
    r = database_step(database, cursor->statement, err);
    if (r <= 0)
        return r;
    row = row_to_read(cursor->statement);
    *sample = (struct history_sample){ .device = cursor->stream->device };
    sample->end_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    sample->interval_seconds = row_double(&row);
    sample->power_watts = row_double(&row);
    row_sums(&row, &sample->sums);
    r = row_check(&row, database, err);
    if (r < 0)
        return r;
    return sample->end_wall_ns <= walk->to_wall_ns ||
           (double)(sample->end_wall_ns - walk->to_wall_ns) <
               sample->interval_seconds * (double)NSEC_PER_SEC;
}

static int cursor_start(struct walk *walk, struct cursor *cursor, struct aico2_error *err)
{
    const struct walk_run *run = cursor->stream->run;
    int r = 0;

    if (run->own_file) {
        struct database *found;

        r = history_run_file(walk->history, run->id, &found, err);
        if (r == 0)
            r = database_open(found->path, 0, &cursor->own, err);
    } else if (walk->spare != NULL) {
        cursor->statement = walk->spare;
        walk->spare = NULL;
    }
    if (r == 0 && cursor->statement == NULL)
        r = database_prepare(cursor_database(walk, cursor), sample_query, &cursor->statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(cursor->statement, 1, run->key);
    (void)sqlite3_bind_int64(cursor->statement, 2, walk->from_wall_ns);
    (void)sqlite3_bind_int(cursor->statement, 3, cursor->stream->device);
    cursor->sample.end_wall_ns = INT64_MIN;
    return cursor_next(walk, cursor, err);
}

static int cursor_open(struct walk *walk, const struct stream *stream, struct aico2_error *err)
{
    struct cursor *cursor;
    int r;

    if (array_reserve(&walk->cursors, &walk->cursor_capacity, walk->cursor_count + 1,
                      sizeof(*walk->cursors)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    cursor = calloc(1, sizeof(*cursor));
    if (cursor == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    cursor->stream = stream;
    r = cursor_start(walk, cursor, err);
    if (r > 0)
        walk->cursors[walk->cursor_count++] = cursor;
    else
        cursor_close(walk, cursor);
    return r < 0 ? r : 0;
}

static size_t earliest_cursor(const struct walk *walk)
{
    size_t earliest = 0;

    for (size_t i = 1; i < walk->cursor_count; i++) {
        if (walk->cursors[i]->sample.end_wall_ns < walk->cursors[earliest]->sample.end_wall_ns)
            earliest = i;
    }
    return earliest;
}

/* --- the walk --- */

static bool is_same_device(const struct stream *a, const struct stream *b)
{
    return strcmp(a->run->devices[a->device].id, b->run->devices[b->device].id) == 0;
}

/* Runs are opened when the time of their start comes, so that few are open at once. */
static int open_due(struct walk *walk, size_t *next, size_t end, struct aico2_error *err)
{
    int r = 0;

    while (
        r == 0 && *next < end &&
        (walk->cursor_count == 0 || walk->streams[*next].run->started_wall_ns <=
                                        walk->cursors[earliest_cursor(walk)]->sample.end_wall_ns))
        r = cursor_open(walk, &walk->streams[(*next)++], err);
    return r;
}

static int call_earliest(struct walk *walk, history_sample_fn *each, void *payload,
                         struct aico2_error *err)
{
    size_t place = earliest_cursor(walk);
    struct cursor *cursor = walk->cursors[place];
    const struct walk_run *run = cursor->stream->run;
    struct history_sample_row row = {
        .run_id = run->id,
        .device = &run->devices[cursor->stream->device],
        .sample = cursor->sample,
    };
    int r = each(payload, &row);

    if (r != 0)
        return r;
    r = cursor_next(walk, cursor, err);
    if (r > 0)
        return 0;
    cursor_close(walk, cursor);
    walk->cursors[place] = walk->cursors[--walk->cursor_count];
    return r;
}

static int walk_device(struct walk *walk, size_t start, size_t end, history_sample_fn *each,
                       void *payload, struct aico2_error *err)
{
    size_t next = start;
    int r = open_due(walk, &next, end, err);

    while (r == 0 && walk->cursor_count > 0) {
        r = call_earliest(walk, each, payload, err);
        if (r == 0)
            r = open_due(walk, &next, end, err);
    }
    return r;
}

static void walk_deinit(struct walk *walk)
{
    while (walk->cursor_count > 0)
        cursor_close(walk, walk->cursors[--walk->cursor_count]);
    (void)sqlite3_finalize(walk->spare);
    for (size_t i = 0; i < walk->run_count; i++)
        free(walk->runs[i].devices);
    free(walk->runs);
    free(walk->streams);
    free(walk->cursors);
}

int history_each_sample(struct history *history, const char *run_id, int64_t from_wall_ns,
                        int64_t to_wall_ns, history_sample_fn *each, void *payload,
                        struct aico2_error *err)
{
    AICO2_CLEANUP(walk_deinit)
    struct walk walk = {
        .history = history,
        .from_wall_ns = from_wall_ns,
        .to_wall_ns = to_wall_ns,
    };
    size_t start = 0;
    int r;

    if (to_wall_ns <= from_wall_ns)
        return 0;
    r = run_id != NULL ? add_run_by_id(&walk, run_id, err)
                       : history_each_file(history, add_runs_of_window, &walk, err);
    if (r == 0)
        r = list_streams(&walk, err);
    while (r == 0 && start < walk.stream_count) {
        size_t end = start + 1;

        while (end < walk.stream_count && is_same_device(&walk.streams[start], &walk.streams[end]))
            end++;
        r = walk_device(&walk, start, end, each, payload, err);
        start = end;
    }
    return r;
}
