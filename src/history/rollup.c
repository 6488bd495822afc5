/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history/rollup.c - samples put together while they are stored, so that a long run is drawn without reading them all
 *
 * A row is what of one device ended in one stretch of time ("bucket") of the run: some sixty samples, their sums, and
 * the least and the most watts among them. A bucket is rolled up once the one after it has begun, by reading its
 * samples again: nothing is kept in memory that a crash or a full disk could tear. progress.rolled_wall_ns tells up
 * to when it is done; later samples are read one by one.
 */
#include "history/rollup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "history/rows.h"

enum {
    SAMPLES_PUT_TOGETHER = 60, /* of a device, at least */
    ROWS_AT_ONCE = 20000,      /* what a commit may have to make up for */
    DEVICE_MAX = 65536,        /* larger indices are damage, not machines */
};

/* Parts of the minute that thinning begins with. */
static const int64_t widths_ms[] = { 10,   20,   50,    100,   200,   500,  1000,
                                     2000, 5000, 10000, 20000, 30000, 60000 };

struct bucket {
    int64_t width_ns;
    int64_t start_wall_ns; /* of the bucket in hand */
    size_t read;
    struct history_power *rows; /* by device; no sample: covered_seconds is 0 */
    size_t count;
    size_t capacity;
};

int64_t history_rollup_width_ns(int64_t interval_ns)
{
    for (size_t i = 0; interval_ns > 0 && i < ARRAY_LENGTH(widths_ms); i++) {
        if (widths_ms[i] * NSEC_PER_MSEC / SAMPLES_PUT_TOGETHER >= interval_ns)
            return widths_ms[i] * NSEC_PER_MSEC;
    }
    return 0;
}

/* An interval belongs to the bucket it ends in; one that ends on the edge, to the earlier. */
static int64_t bucket_start(int64_t end_wall_ns, int64_t width_ns)
{
    return (end_wall_ns - 1) / width_ns * width_ns;
}

static int read_mark(struct database *database, int64_t run_key, int64_t *rolled_wall_ns_out,
                     struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database, "SELECT rolled_wall_ns FROM progress WHERE run = ?",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, run_key);
    r = database_step(database, statement, err);
    if (r < 0)
        return r;
    *rolled_wall_ns_out = r == 0 ? 0 : sqlite3_column_int64(statement, 0);
    return 0;
}

static int store_mark(struct database *database, int64_t run_key, int64_t rolled_wall_ns,
                      struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_PUT_ROLLED,
                         "UPDATE progress SET rolled_wall_ns = ? WHERE run = ?", &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, rolled_wall_ns);
    row_bind_int(&row, run_key);
    r = row_write(database, &row, err);
    if (r == 0)
        database->rolled_wall_ns = rolled_wall_ns;
    return r;
}

static int store_row(struct database *database, int64_t run_key, const struct history_power *power,
                     struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_PUT_ROLLUP,
                         "INSERT OR REPLACE INTO rollups(run, end_wall_ns, device,"
                         " interval_seconds, joules, covered_seconds, least_watts,"
                         " most_watts) VALUES(?,?,?,?,?,?,?,?)",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, run_key);
    row_bind_int(&row, power->end_wall_ns);
    row_bind_int(&row, power->device);
    row_bind_double(&row, power->interval_seconds);
    row_bind_double(&row, power->joules);
    row_bind_double(&row, power->covered_seconds);
    row_bind_double(&row, power->least_watts);
    row_bind_double(&row, power->most_watts);
    return row_write(database, &row, err);
}

static int store_bucket(struct database *database, int64_t run_key, struct bucket *bucket,
                        struct aico2_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < bucket->count; i++) {
        if (bucket->rows[i].covered_seconds > 0)
            r = store_row(database, run_key, &bucket->rows[i], err);
        bucket->rows[i] = (struct history_power){ 0 };
    }
    return r;
}

static int take_sample(struct bucket *bucket, const struct history_power *sample,
                       struct aico2_error *err)
{
    size_t device = (size_t)sample->device;
    double watts = sample->joules / sample->covered_seconds;
    struct history_power *row;

    bucket->read++;
    /* what was not measured is not drawn */
    if (!isfinite(watts) || !(sample->covered_seconds > 0) || !isfinite(sample->interval_seconds))
        return 0;
    if (array_reserve(&bucket->rows, &bucket->capacity, device + 1, sizeof(*bucket->rows)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    while (bucket->count <= device)
        bucket->rows[bucket->count++] = (struct history_power){ 0 };
    row = &bucket->rows[device];
    row->least_watts = row->covered_seconds > 0 ? fmin(row->least_watts, watts) : watts;
    row->most_watts = row->covered_seconds > 0 ? fmax(row->most_watts, watts) : watts;
    row->device = sample->device;
    row->end_wall_ns = sample->end_wall_ns;
    row->interval_seconds += sample->interval_seconds;
    row->joules += sample->joules;
    row->covered_seconds += sample->covered_seconds;
    return 0;
}

static int read_sample(const struct database *database, sqlite3_stmt *statement,
                       struct history_power *sample_out)
{
    struct row row = row_to_read(statement);

    *sample_out = (struct history_power){ 0 };
    sample_out->end_wall_ns = row_int(&row, 1, INT64_MAX);
    sample_out->device = (int)row_int(&row, 0, DEVICE_MAX);
    sample_out->interval_seconds = row_double(&row);
    sample_out->joules = row_double(&row);
    sample_out->covered_seconds = row_double(&row);
    return row_check(&row, database, NULL);
}

/* Whole buckets between two times; *until_wall_ns comes back earlier where there is too much to read at once. */
static int roll_rows(struct database *database, int64_t run_key, sqlite3_stmt *statement,
                     struct bucket *bucket, int64_t *until_wall_ns, struct aico2_error *err)
{
    int r;

    while ((r = database_step(database, statement, err)) > 0) {
        struct history_power sample;
        int64_t start_wall_ns;

        /* damage is told by who draws them; here it must not keep others from being stored */
        if (read_sample(database, statement, &sample) < 0)
            continue;
        start_wall_ns = bucket_start(sample.end_wall_ns, bucket->width_ns);
        if (start_wall_ns != bucket->start_wall_ns) {
            r = store_bucket(database, run_key, bucket, err);
            if (r < 0)
                return r;
            bucket->start_wall_ns = start_wall_ns;
            if (bucket->read >= ROWS_AT_ONCE) {
                *until_wall_ns = start_wall_ns;
                return 0;
            }
        }
        r = take_sample(bucket, &sample, err);
        if (r < 0)
            return r;
    }
    return r < 0 ? r : store_bucket(database, run_key, bucket, err);
}

static int roll(struct database *database, int64_t run_key, int64_t width_ns, int64_t from_wall_ns,
                int64_t until_wall_ns, struct aico2_error *err)
{
    struct bucket bucket = { .width_ns = width_ns };
    sqlite3_stmt *statement;
    int r = database_statement(database, STATEMENT_READ_POWER,
                               "SELECT end_wall_ns, device, interval_seconds, joules,"
                               " covered_seconds FROM samples WHERE run = ? AND end_wall_ns > ?"
                               " AND end_wall_ns <= ? ORDER BY end_wall_ns, device",
                               &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, run_key);
    (void)sqlite3_bind_int64(statement, 2, from_wall_ns);
    (void)sqlite3_bind_int64(statement, 3, until_wall_ns);
    r = roll_rows(database, run_key, statement, &bucket, &until_wall_ns, err);
    (void)sqlite3_reset(statement);
    free(bucket.rows);
    return r < 0 ? r : store_mark(database, run_key, until_wall_ns, err);
}

/* query: of a run and a time, in that order. */
static int delete_rows(struct database *database, const char *query, int64_t run_key,
                       int64_t wall_ns, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database, query, &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, run_key);
    (void)sqlite3_bind_int64(statement, 2, wall_ns);
    return database_run(database, statement, err);
}

/* A clock that was set back, or a reader that answers late: what it falls into is rolled up anew. */
static int take_back(struct database *database, int64_t run_key, int64_t to_wall_ns,
                     struct aico2_error *err)
{
    int r = delete_rows(database, "DELETE FROM rollups WHERE run = ? AND end_wall_ns > ?", run_key,
                        to_wall_ns, err);

    return r < 0 ? r : store_mark(database, run_key, to_wall_ns, err);
}

struct span {
    int64_t first_ns;
    int64_t last_ns;
};

static struct span span_of(const struct history_sample *samples, size_t count)
{
    struct span span = { INT64_MAX, 0 };

    for (size_t i = 0; i < count; i++) {
        if (samples[i].end_wall_ns < span.first_ns)
            span.first_ns = samples[i].end_wall_ns;
        if (samples[i].end_wall_ns > span.last_ns)
            span.last_ns = samples[i].end_wall_ns;
    }
    return span;
}

int rollup_advance(struct database *database, int64_t run_key, int64_t interval_ns,
                   const struct history_sample *samples, size_t count, struct aico2_error *err)
{
    const struct span span = span_of(samples, count);
    int64_t width_ns = history_rollup_width_ns(interval_ns);
    int64_t until_ns;
    int r = 0;

    /* before 1970 nothing is drawn */
    if (width_ns == 0 || count == 0 || span.first_ns <= 0)
        return 0;
    if (!database->rolled_is_known)
        r = read_mark(database, run_key, &database->rolled_wall_ns, err);
    database->rolled_is_known = r == 0;
    if (r == 0 && span.first_ns <= database->rolled_wall_ns)
        r = take_back(database, run_key, bucket_start(span.first_ns, width_ns), err);
    /* the one before is left open for readers that answer late */
    until_ns = bucket_start(span.last_ns, width_ns) - width_ns;
    if (r == 0 && until_ns > database->rolled_wall_ns)
        r = roll(database, run_key, width_ns, database->rolled_wall_ns, until_ns, err);
    return r;
}

int rollup_all(struct database *database, int64_t run_key, int64_t interval_ns,
               const struct history_sample *samples, size_t count, struct aico2_error *err)
{
    const struct span span = span_of(samples, count);
    int64_t width_ns = history_rollup_width_ns(interval_ns);
    int r = 0;

    if (width_ns == 0 || count == 0 || span.first_ns <= 0)
        return 0;
    database->rolled_wall_ns = 0;
    while (r == 0 && database->rolled_wall_ns < span.last_ns)
        r = roll(database, run_key, width_ns, database->rolled_wall_ns, span.last_ns, err);
    database->rolled_is_known = false; /* it was another run's */
    return r;
}

int rollup_drop_until(struct database *database, int64_t run_key, int64_t end_wall_ns,
                      struct aico2_error *err)
{
    return delete_rows(database, "DELETE FROM rollups WHERE run = ? AND end_wall_ns <= ?", run_key,
                       end_wall_ns, err);
}
