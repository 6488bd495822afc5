/* SPDX-License-Identifier: Apache-2.0 */
/* history/read.c - one run with all that is needed to compute its report again */
#include "history/read.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "history/internal.h"
#include "history/path.h"
#include "history/rows.h"
#include "history/tasks.h"

enum { PREFIX_MIN = 6, NAMES_TO_SUGGEST_FROM = 200 };

void history_record_deinit(struct history_record *record)
{
    if (record == NULL)
        return;
    run_deinit(&record->run);
    free(record->devices);
    free(record->totals);
    free(record->slices.items);
    free(record->tasks.items);
    free(record->task_slices.items);
    *record = (struct history_record){ 0 };
}

/* --- which run is meant --- */

struct search {
    const char *text;
    char prefix[ULID_SIZE]; /* the text as the start of an id; "" it cannot be one */
    char id[ULID_SIZE];     /* the newest that has the whole id or the name; "" none */
    char first[ULID_SIZE];  /* those that start with the prefix */
    char second[ULID_SIZE];
    char suggestion[RUN_NAME_SIZE];
    unsigned distance;
};

/* Up to two ids that the query gives for the text. Return: how many, or -errno. */
static int query_ids(struct database *database, const char *sql, const char *text,
                     char first_out[ULID_SIZE], char second_out[ULID_SIZE], struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    char *const outputs[] = { first_out, second_out };
    int count = 0;
    int r = database_prepare(database, sql, &statement, err);

    if (r < 0)
        return r;
    if (sqlite3_bind_parameter_count(statement) > 0)
        (void)sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    while (count < 2 && (r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);

        row_id(&row, outputs[count++]);
        r = row_check(&row, database, err);
        if (r < 0)
            return r;
    }
    return r < 0 ? r : count;
}

static void keep_newest(char newest[ULID_SIZE], const char *id)
{
    if (strcmp(id, newest) > 0)
        memcpy(newest, id, ULID_SIZE);
}

static int search_exact(void *payload, struct database *database, struct aico2_error *err)
{
    struct search *search = payload;
    char id[ULID_SIZE] = "";
    char unused[ULID_SIZE];
    int r;

    if (search->text == NULL)
        r = query_ids(database,
                      "SELECT id FROM runs WHERE stage <> '" RUN_STAGE_WATCH
                      "' ORDER BY id DESC LIMIT 1",
                      NULL, id, unused, err);
    else
        r = query_ids(database, "SELECT id FROM runs WHERE name = ?1 ORDER BY id DESC LIMIT 1",
                      search->text, id, unused, err);
    if (r > 0)
        keep_newest(search->id, id);
    if (r < 0)
        return r;
    /* files of single runs come newest first: the first that fits is it */
    return r > 0 && (database->flags & DATABASE_WAL) == 0;
}

static int search_prefix(void *payload, struct database *database, struct aico2_error *err)
{
    struct search *search = payload;
    char ids[2][ULID_SIZE];
    /* 'z' sorts after every character of an id */
    int r = query_ids(database,
                      "SELECT id FROM runs WHERE id >= ?1 AND id < ?1 || 'z' ORDER BY id LIMIT 2",
                      search->prefix, ids[0], ids[1], err);

    for (int i = 0; i < r; i++) {
        if (search->first[0] == '\0')
            memcpy(search->first, ids[i], ULID_SIZE);
        else if (strcmp(search->first, ids[i]) != 0)
            memcpy(search->second, ids[i], ULID_SIZE);
    }
    return r < 0 ? r : 0;
}

static int search_similar_name(void *payload, struct database *database, struct aico2_error *err)
{
    struct search *search = payload;
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database, "SELECT name FROM runs ORDER BY key DESC LIMIT ?",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int(statement, 1, NAMES_TO_SUGGEST_FROM);
    while ((r = database_step(database, statement, err)) > 0) {
        char name[RUN_NAME_SIZE] = "";
        const char *const candidates[] = { name };
        struct row row = row_to_read(statement);
        unsigned distance;

        row_text(&row, name, sizeof(name));
        distance = text_distance(search->text, name);
        if (distance < search->distance && text_nearest(search->text, candidates, 1) == 0) {
            search->distance = distance;
            memcpy(search->suggestion, name, sizeof(name));
        }
    }
    return r;
}

static int error_no_run(struct history *history, struct search *search, struct aico2_error *err)
{
    char shown[64];
    char like[64];

    text_copy_clean(shown, sizeof(shown), search->text);
    search->distance = UINT_MAX;
    /* without a suggestion the answer is the same: its failure does not matter */
    (void)history_each_file(history, search_similar_name, search, NULL);
    text_copy_clean(like, sizeof(like), search->suggestion);
    if (like[0] != '\0')
        return aico2_error_set(err, -ENODATA, "no run '%s': did you mean '%s'?", shown, like);
    if (search->prefix[0] != '\0' && strlen(search->prefix) < PREFIX_MIN)
        return aico2_error_set(err, -ENODATA,
                               "no run '%s': the start of an id needs at least %d characters",
                               shown, PREFIX_MIN);
    return aico2_error_set(err, -ENODATA, "no run '%s': see 'aico2 runs'", shown);
}

static int find_id(struct history *history, const char *text, char id_out[ULID_SIZE],
                   struct aico2_error *err)
{
    struct search search = { .text = text };
    struct database *database;
    int64_t key;
    int r;

    if (strcmp(text, "last") == 0) {
        search.text = NULL;
        r = history_each_file(history, search_exact, &search, err);
        if (r < 0)
            return r;
        if (search.id[0] == '\0')
            return aico2_error_set(err, -ENODATA, "no run in '%s' yet", history->path);
        memcpy(id_out, search.id, ULID_SIZE);
        return 0;
    }
    if (!run_id_normalise(search.prefix, text))
        search.prefix[0] = '\0';
    if (strlen(search.prefix) == ULID_SIZE - 1 &&
        history_find(history, search.prefix, &database, &key, NULL) == 0) {
        memcpy(id_out, search.prefix, ULID_SIZE);
        return 0;
    }
    r = history_each_file(history, search_exact, &search, err);
    if (r >= 0 && search.id[0] == '\0' && strlen(search.prefix) >= PREFIX_MIN)
        r = history_each_file(history, search_prefix, &search, err);
    if (r < 0)
        return r;
    if (search.second[0] != '\0')
        return aico2_error_set(err, -EINVAL, "'%s' could be run %s or %s: give more of it", text,
                               search.first, search.second);
    if (search.id[0] == '\0' && search.first[0] == '\0')
        return error_no_run(history, &search, err);
    memcpy(id_out, search.id[0] != '\0' ? search.id : search.first, ULID_SIZE);
    return 0;
}

/* --- what is stored of it --- */

static int read_run(struct database *database, int64_t key, struct run *run_out,
                    struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct row row;
    int r = database_prepare(database,
                             "SELECT " RUN_COLUMNS ", " PROGRESS_COLUMNS
                             " FROM runs JOIN progress ON progress.run = runs.key WHERE key = ?",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    r = database_step(database, statement, err);
    if (r < 0)
        return r;
    if (r == 0)
        return aico2_error_set(err, -EBADMSG, "damaged run in '%s': it has no progress",
                               database->path);
    row = row_to_read(statement);
    row_run(&row, run_out);
    row_progress(&row, run_out);
    return row_check(&row, database, err);
}

/* Grows both, so that they always have room for `need`. */
static int reserve_devices(struct device **devices, size_t *device_capacity,
                           struct device_totals **totals, size_t *totals_capacity, size_t need)
{
    int r = array_reserve(devices, device_capacity, need, sizeof(**devices));

    return r < 0 ? r : array_reserve(totals, totals_capacity, need, sizeof(**totals));
}

int read_devices(struct database *database, int64_t run_key, struct device **devices_out,
                 struct device_totals **totals_out, size_t *count_out, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    AICO2_CLEANUP(freep) struct device *devices = NULL;
    AICO2_CLEANUP(freep) struct device_totals *totals = NULL;
    size_t device_capacity = 0;
    size_t totals_capacity = 0;
    size_t count = 0;
    int r = database_prepare(database,
                             "SELECT " DEVICE_COLUMNS ", " EXTREME_COLUMNS
                             " FROM devices WHERE run = ? ORDER BY device",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, run_key);
    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);
        int index = 0;

        if (reserve_devices(&devices, &device_capacity, &totals, &totals_capacity, count + 1) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        devices[count] = DEVICE_NULL;
        totals[count] = DEVICE_TOTALS_NULL;
        row_device(&row, &index, &devices[count]);
        row_extremes(&row, &totals[count]);
        r = row_check(&row, database, err);
        if (r < 0)
            return r;
        if ((size_t)index != count)
            return aico2_error_set(err, -EBADMSG, "damaged run in '%s': no device %zu",
                                   database->path, count);
        count++;
    }
    if (r < 0)
        return r;

    *devices_out = devices;
    devices = NULL;
    if (totals_out != NULL) {
        *totals_out = totals;
        totals = NULL;
    }
    *count_out = count;
    return 0;
}

int read_slice_rows(struct database *database, int64_t run_key, const char *sql,
                    size_t device_count, struct slice_list *slices, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database, sql, &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, run_key);
    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);
        struct slice slice = { 0 };

        if (array_reserve(&slices->items, &slices->capacity, slices->count + 1, sizeof(slice)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        slice.start_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        slice.device = (int)row_int(&row, 0, INT_MAX);
        row_sums(&row, &slice.sums);
        r = row_check(&row, database, err);
        if (r < 0)
            return r;
        if ((size_t)slice.device >= device_count)
            return aico2_error_set(err, -EBADMSG, "damaged run in '%s': no device %d",
                                   database->path, slice.device);
        slices->items[slices->count++] = slice;
    }
    return r;
}

static int read_slices(struct database *database, int64_t key, struct history_record *record,
                       struct aico2_error *err)
{
    const struct slice_list *slices = &record->slices;
    int r = read_slice_rows(database, key,
                            "SELECT start_wall_ns, device, " SUM_COLUMNS
                            " FROM slices WHERE run = ? ORDER BY start_wall_ns, device",
                            record->device_count, &record->slices, err);

    for (size_t i = 0; r == 0 && i < slices->count; i++) {
        const struct slice *slice = &slices->items[i];

        energy_sums_add(&record->totals[slice->device].sums, &slice->sums);
    }
    return r;
}

int history_load(struct history *history, const char *run, struct history_record *record_out,
                 struct aico2_error *err)
{
    AICO2_CLEANUP(history_record_deinit) struct history_record record = { 0 };
    struct database *database;
    char id[ULID_SIZE];
    int64_t key;
    int r = find_id(history, run, id, err);

    if (r == 0)
        r = history_find(history, id, &database, &key, err);
    if (r == 0)
        r = database_begin_read(database, err);
    if (r < 0)
        return r;

    r = read_run(database, key, &record.run, err);
    if (r == 0)
        r = read_devices(database, key, &record.devices, &record.totals, &record.device_count, err);
    if (r == 0)
        r = read_slices(database, key, &record, err);
    if (r == 0)
        r = read_tasks(database, key, &record, err);
    database_end_read(database);
    if (r < 0)
        return r;

    *record_out = record;
    record = (struct history_record){ 0 };
    return 0;
}

int history_load_run(struct history *history, const char *run, struct run *run_out,
                     struct aico2_error *err)
{
    struct run found = { 0 };
    struct database *database;
    char id[ULID_SIZE];
    int64_t key;
    int r = find_id(history, run, id, err);

    if (r == 0)
        r = history_find(history, id, &database, &key, err);
    if (r == 0)
        r = read_run(database, key, &found, err);
    if (r < 0) {
        run_deinit(&found);
        return r;
    }
    *run_out = found;
    return 0;
}
