/* SPDX-License-Identifier: Apache-2.0 */
/* history/tasks.c - the rows of a run's tasks */
#include "history/tasks.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "history/internal.h"
#include "history/read.h"
#include "history/rows.h"

static const char *const kinds[] = { [TASK_REST] = "rest",
                                     [TASK_EPOCH] = "epoch",
                                     [TASK_VALIDATION] = "validation",
                                     [TASK_WORK] = "task" };

static int kind_parse(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (strcmp(word, kinds[i]) == 0)
            return (int)i;
    }
    return -1;
}

static int put_training(struct database *database, int64_t key, const struct training *training,
                        struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_PUT_TRAINING,
                         "INSERT OR REPLACE INTO trainings(run, epochs, budget,"
                         " budget_action, budget_state) VALUES(?,?,?,?,?)",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, key);
    row_bind_double(&row, training->epochs);
    row_bind_text(&row, training->budget);
    row_bind_text(&row, training->budget_action);
    row_bind_text(&row, training->budget_state);
    return row_write(database, &row, err);
}

/* Two that were found at one moment have become one: it may be fewer than were stored. */
static int drop_tasks(struct database *database, int64_t key, size_t first, struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_DROP_TASKS,
                         "DELETE FROM tasks WHERE run = ? AND task >= ?", &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, key);
    row_bind_int(&row, (int64_t)first);
    return row_write(database, &row, err);
}

static int put_task(struct database *database, int64_t key, size_t index, const struct task *task,
                    struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_PUT_TASK,
                         "INSERT INTO tasks(run, task, name, kind, epochs, start_ns,"
                         " duration_ns) VALUES(?,?,?,?,?,?,?)",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, key);
    row_bind_int(&row, (int64_t)index);
    row_bind_text(&row, task->name);
    row_bind_text(&row, kinds[task->kind]);
    row_bind_double(&row, task->epochs);
    row_bind_int(&row, task->start_ns);
    row_bind_int(&row, task->duration_ns);
    return row_write(database, &row, err);
}

static int put_slice(struct database *database, int64_t key, const struct slice *slice,
                     struct aico2_error *err)
{
    struct row row;
    int r = row_to_write(database, STATEMENT_PUT_TASK_SLICE,
                         "INSERT OR REPLACE INTO task_slices(run, start_ns, device,"
                         " " SUM_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                         &row, err);

    if (r < 0)
        return r;
    row_bind_int(&row, key);
    row_bind_int(&row, slice->start_wall_ns);
    row_bind_int(&row, slice->device);
    row_bind_sums(&row, &slice->sums);
    return row_write(database, &row, err);
}

int write_tasks(struct database *database, int64_t run_key, const struct training *training,
                size_t first, const struct task *tasks, size_t task_count,
                const struct slice *slices, size_t slice_count, struct aico2_error *err)
{
    int r = put_training(database, run_key, training, err);

    if (r == 0 && task_count > 0)
        r = drop_tasks(database, run_key, first, err);
    for (size_t i = 0; r == 0 && i < task_count; i++)
        r = put_task(database, run_key, first + i, &tasks[i], err);
    for (size_t i = 0; r == 0 && i < slice_count; i++)
        r = put_slice(database, run_key, &slices[i], err);
    return r;
}

int history_put_tasks(struct history *history, const struct run *run,
                      const struct training *training, size_t first, const struct task *tasks,
                      size_t task_count, const struct slice *slices, size_t slice_count,
                      struct aico2_error *err)
{
    struct database *database;
    int64_t key;
    int r = history_find(history, run->id, &database, &key, err);

    if (r == 0)
        r = database_begin(database, err);
    if (r < 0)
        return r;

    r = write_tasks(database, key, training, first, tasks, task_count, slices, slice_count, err);
    return database_finish(database, r, err);
}

static int read_training(struct database *database, int64_t key, struct training *training,
                         struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct row row;
    int r = database_prepare(database,
                             "SELECT epochs, budget, budget_action, budget_state FROM trainings"
                             " WHERE run = ?",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    r = database_step(database, statement, err);
    if (r <= 0)
        return r;
    row = row_to_read(statement);
    training->epochs = row_double(&row);
    if (!isfinite(training->epochs))
        training->epochs = 0;
    row_text(&row, training->budget, sizeof(training->budget));
    row_text(&row, training->budget_action, sizeof(training->budget_action));
    row_text(&row, training->budget_state, sizeof(training->budget_state));
    return row_check(&row, database, err);
}

static int read_list(struct database *database, int64_t key, struct task_list *tasks,
                     struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database,
                             "SELECT name, kind, epochs, start_ns, duration_ns FROM tasks"
                             " WHERE run = ? ORDER BY task",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);
        struct task task = { 0 };
        int kind;

        if (array_reserve(&tasks->items, &tasks->capacity, tasks->count + 1, sizeof(task)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        row_text(&row, task.name, sizeof(task.name));
        kind = row_word(&row, kind_parse);
        task.epochs = row_double(&row);
        task.start_ns = row_int(&row, 0, INT64_MAX);
        task.duration_ns = row_int(&row, -1, INT64_MAX);
        r = row_check(&row, database, err);
        if (r == 0 && !(task.epochs >= 0))
            r = aico2_error_set(err, -EBADMSG, "damaged run in '%s': a task of %g epochs",
                                database->path, task.epochs);
        if (r < 0)
            return r;
        task.kind = (enum task_kind)kind;
        tasks->items[tasks->count++] = task;
    }
    return r;
}

int read_tasks(struct database *database, int64_t run_key, struct history_record *record,
               struct aico2_error *err)
{
    int r = read_training(database, run_key, &record->training, err);

    if (r == 0)
        r = read_list(database, run_key, &record->tasks, err);
    if (r == 0)
        r = read_slice_rows(database, run_key,
                            "SELECT start_ns, device, " SUM_COLUMNS
                            " FROM task_slices WHERE run = ? ORDER BY start_ns, device",
                            record->device_count, &record->task_slices, err);
    return r;
}
