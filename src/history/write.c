/* SPDX-License-Identifier: Apache-2.0 */
/* history/write.c - a run's rows: begun, grown by a tick, ended, or stored whole */
#include "history/write.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "history/internal.h"
#include "history/rollup.h"
#include "history/rows.h"
#include "history/tasks.h"

#define PLACES_3 "?,?,?"
#define PLACES_6 PLACES_3 "," PLACES_3
#define PLACES_12 PLACES_6 "," PLACES_6

enum {
    CHECKPOINT_SECONDS = 60,
    CHECKPOINT_FRAMES = 2000, /* 8 MiB of log: earlier than a minute at high rates */
    /* What is left in the log is read by whoever opens the file next: 1 ms for so many. Moving it
     * at the end of every short run would cost each of them an fsync. */
    CHECKPOINT_FRAMES_AT_END = 192,
    SAME_INSTANT_TRIES = 64,
};

static int insert_progress(struct database *database, int64_t key, const struct run *run,
                           struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_INSERT_PROGRESS,
                         "INSERT INTO progress(run, " PROGRESS_COLUMNS ") VALUES(?," PLACES_6 ")",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, key);
    row_bind_progress(&row, run);
    return row_write(database, &row, err);
}

static int insert_run(struct database *database, const struct run *run, double total_joules,
                      double total_gco2e, int64_t *key_out, struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_INSERT_RUN,
                         "INSERT INTO runs(" RUN_COLUMNS ", total_joules, total_gco2e) "
                         "VALUES(" PLACES_12 "," PLACES_12 "," PLACES_12 "," PLACES_12 ",?,?)",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_run(&row, run);
    row_bind_double(&row, total_joules);
    row_bind_double(&row, total_gco2e);
    r = row_write(database, &row, err);
    if (r < 0)
        return r;

    *key_out = sqlite3_last_insert_rowid(database->connection);
    return insert_progress(database, *key_out, run, err);
}

static int insert_devices(struct database *database, int64_t key, const struct device *devices,
                          const struct device_totals *totals, size_t count, struct aico2_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        struct row row;

        r = row_to_write(database, STATEMENT_INSERT_DEVICE,
                         "INSERT OR REPLACE INTO devices(run, " DEVICE_COLUMNS ", " EXTREME_COLUMNS
                         ") VALUES(?,?," PLACES_12 "," PLACES_6 "," PLACES_3 ")",
                         &row, err);
        if (r < 0)
            return r;
        row_bind_int(&row, key);
        row_bind_device(&row, (int)i, &devices[i]);
        row_bind_extremes(&row, totals != NULL ? &totals[i] : &DEVICE_TOTALS_NULL);
        r = row_write(database, &row, err);
    }
    return r;
}

int history_run_begin(struct history *history, const struct run *run, const struct device *devices,
                      size_t device_count, struct aico2_error *err)
{
    struct database *database;
    int64_t key = 0;
    int r = history_file_for_new_run(history, run->id, &database, err);

    if (r == 0)
        r = database_begin(database, err);
    if (r < 0)
        return r;

    r = insert_run(database, run, NAN, NAN, &key, err);
    if (r == 0)
        r = insert_devices(database, key, devices, NULL, device_count, err);
    r = database_finish(database, r, err);
    if (r < 0)
        return r;

    database->run_key = key;
    database->extreme_count = 0;
    database->rolled_is_known = false;
    (void)snprintf(database->run_id, sizeof(database->run_id), "%s", run->id);
    return 0;
}

int history_put_devices(struct history *history, const struct run *run,
                        const struct device *devices, const struct device_totals *totals,
                        size_t device_count, struct aico2_error *err)
{
    struct database *database;
    int64_t key;
    int r = history_find(history, run->id, &database, &key, err);

    if (r == 0)
        r = database_begin(database, err);
    if (r < 0)
        return r;

    database->extreme_count = 0;
    r = insert_devices(database, key, devices, totals, device_count, err);
    return database_finish(database, r, err);
}

int write_sample(struct database *database, int64_t run_key, const struct history_sample *sample,
                 struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_INSERT_SAMPLE,
                         "INSERT OR IGNORE INTO samples(run, end_wall_ns, device,"
                         " interval_seconds, power_watts, " SUM_COLUMNS ") VALUES(?,?," PLACES_3
                         "," PLACES_12 ")",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, run_key);
    row_bind_int(&row, sample->end_wall_ns);
    row_bind_int(&row, sample->device);
    row_bind_double(&row, sample->interval_seconds);
    row_bind_double(&row, sample->power_watts);
    row_bind_sums(&row, &sample->sums);
    r = database_run(database, row.statement, err);
    /* A wall clock that was set back gives the same instant twice: a nanosecond later is near
     * enough, and no joule is lost. */
    for (int i = 1; r == 0 && sqlite3_changes(database->connection) == 0; i++) {
        if (i > SAME_INSTANT_TRIES)
            return aico2_error_set(err, -EEXIST, "'%s' has samples of this instant already",
                                   database->path);
        (void)sqlite3_bind_int64(row.statement, 2, sample->end_wall_ns + i);
        r = database_run(database, row.statement, err);
    }
    return r;
}

static int replace_slices(struct database *database, int64_t key, const struct slice *slices,
                          size_t count, struct aico2_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        struct row row;

        r = row_to_write(database, STATEMENT_REPLACE_SLICE,
                         "INSERT OR REPLACE INTO slices(run, start_wall_ns, device, " SUM_COLUMNS
                         ") VALUES(" PLACES_3 "," PLACES_12 ")",
                         &row, err);
        if (r < 0)
            return r;
        row_bind_int(&row, key);
        row_bind_int(&row, slices[i].start_wall_ns);
        row_bind_int(&row, slices[i].device);
        row_bind_sums(&row, &slices[i].sums);
        r = row_write(database, &row, err);
    }
    return r;
}

static int update_progress(struct database *database, int64_t key, const struct run *run,
                           struct aico2_error *err)
{
    struct row row;
    int r =
        row_to_write(database, STATEMENT_UPDATE_PROGRESS,
                     "UPDATE progress SET (" PROGRESS_COLUMNS ") = (" PLACES_6 ") WHERE run = ?",
                     &row, err);

    if (r < 0)
        return r;
    row_bind_progress(&row, run);
    row_bind_int(&row, key);
    return row_write(database, &row, err);
}

/* Compared as bits: NAN is what most begin with. */
static bool extremes_are_stored(const struct database *database, size_t device,
                                const struct device_totals *totals)
{
    const double now[3] = { totals->peak_watts, totals->floor_watts, totals->lowest_watts };

    return device < database->extreme_count &&
           memcmp(database->extremes[device], now, sizeof(now)) == 0;
}

static void keep_extremes(struct database *database, const struct device_totals *totals,
                          size_t count)
{
    database->extreme_count = count < EXTREMES_KEPT ? count : EXTREMES_KEPT;
    for (size_t i = 0; i < database->extreme_count; i++) {
        database->extremes[i][0] = totals[i].peak_watts;
        database->extremes[i][1] = totals[i].floor_watts;
        database->extremes[i][2] = totals[i].lowest_watts;
    }
}

static int update_extremes(struct database *database, int64_t key,
                           const struct device_totals *totals, size_t count,
                           struct aico2_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        struct row row;

        if (extremes_are_stored(database, i, &totals[i]))
            continue;
        /* they change rarely: a row left alone is a page not written */
        r = row_to_write(database, STATEMENT_UPDATE_EXTREMES,
                         "UPDATE devices SET peak_watts = ?1, floor_watts = ?2,"
                         " lowest_watts = ?3 WHERE run = ?4 AND device = ?5 AND"
                         " (peak_watts IS NOT ?1 OR floor_watts IS NOT ?2 OR"
                         " lowest_watts IS NOT ?3)",
                         &row, err);
        if (r < 0)
            return r;
        row_bind_extremes(&row, &totals[i]);
        row_bind_int(&row, key);
        row_bind_int(&row, (int64_t)i);
        r = row_write(database, &row, err);
    }
    return r;
}

static void checkpoint_when_due(struct database *database)
{
    int64_t age_ns;

    if (database->wal_frames == 0)
        return;
    age_ns = clock_mono_ns() - database->checkpointed_mono_ns;
    database_checkpoint(database,
                        age_ns >= CHECKPOINT_SECONDS * NSEC_PER_SEC ? 0 : CHECKPOINT_FRAMES);
}

int history_append(struct history *history, const struct run *run,
                   const struct history_sample *samples, size_t sample_count,
                   const struct slice *slices, size_t slice_count,
                   const struct device_totals *totals, size_t device_count, struct aico2_error *err)
{
    struct database *database;
    int64_t key;
    int r = history_find(history, run->id, &database, &key, err);

    if (r == 0)
        r = database_begin(database, err);
    if (r < 0)
        return r;

    for (size_t i = 0; r == 0 && i < sample_count; i++)
        r = write_sample(database, key, &samples[i], err);
    if (r == 0)
        r = replace_slices(database, key, slices, slice_count, err);
    if (r == 0)
        r = update_extremes(database, key, totals, device_count, err);
    if (r == 0)
        r = update_progress(database, key, run, err);
    if (r == 0)
        r = rollup_advance(database, key, run->interval_ns, samples, sample_count, err);
    r = database_finish(database, r, err);
    if (r < 0) {
        database->rolled_is_known = false;
        return r;
    }
    keep_extremes(database, totals, device_count);
    checkpoint_when_due(database);
    return 0;
}

static int update_end(struct database *database, int64_t key, const struct run *run,
                      double total_joules, double total_gco2e, struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_END_RUN,
                         "UPDATE runs SET state = ?1, exit_status = ?2, unit = ?3,"
                         " units = ?4, place_option = ?5, warnings_json = ?6, total_joules = ?7,"
                         " total_gco2e = ?8, price_per_kwh = ?9, price_matched = ?10,"
                         " place_basis = ?11, pue = ?12, pue_source = ?13 WHERE key = ?14",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_text(&row, run_state_name(run->state));
    row_bind_exit_status(&row, run->exit_status);
    row_bind_text(&row, run->unit);
    row_bind_double(&row, run->units);
    row_bind_text(&row, run->place_option);
    row_bind_text(&row, run->warnings_json);
    row_bind_double(&row, total_joules);
    row_bind_double(&row, total_gco2e);
    row_bind_double(&row, run->price.currency[0] != '\0' ? run->price.per_kwh : NAN);
    row_bind_int(&row, run->price_matched);
    row_bind_text(&row, place_basis_name(run->place_basis));
    row_bind_double(&row, run->pue);
    row_bind_text(&row, run->pue_source);
    row_bind_int(&row, key);
    return row_write(database, &row, err);
}

int history_run_end(struct history *history, const struct run *run, double total_joules,
                    double total_gco2e, struct aico2_error *err)
{
    struct database *database;
    int64_t key;
    int r = history_find(history, run->id, &database, &key, err);

    if (r == 0)
        r = database_begin(database, err);
    if (r < 0)
        return r;

    r = update_end(database, key, run, total_joules, total_gco2e, err);
    if (r == 0)
        r = update_progress(database, key, run, err);
    r = database_finish(database, r, err);
    if (r == 0)
        database_checkpoint_and_empty(database, CHECKPOINT_FRAMES_AT_END);
    return r;
}

int history_store(struct history *history, const struct history_record *record, double total_joules,
                  double total_gco2e, struct aico2_error *err)
{
    return history_store_samples(history, record, NULL, 0, total_joules, total_gco2e, err);
}

int history_store_samples(struct history *history, const struct history_record *record,
                          const struct history_sample *samples, size_t sample_count,
                          double total_joules, double total_gco2e, struct aico2_error *err)
{
    struct database *database;
    int64_t key = 0;
    int r = history_file_for_new_run(history, record->run.id, &database, err);

    if (r == 0)
        r = database_begin(database, err);
    if (r < 0)
        return r;

    r = insert_run(database, &record->run, total_joules, total_gco2e, &key, err);
    if (r == 0)
        r = insert_devices(database, key, record->devices, record->totals, record->device_count,
                           err);
    if (r == 0)
        r = replace_slices(database, key, record->slices.items, record->slices.count, err);
    for (size_t i = 0; r == 0 && i < sample_count; i++)
        r = write_sample(database, key, &samples[i], err);
    if (r == 0)
        r = rollup_all(database, key, record->run.interval_ns, samples, sample_count, err);
    if (r == 0 && (record->tasks.count > 0 || record->training.budget[0] != '\0'))
        r = write_tasks(database, key, &record->training, 0, record->tasks.items,
                        record->tasks.count, record->task_slices.items, record->task_slices.count,
                        err);
    r = database_finish(database, r, err);
    if (r == 0)
        database_checkpoint_and_empty(database, CHECKPOINT_FRAMES_AT_END);
    return r;
}

int history_batch_begin(struct history *history, struct aico2_error *err)
{
    return history->run_files ? 0 : database_begin_batch(&history->main, err);
}

int history_batch_end(struct history *history, struct aico2_error *err)
{
    int r;

    if (history->run_files)
        return 0;
    r = database_finish_batch(&history->main, err);
    if (r == 0)
        database_checkpoint_and_empty(&history->main, CHECKPOINT_FRAMES_AT_END);
    return r;
}
