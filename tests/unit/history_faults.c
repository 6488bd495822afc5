/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/history_faults.c - a call of a history under every fault that SQLite can meet */
#include "history_faults.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "base/strbuf.h"

#include "failing_allocations.h"

enum { CALLS_MAX = 1000 };

const struct history_fault history_faults[HISTORY_FAULTS] = {
    { "no memory", SQLITE_FAULT_MEMORY, false, -ENOMEM },
    { "no memory any more", SQLITE_FAULT_MEMORY, true, -ENOMEM },
    { "a full disk", SQLITE_FAULT_FULL, true, -ENOSPC },
    { "a disk that cannot be read", SQLITE_FAULT_READING, true, -EIO },
    { "others' locks", SQLITE_FAULT_LOCKED, true, -EBUSY },
    { "no memory for ourselves", SQLITE_FAULT_NONE, false, -ENOMEM },
};

static const char *const tables[] = { "runs",    "progress",  "devices", "slices",     "samples",
                                      "rollups", "trainings", "tasks",   "task_slices" };

void history_faults_install(void)
{
    sqlite_fault_install();
    /* a file system in memory, where there is one: nobody waits for a disk by the hundred */
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
}

static long own_allocation;

void history_fault_begin(const struct history_fault *fault, long n)
{
    own_allocation = n;
    if (fault->fault == SQLITE_FAULT_NONE)
        atomic_store(&allocations_left, n);
    else
        sqlite_fault_begin(fault->fault, n, fault->lasting);
}

long history_fault_end(const struct history_fault *fault)
{
    if (fault->fault != SQLITE_FAULT_NONE)
        return sqlite_fault_end();
    return atomic_exchange(&allocations_left, -1) < 0 ? own_allocation : -1;
}

void answer_add(struct answer *answer, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(answer->text + answer->length, sizeof(answer->text) - answer->length, format,
                       arguments);
    va_end(arguments);
    answer->length += (size_t)length;
    assert_true(length > 0 && answer->length < sizeof(answer->text));
}

/* --- the history --- */

static void append_tick(struct history *history, struct run *run, int second)
{
    struct history_sample samples[2] = {
        sample_at(0, EPOCH_NS + second * SECOND_NS, second),
        sample_at(1, EPOCH_NS + second * SECOND_NS, 2 * second),
    };
    struct slice slice = { .start_wall_ns = EPOCH_NS, .sums = { .joules = second, .samples = 1 } };
    struct aico2_error err = { 0 };

    run->ended_wall_ns = EPOCH_NS + second * SECOND_NS;
    if (history_append(history, run, samples, 2, &slice, 1, NULL, 0, &err) < 0)
        fail_msg("%s", err.message);
}

void history_faults_fill(const char *path, int kind)
{
    static const struct task tasks[2] = {
        { .name = "epoch 1", .kind = TASK_EPOCH, .epochs = 1, .duration_ns = 60 * SECOND_NS },
        { .name = "epoch 2", .kind = TASK_EPOCH, .epochs = 1, .start_ns = 60 * SECOND_NS },
    };
    const struct slice slice = { .sums = { .joules = 7, .samples = 1 } };
    const struct training training = { .epochs = 3, .budget = "5kWh", .budget_state = "within" };
    struct device devices[2] = { device_named("cpu0"), device_named("gpu0") };
    struct history_record record = { .run = run_numbered(2), .devices = devices };
    struct history_sample sample = sample_at(0, EPOCH_NS + MINUTE_NS, 5);
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct run run = run_numbered(1);
    struct history *history = NULL;

    run.labels = strdup("job_id=17");
    assert_int_equal(history_open_on(path, HISTORY_WRITE, kind == NETWORK, &history, NULL), 0);
    assert_int_equal(history_run_begin(history, &run, devices, 2, NULL), 0);
    for (int second = 30; second <= 180; second += 30)
        append_tick(history, &run, second);
    assert_int_equal(history_put_tasks(history, &run, &training, 0, tasks, 2, &slice, 1, NULL), 0);
    record.run.state = RUN_IMPORTED;
    record.run.ended_wall_ns = EPOCH_NS + HOUR_NS;
    record.run.interval_ns = 2 * SECOND_NS; /* no sample of it is put together with others */
    record.totals = &totals;
    record.device_count = 1;
    assert_int_equal(history_store_samples(history, &record, &sample, 1, 5, NAN, NULL), 0);
    if (kind == LOCAL)
        database_checkpoint_and_empty(&history->main, 0);
    history_close(history);
    run_deinit(&run);
}

/* --- what is in it --- */

static int add_row(void *payload, int count, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < count; i++) {
        strbuf_add(payload, values[i] != NULL ? values[i] : "NULL");
        strbuf_add(payload, i + 1 < count ? "|" : "\n");
    }
    return 0;
}

/* All that the file holds, and that nobody keeps it from being written. */
static char *dump(const char *path, const char *without, const char *when)
{
    struct strbuf text = { 0 };
    sqlite3 *connection = NULL;
    char sql[64];

    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    (void)sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
        if (without != NULL && strcmp(tables[i], without) == 0)
            continue;
        (void)snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2, 3", tables[i]);
        if (sqlite3_exec(connection, sql, add_row, &text, NULL) != SQLITE_OK)
            fail_msg("%s", sqlite3_errmsg(connection));
    }
    if (sqlite3_exec(connection, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: left locked: %s", when, sqlite3_errmsg(connection));
    (void)sqlite3_close(connection);
    return strbuf_take(&text);
}

/* The file that run 1 is in. */
static const char *file_of(const struct place *place, int kind)
{
    static char path[160];

    if (kind == LOCAL)
        return place->path;
    (void)snprintf(path, sizeof(path), "%s/history.d/%s.db", place->directory, run_numbered(1).id);
    return path;
}

/* Puts a file there as it was, with no log beside it. */
static void put_back(const char *path, const char *bytes, size_t size)
{
    static const char *const others[] = { "-wal", "-shm", "-journal" };
    char name[192];
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, others[i]);
        (void)unlink(name);
    }
}

/* --- the trials --- */

struct trial {
    const struct history_call *call;
    const struct history_fault *fault;
    struct place place;
    const char *file;
    int kind;
    int mode;
    char *image;
    size_t image_size;
    char *before;
    char *after;
    struct answer expected;
    long refused;
};

static struct history *open_again(const struct trial *trial)
{
    struct history *history = NULL;
    struct aico2_error err = { 0 };

    if (history_open_on(trial->place.path, trial->mode, trial->kind == NETWORK, &history, &err) < 0)
        fail_msg("%s", err.message);
    return history;
}

/* Where a call has several transactions, it may have come to the one that counts. */
static void assert_state(const struct trial *trial, const char *expected, long n)
{
    char when[128];
    char *state;

    if (trial->mode == HISTORY_READ)
        return; /* SQLite itself lets it write nothing */
    (void)snprintf(when, sizeof(when), "%s, %s at call %ld", trial->call->name, trial->fault->name,
                   n);
    state = dump(trial->file, trial->call->without, when);
    if (strcmp(state, expected) != 0 &&
        (trial->call->without == NULL || strcmp(state, trial->after) != 0))
        fail_msg("%s: there is\n%s\ninstead of\n%s", when, state, expected);
    free(state);
}

static void call_and_compare(const struct trial *trial, struct history *history, long n)
{
    struct answer answer = { 0 };
    struct aico2_error err = { 0 };

    if (trial->call->call(history, &answer, &err) < 0)
        fail_msg("%s after %s at call %ld: %s", trial->call->name, trial->fault->name, n,
                 err.message);
    assert_string_equal(answer.text, trial->expected.text);
    assert_state(trial, trial->after, n);
}

/* Return: the call that met the fault; -1 none. */
static long try_nth(struct trial *trial, long n)
{
    struct history *history;
    struct answer answer = { 0 };
    struct aico2_error err = { 0 };
    long met;
    int r;

    if (trial->mode == HISTORY_WRITE)
        put_back(trial->file, trial->image, trial->image_size);
    history = open_again(trial);
    history_fault_begin(trial->fault, n);
    r = trial->call->call(history, &answer, &err);
    met = history_fault_end(trial->fault);
    if (r < 0) {
        if (met < 0 || r != trial->fault->code || err.code != r || err.message[0] == '\0')
            fail_msg("%s, %s at call %ld: %d, '%s'", trial->call->name, trial->fault->name, n, r,
                     err.message);
        if (r != -ENOMEM && strstr(err.message, trial->place.directory) == NULL)
            fail_msg("%s, %s: which file is not said: '%s'", trial->call->name, trial->fault->name,
                     err.message);
        trial->refused++;
        assert_state(trial, trial->before, n);
        call_and_compare(trial, history, n);
    } else {
        assert_string_equal(answer.text, trial->expected.text);
        assert_state(trial, trial->after, n);
    }
    history_close(history);
    return met;
}

/* What the call does when nothing is wrong. */
static void learn(struct trial *trial)
{
    struct history *history;
    struct aico2_error err = { 0 };

    trial->image = read_whole(trial->file, &trial->image_size);
    trial->before = dump(trial->file, trial->call->without, trial->call->name);
    history = open_again(trial);
    if (trial->call->call(history, &trial->expected, &err) < 0)
        fail_msg("%s: %s", trial->call->name, err.message);
    history_close(history);
    trial->after = dump(trial->file, trial->call->without, trial->call->name);
    assert_true((strcmp(trial->before, trial->after) != 0) == (trial->mode == HISTORY_WRITE));
    assert_true(trial->mode == HISTORY_WRITE || trial->expected.length > 0);
}

/* Of the disk a reader needs nothing that it has in memory, nor can others lock it out; for ourselves memory is not always wanted. */
static bool is_met(const struct history_fault *fault, int mode)
{
    return fault->fault == SQLITE_FAULT_MEMORY ||
           (mode == HISTORY_WRITE && fault->fault != SQLITE_FAULT_NONE);
}

void history_faults_try(const struct history_call *call, int kind, int mode)
{
    struct trial trial = { .call = call, .place = place_new(), .kind = kind, .mode = mode };

    history_faults_fill(trial.place.path, kind);
    trial.file = file_of(&trial.place, kind);
    learn(&trial);
    for (size_t i = 0; i < HISTORY_FAULTS; i++) {
        long met = -1;

        trial.fault = &history_faults[i];
        trial.refused = 0;
        while ((met = try_nth(&trial, met + 1)) >= 0)
            assert_true(met < CALLS_MAX);
        assert_true(trial.refused > 0 || !is_met(&history_faults[i], mode));
    }
    free(trial.image);
    free(trial.before);
    free(trial.after);
    place_remove(&trial.place);
}
