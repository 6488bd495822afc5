/* SPDX-License-Identifier: Apache-2.0 */
/* history/thin.c - old samples put together: a minute's after a day, an hour's after 30 days */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "history/internal.h"
#include "history/rollup.h"
#include "history/rows.h"
#include "history/write.h"

#define MINUTE_NS (60 * NSEC_PER_SEC)
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

enum {
    /* One transaction takes so much, then lets other writers in. */
    CHUNK_MERGED = 512,
    CHUNK_READ = 20000,
    DEVICE_MAX = 65536, /* larger indices are damage, not machines */
};

/* The rows of one chunk, put together by bucket. */
struct chunk {
    int64_t bucket_ns;
    struct history_sample *merged;
    size_t count;
    size_t capacity;
    size_t
        *place_by_device; /* 1 + the place in merged of the device's row in this bucket; 0 none */
    size_t device_capacity;
    size_t bucket_start; /* where in merged the current bucket starts */
    int64_t bucket;
    size_t read;
    int64_t end_wall_ns; /* of the last row taken */
    bool finished;       /* nothing is left after it */
};

struct thinned_run {
    int64_t key;
    int64_t minute_wall_ns; /* up to here it is done */
    int64_t hour_wall_ns;
};

struct thinning {
    int64_t minute_cutoff_wall_ns;
    int64_t hour_cutoff_wall_ns;
    bool skip_running; /* in files that other hosts write */
    size_t chunks_left;
    int64_t removed;
};

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0);
}

/* An interval belongs to the bucket it ends in; one that ends on the edge, to the earlier. */
static int64_t bucket_of(const struct chunk *chunk, int64_t end_wall_ns)
{
    return floor_divide(end_wall_ns == INT64_MIN ? end_wall_ns : end_wall_ns - 1, chunk->bucket_ns);
}

static void close_bucket(struct chunk *chunk)
{
    for (size_t i = chunk->bucket_start; i < chunk->count; i++)
        chunk->place_by_device[chunk->merged[i].device] = 0;
    chunk->bucket_start = chunk->count;
}

static void merge(struct history_sample *into, const struct history_sample *sample)
{
    double known = isnan(into->power_watts) ? 0 : into->interval_seconds;
    double seconds = into->interval_seconds + sample->interval_seconds;

    /* the mean over what is known; energy is in the sums, so nothing exact hangs on it */
    if (isnan(into->power_watts))
        into->power_watts = sample->power_watts;
    else if (!isnan(sample->power_watts) && known + sample->interval_seconds > 0)
        into->power_watts =
            (into->power_watts * known + sample->power_watts * sample->interval_seconds) /
            (known + sample->interval_seconds);
    into->interval_seconds = seconds;
    into->end_wall_ns = sample->end_wall_ns;
    energy_sums_add(&into->sums, &sample->sums);
}

static int take_sample(struct chunk *chunk, const struct history_sample *sample)
{
    size_t old = chunk->device_capacity;
    size_t device = (size_t)sample->device;

    if (array_reserve(&chunk->place_by_device, &chunk->device_capacity, device + 1,
                      sizeof(*chunk->place_by_device)) < 0 ||
        array_reserve(&chunk->merged, &chunk->capacity, chunk->count + 1, sizeof(*chunk->merged)) <
            0)
        return -ENOMEM;
    for (size_t i = old; i < chunk->device_capacity; i++)
        chunk->place_by_device[i] = 0;

    if (chunk->place_by_device[device] != 0) {
        merge(&chunk->merged[chunk->place_by_device[device] - 1], sample);
    } else {
        chunk->merged[chunk->count++] = *sample;
        chunk->place_by_device[device] = chunk->count;
    }
    chunk->read++;
    chunk->end_wall_ns = sample->end_wall_ns;
    return 0;
}

static void read_sample(struct row *row, struct history_sample *sample_out)
{
    sample_out->end_wall_ns = row_int(row, INT64_MIN, INT64_MAX);
    sample_out->device = (int)row_int(row, 0, DEVICE_MAX);
    sample_out->interval_seconds = row_double(row);
    sample_out->power_watts = row_double(row);
    row_sums(row, &sample_out->sums);
}

static int read_chunk(struct database *database, sqlite3_stmt *statement, struct chunk *chunk,
                      struct aico2_error *err)
{
    int r;

    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);
        struct history_sample sample = { 0 };
        int64_t bucket;

        read_sample(&row, &sample);
        r = row_check(&row, database, err);
        if (r < 0)
            break;
        bucket = bucket_of(chunk, sample.end_wall_ns);
        if (chunk->read == 0 || bucket != chunk->bucket) {
            if (chunk->count >= CHUNK_MERGED || chunk->read >= CHUNK_READ)
                break;
            close_bucket(chunk);
            chunk->bucket = bucket;
        }
        r = take_sample(chunk, &sample);
        if (r < 0) {
            (void)aico2_error_set(err, r, "out of memory");
            break;
        }
    }
    (void)sqlite3_reset(statement);
    close_bucket(chunk);
    chunk->finished = r == 0;
    return r < 0 ? r : 0;
}

static int replace_rows(struct database *database, int64_t key, int64_t from_wall_ns,
                        const struct chunk *chunk, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r;

    if (chunk->count == chunk->read)
        return 0;
    r = database_prepare(database,
                         "DELETE FROM samples WHERE run = ? AND end_wall_ns > ? AND"
                         " end_wall_ns <= ?",
                         &statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    (void)sqlite3_bind_int64(statement, 2, from_wall_ns);
    (void)sqlite3_bind_int64(statement, 3, chunk->end_wall_ns);
    r = database_run(database, statement, err);
    for (size_t i = 0; r == 0 && i < chunk->count; i++)
        r = write_sample(database, key, &chunk->merged[i], err);
    return r;
}

static int store_mark(struct database *database, int64_t key, int64_t bucket_ns,
                      int64_t done_wall_ns, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database,
                             bucket_ns == HOUR_NS
                                 ? "UPDATE progress SET thinned_hour_wall_ns = ? WHERE run = ?"
                                 : "UPDATE progress SET thinned_minute_wall_ns = ? WHERE run = ?",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, done_wall_ns);
    (void)sqlite3_bind_int64(statement, 2, key);
    return database_run(database, statement, err);
}

/* One transaction's worth; *from_wall_ns moves on to what is done. */
static int thin_chunk(struct database *database, int64_t key, int64_t *from_wall_ns,
                      int64_t cutoff_wall_ns, struct chunk *chunk, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_begin(database, err);

    if (r < 0)
        return r;
    r = database_prepare(database,
                         "SELECT end_wall_ns, device, interval_seconds, power_watts, " SUM_COLUMNS
                         " FROM samples WHERE run = ? AND end_wall_ns > ? AND end_wall_ns <= ?"
                         " ORDER BY end_wall_ns, device",
                         &statement, err);
    if (r == 0) {
        (void)sqlite3_bind_int64(statement, 1, key);
        (void)sqlite3_bind_int64(statement, 2, *from_wall_ns);
        (void)sqlite3_bind_int64(statement, 3, cutoff_wall_ns);
        r = read_chunk(database, statement, chunk, err);
    }
    if (r == 0)
        r = replace_rows(database, key, *from_wall_ns, chunk, err);
    if (r == 0 && chunk->finished)
        chunk->end_wall_ns = cutoff_wall_ns;
    if (r == 0)
        r = rollup_drop_until(database, key, chunk->end_wall_ns, err);
    if (r == 0)
        r = store_mark(database, key, chunk->bucket_ns, chunk->end_wall_ns, err);
    r = database_finish(database, r, err);
    if (r == 0)
        *from_wall_ns = chunk->end_wall_ns;
    return r;
}

static int thin_run(struct database *database, int64_t key, int64_t bucket_ns, int64_t from_wall_ns,
                    int64_t cutoff_wall_ns, struct thinning *thinning, struct aico2_error *err)
{
    struct chunk chunk = { 0 };
    int r = 0;

    while (r == 0 && !chunk.finished && from_wall_ns < cutoff_wall_ns &&
           thinning->chunks_left > 0) {
        thinning->chunks_left--;
        chunk.bucket_ns = bucket_ns;
        chunk.count = chunk.bucket_start = chunk.read = 0;
        r = thin_chunk(database, key, &from_wall_ns, cutoff_wall_ns, &chunk, err);
        if (r == 0)
            thinning->removed += (int64_t)(chunk.read - chunk.count);
    }
    free(chunk.merged);
    free(chunk.place_by_device);
    return r;
}

static int list_runs_to_thin(struct database *database, const struct thinning *thinning,
                             struct thinned_run **runs_out, size_t *count_out,
                             struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    AICO2_CLEANUP(freep) struct thinned_run *runs = NULL;
    size_t capacity = 0;
    size_t count = 0;
    int r = database_prepare(database,
                             "SELECT run, thinned_minute_wall_ns, thinned_hour_wall_ns"
                             " FROM progress JOIN runs ON runs.key = progress.run"
                             " WHERE started_wall_ns < ?1 AND NOT (?3 AND state = 'running') AND"
                             " (min(ended_wall_ns, ?1) > thinned_minute_wall_ns OR"
                             " min(ended_wall_ns, ?2) > thinned_hour_wall_ns)",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, thinning->minute_cutoff_wall_ns);
    (void)sqlite3_bind_int64(statement, 2, thinning->hour_cutoff_wall_ns);
    (void)sqlite3_bind_int(statement, 3, thinning->skip_running);
    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);

        if (array_reserve(&runs, &capacity, count + 1, sizeof(*runs)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        runs[count].key = row_int(&row, INT64_MIN, INT64_MAX);
        runs[count].minute_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        runs[count].hour_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        r = row_check(&row, database, err);
        if (r < 0)
            return r;
        count++;
    }
    if (r < 0)
        return r;
    *runs_out = runs;
    runs = NULL;
    *count_out = count;
    return 0;
}

static int thin_file(void *payload, struct database *database, struct aico2_error *err)
{
    struct thinning *thinning = payload;
    AICO2_CLEANUP(freep) struct thinned_run *runs = NULL;
    size_t count = 0;
    int r = list_runs_to_thin(database, thinning, &runs, &count, err);

    for (size_t i = 0; r == 0 && i < count; i++) {
        struct thinned_run *run = &runs[i];
        int64_t minute_from = run->minute_wall_ns;

        /* what is old enough goes to hours at once */
        r = thin_run(database, run->key, HOUR_NS, run->hour_wall_ns, thinning->hour_cutoff_wall_ns,
                     thinning, err);
        if (minute_from < thinning->hour_cutoff_wall_ns)
            minute_from = thinning->hour_cutoff_wall_ns;
        if (r == 0)
            r = thin_run(database, run->key, MINUTE_NS, minute_from,
                         thinning->minute_cutoff_wall_ns, thinning, err);
    }
    if (r == 0 && thinning->removed > 0)
        database_checkpoint_and_empty(database, 0);
    return r;
}

int64_t history_thin(struct history *history, int64_t now_wall_ns, size_t chunks,
                     bool *finished_out, struct aico2_error *err)
{
    struct thinning thinning = { .skip_running = history->run_files, .chunks_left = chunks };
    int r;

    if (now_wall_ns < 30 * DAY_NS)
        return aico2_error_set(err, -EINVAL, "the clock is not set: nothing is thinned");
    thinning.minute_cutoff_wall_ns = (now_wall_ns - DAY_NS) / MINUTE_NS * MINUTE_NS;
    thinning.hour_cutoff_wall_ns = (now_wall_ns - 30 * DAY_NS) / HOUR_NS * HOUR_NS;
    r = history_each_file(history, thin_file, &thinning, err);
    if (r < 0)
        return r;
    *finished_out = thinning.chunks_left > 0;
    return thinning.removed;
}
