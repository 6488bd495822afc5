/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_history_cells.c - a history whose cells hold anything, as a file of somebody else's may
 *
 * Its tables have our names and columns and none of our constraints. The input is up to eight changes: table, column, row,
 * kind of value, value. A cell that means nothing is damage that is named; what can be read makes a report in valid
 * JSON. Then every cell gets back what was in it.
 */
#include <sqlite3.h>
#include <stdint.h>

#include "../unit/test_history.h"
#include "base/text.h"
#include "session/report/build.h"
#include "session/window.h"
#include "writers/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGES_MAX = 8, TABLES_MAX = 16, COLUMNS_MAX = 80, NAME_SIZE = 48, ROWS = 4 };

struct table {
    char name[NAME_SIZE];
    char columns[COLUMNS_MAX][NAME_SIZE];
    size_t column_count;
};

static struct place place;
static struct history *history;
static sqlite3 *connection;
static struct table tables[TABLES_MAX];
static size_t table_count;
static sqlite3_stmt *is_json;

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Takes the text, which sqlite3_mprintf() made. */
static sqlite3_stmt *prepare(char *sql)
{
    sqlite3_stmt *statement = NULL;

    must(sql != NULL && sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) == SQLITE_OK);
    sqlite3_free(sql);
    return statement;
}

static void run_sql(char *sql)
{
    sqlite3_stmt *statement = prepare(sql);

    must(sqlite3_step(statement) == SQLITE_DONE);
    (void)sqlite3_finalize(statement);
}

static void write_runs(void)
{
    struct history *writer = open_local(place.path, HISTORY_WRITE);

    for (int number = 1; number <= 2; number++) {
        struct run run = run_numbered(number);
        struct task task = { .name = "epoch 1", .epochs = 1, .duration_ns = 2 * SECOND_NS };
        struct slice task_slice = { .sums = { .joules = 3, .covered_seconds = 2 } };
        struct training training = { .epochs = 3 };

        run.labels = strdup("team=a\nuser=b");
        begin(writer, &run);
        for (int i = 1; i <= ROWS; i++)
            must(append_one(writer, &run, EPOCH_NS + i * SECOND_NS, 2, 2 * i, NULL) == 0);
        must(history_put_tasks(writer, &run, &training, 0, &task, 1, &task_slice, 1, NULL) == 0);
        run.state = number == 1 ? RUN_FINISHED : RUN_RUNNING;
        if (number == 1)
            must(history_run_end(writer, &run, 8, 0.001, NULL) == 0);
        free(run.labels);
    }
    database_checkpoint_and_empty(&writer->main, 0);
    history_close(writer);
}

static void find_columns(struct table *table)
{
    sqlite3_stmt *rows = prepare(sqlite3_mprintf("PRAGMA table_info(\"%w\")", table->name));

    while (sqlite3_step(rows) == SQLITE_ROW && table->column_count < COLUMNS_MAX)
        (void)snprintf(table->columns[table->column_count++], NAME_SIZE, "%s",
                       (const char *)sqlite3_column_text(rows, 1));
    (void)sqlite3_finalize(rows);
}

/* The tables as somebody else may have made them: what a column is for says nothing of what is in it. */
static void loosen(const struct table *table)
{
    const char *name = table->name;

    run_sql(sqlite3_mprintf("CREATE TABLE keep.\"%w\" AS SELECT * FROM main.\"%w\"", name, name));
    run_sql(sqlite3_mprintf("DROP TABLE main.\"%w\"", name));
    run_sql(sqlite3_mprintf("CREATE TABLE main.\"%w\" AS SELECT * FROM keep.\"%w\"", name, name));
}

static void restore(const struct table *table)
{
    const char *name = table->name;

    run_sql(sqlite3_mprintf("DELETE FROM main.\"%w\"", name));
    run_sql(sqlite3_mprintf("INSERT INTO main.\"%w\" SELECT * FROM keep.\"%w\"", name, name));
}

static void leave(void)
{
    (void)sqlite3_finalize(is_json);
    history_close(history);
    place_remove(&place);
}

static void set_up(void)
{
    sqlite3_stmt *rows;

    place = place_new();
    write_runs();
    history = open_local(place.path, HISTORY_WRITE);
    connection = history->main.connection;
    (void)atexit(leave);
    run_sql(sqlite3_mprintf("PRAGMA synchronous = OFF"));
    run_sql(sqlite3_mprintf("ATTACH ':memory:' AS keep"));
    rows = prepare(sqlite3_mprintf("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name"));
    while (sqlite3_step(rows) == SQLITE_ROW && table_count < TABLES_MAX)
        (void)snprintf(tables[table_count++].name, NAME_SIZE, "%s",
                       (const char *)sqlite3_column_text(rows, 0));
    (void)sqlite3_finalize(rows);
    for (size_t i = 0; i < table_count; i++) {
        find_columns(&tables[i]);
        loosen(&tables[i]);
    }
    is_json = prepare(sqlite3_mprintf("SELECT json_valid(?1)"));
}

/* --- a change --- */

struct input {
    const uint8_t *data;
    size_t left;
};

static unsigned take_byte(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->data++;
}

static void bind_value(sqlite3_stmt *update, struct input *input)
{
    unsigned kind = take_byte(input) % 5;
    size_t size = kind == 1 || kind == 2 ? sizeof(int64_t) : kind == 3 || kind == 4 ? take_byte(input) : 0;
    int64_t number = 0;
    double real = 0;

    if (size > input->left)
        size = input->left;
    if (kind == 0)
        (void)sqlite3_bind_null(update, 1);
    if (kind == 1 && size > 0)
        memcpy(&number, input->data, size);
    if (kind == 2 && size == sizeof(real))
        memcpy(&real, input->data, size);
    if (kind == 1)
        (void)sqlite3_bind_int64(update, 1, number);
    if (kind == 2)
        (void)sqlite3_bind_double(update, 1, real);
    if (kind == 3)
        (void)sqlite3_bind_text(update, 1, (const char *)input->data, (int)size, SQLITE_TRANSIENT);
    if (kind == 4)
        (void)sqlite3_bind_blob(update, 1, input->data, (int)size, SQLITE_TRANSIENT);
    input->data += size;
    input->left -= size;
}

/* Return: the table. Row 255 stands for all. */
static const struct table *change(struct input *input)
{
    const struct table *table = &tables[take_byte(input) % table_count];
    const char *column = table->columns[take_byte(input) % table->column_count];
    unsigned row = take_byte(input);
    sqlite3_stmt *update =
        prepare(sqlite3_mprintf("UPDATE main.\"%w\" SET \"%w\" = ?1 WHERE ?2 = 255 OR rowid = 1 + ?2 %% %d",
                                table->name, column, ROWS));

    bind_value(update, input);
    (void)sqlite3_bind_int(update, 2, (int)row);
    must(sqlite3_step(update) == SQLITE_DONE);
    (void)sqlite3_finalize(update);
    return table;
}

/* --- what is read of it --- */

static void check(int r, const struct aico2_error *err)
{
    must(r >= 0 || (err->message[0] != '\0' && text_is_line(err->message, sizeof(err->message))));
}

static void check_report(const struct history_record *record)
{
    const struct carbon_basis basis = { .pue = 1,
                                        .price.per_kwh = NAN,
                                        .intensity.gco2e_per_kwh = { 360, 360, 360 } };
    struct strbuf json = { 0 };
    struct report report;

    if (report_build(record, &basis, &report, NULL) < 0)
        return;
    write_report_json(&json, &report);
    (void)sqlite3_bind_text(is_json, 1, strbuf_text(&json), -1, SQLITE_TRANSIENT);
    must(sqlite3_step(is_json) == SQLITE_ROW && sqlite3_column_int(is_json, 0) == 1);
    (void)sqlite3_reset(is_json);
    strbuf_deinit(&json);
    report_deinit(&report);
}

static void load(const char *which)
{
    struct aico2_error err = { 0 };
    struct history_record record = { 0 };
    int r = history_load(history, which, &record, &err);

    check(r, &err);
    if (r == 0)
        check_report(&record);
    history_record_deinit(&record);
}

static int ignore_sample(void *payload, const struct history_sample_row *row)
{
    *(double *)payload += row->sample.sums.joules + (double)strlen(row->device->id);
    return 0;
}

static int ignore_power(void *payload, const struct history_power *power)
{
    must(power->device == 0); /* the run has one */
    *(double *)payload += power->joules;
    return 0;
}

static int ignore_slice(void *payload, const struct history_slice_row *row)
{
    *(double *)payload += row->slice.sums.joules + (double)strlen(row->device->id);
    return 0;
}

static void list_all(void)
{
    struct history_filter filter = { .search = "run", .limit = 1 };
    struct aico2_error err = { 0 };
    char cursor[ULID_SIZE] = "";
    char(*ids)[ULID_SIZE] = NULL;
    struct history_imports imports = { 0 };
    struct history_span *spans = NULL;
    struct run_row *rows = NULL;
    size_t count = 0;

    check(history_list(history, &filter, &rows, &count, cursor, &err), &err);
    must(count <= 1 && memchr(cursor, '\0', sizeof(cursor)) != NULL);
    free(rows);
    check(history_list_labelled(history, "team=a", &ids, &count, &err), &err);
    free(ids);
    ids = NULL;
    check(history_list_dead(history, "here", "boot-2", -1, &ids, &count, &err), &err);
    free(ids);
    check(history_list_spans(history, EPOCH_NS, EPOCH_NS + HOUR_NS, &spans, &count, &err), &err);
    free(spans);
    check(history_list_imports(history, &imports, &err), &err);
    history_imports_deinit(&imports);
}

static void walk_all(void)
{
    const struct run run = run_numbered(1);
    struct history_record window = { 0 };
    struct aico2_error err = { 0 };
    double ignored = 0;
    int r;

    check(history_each_sample(history, NULL, INT64_MIN, INT64_MAX, ignore_sample, &ignored, &err), &err);
    check(history_each_power(history, run.id, 1, true, ignore_power, &ignored, &err), &err);
    check(history_each_power(history, run.id, 1, false, ignore_power, &ignored, &err), &err);
    check(history_each_slice(history, EPOCH_NS, EPOCH_NS + DAY_NS, ignore_slice, &ignored, &err), &err);
    r = window_read(history, EPOCH_NS, EPOCH_NS + 3 * SECOND_NS, NULL, &window, &err);
    check(r, &err);
    if (r == 0)
        check_report(&window);
    history_record_deinit(&window);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct table *changed[CHANGES_MAX];
    struct input input = { .data = data, .left = size };
    size_t count = 0;

    if (history == NULL)
        set_up();
    run_sql(sqlite3_mprintf("BEGIN"));
    while (input.left > 0 && count < CHANGES_MAX)
        changed[count++] = change(&input);
    run_sql(sqlite3_mprintf("COMMIT"));
    load("last");
    load("run-1");
    list_all();
    walk_all();
    run_sql(sqlite3_mprintf("BEGIN"));
    for (size_t i = 0; i < count; i++)
        restore(changed[i]);
    run_sql(sqlite3_mprintf("COMMIT"));
    return 0;
}
