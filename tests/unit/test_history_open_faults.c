/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_open_faults.c - a history is made, brought up to date and filled by the batch whole or not, whatever SQLite meets */
#include "history_faults.h"

#include <dirent.h>

#include "history/schema.h"

/* Fails unless it is the fault that is told, and the file. */
static void assert_told(const struct history_fault *fault, const struct place *place, long met,
                        int r, const struct aico2_error *err)
{
    if (met < 0 || r != fault->code || err->code != r || err->message[0] == '\0')
        fail_msg("%s at call %ld: %d, '%s'", fault->name, met, r, err->message);
    if (r != -ENOMEM && strstr(err->message, place->path) == NULL)
        fail_msg("%s: which file is not said: '%s'", fault->name, err->message);
}

static int open_under(const struct history_fault *fault, long *n, const char *path, int mode,
                      struct history **history_out, struct aico2_error *err)
{
    int r;

    history_fault_begin(fault, *n);
    r = history_open_on(path, mode, false, history_out, err);
    *n = history_fault_end(fault);
    return r;
}

static size_t count_files(const char *directory)
{
    DIR *stream = opendir(directory);
    size_t count = 0;

    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(stream);
    return count;
}

static void empty(const struct place *place)
{
    static const char *const names[] = { "", "-wal", "-shm", "-journal" };
    char name[128];

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", place->path, names[i]);
        (void)unlink(name);
    }
}

static void test_a_new_one_is_there_whole_or_not_at_all(void **state)
{
    struct place place = place_new();

    (void)state;
    for (size_t i = 0; i < HISTORY_FAULTS; i++) {
        const struct history_fault *fault = &history_faults[i];
        long refused = 0;

        for (long n = 0; n >= 0; n++) {
            struct history *history = NULL;
            struct run run = run_numbered(1);
            struct aico2_error err = { 0 };
            int r = open_under(fault, &n, place.path, HISTORY_WRITE, &history, &err);

            if (r < 0) {
                assert_told(fault, &place, n, r, &err);
                assert_null(history);
                refused++;
                /* one that was finished may have its name; nothing else is left */
                if (access(place.path, F_OK) != 0)
                    assert_int_equal(count_files(place.directory), 0);
                history = open_local(place.path, HISTORY_WRITE);
            }
            begin(history, &run);
            history_close(history);
            empty(&place);
            if (n < 0)
                break;
        }
        assert_true(refused > 0);
    }
    place_remove(&place);
}

/* --- one of the first release --- */

static void write_old(const struct place *place)
{
    char sql[128];

    empty(place);
    execute(place->path, schema_migrations[0]);
    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA journal_mode = WAL; PRAGMA application_id = %d; PRAGMA user_version = 1",
                   SCHEMA_APPLICATION_ID);
    execute(place->path, sql);
    execute(place->path,
            "INSERT INTO runs VALUES(1, '01KDVDXR000000000000000001', 'old', 'training', NULL,"
            "'finished', 1767225600000000000, 0, 1000000000, 'job', 'proportional', 0, NULL, 1.0,"
            "'', 'world', '', NULL, 'here', 'Linux', '6', 'x86_64', 0, 0, 'v', 'm', 6, 1, 1, 2, 4,"
            "8, 0, '', 'boot-1', 1, 2, NULL, 10.0, 0.5);"
            "INSERT INTO progress VALUES(1, 1767225602000000000, 2000000000, NULL, NULL, 0, 0, 0, "
            "0)");
}

static int version_of(const char *path)
{
    sqlite3 *connection = NULL;
    sqlite3_stmt *statement = NULL;
    int version;

    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection, "PRAGMA user_version", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    version = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(connection);
    return version;
}

static void assert_holds_the_old_run(struct history *history)
{
    struct run run = { 0 };
    struct aico2_error err = { 0 };

    if (history_load_run(history, "old", &run, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(run.id, "01KDVDXR000000000000000001");
    run_deinit(&run);
}

/* Reading leaves the file as it is, and shows it as it is; writing brings it up to date, or leaves it. */
static void try_old(const struct history_fault *fault, int mode)
{
    struct place place = place_new();
    long refused = 0;

    for (long n = 0; n >= 0; n++) {
        struct history *history = NULL;
        struct aico2_error err = { 0 };
        int r;

        write_old(&place);
        r = open_under(fault, &n, place.path, mode, &history, &err);
        if (r < 0) {
            assert_told(fault, &place, n, r, &err);
            assert_null(history);
            refused++;
            assert_true(version_of(place.path) == 1 || mode == HISTORY_WRITE);
            history = open_local(place.path, mode);
        }
        assert_holds_the_old_run(history);
        history_close(history);
        assert_int_equal(version_of(place.path), mode == HISTORY_WRITE ? SCHEMA_VERSION : 1);
        if (n < 0)
            break;
    }
    assert_true(refused > 0);
    place_remove(&place);
}

static void test_an_old_one_is_brought_up_to_date_or_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < HISTORY_FAULTS; i++)
        try_old(&history_faults[i], HISTORY_WRITE);
}

static void test_an_old_one_is_read_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < HISTORY_FAULTS; i++) {
        if (history_faults[i].fault != SQLITE_FAULT_FULL) /* nothing is written */
            try_old(&history_faults[i], HISTORY_READ);
    }
}

/* --- a batch --- */

static int store_numbered(struct history *history, int number, struct aico2_error *err)
{
    struct device device = device_named("cpu0");
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct history_sample sample = sample_at(0, EPOCH_NS + SECOND_NS, 5);
    struct history_record record = {
        .run = run_numbered(number), .devices = &device, .totals = &totals, .device_count = 1
    };

    record.run.state = RUN_IMPORTED;
    record.run.ended_wall_ns = EPOCH_NS + MINUTE_NS;
    return history_store_samples(history, &record, &sample, 1, 5, NAN, err);
}

/* Whether it is there, which is whole. */
static bool is_there(struct history *history, int number)
{
    struct history_record record = { 0 };
    struct seen *seen;
    struct aico2_error err = { 0 };
    int r = history_load(history, run_numbered(number).id, &record, &err);

    if (r == -ENODATA)
        return false;
    if (r < 0)
        fail_msg("%s", err.message);
    seen = calloc(1, sizeof(*seen));
    assert_non_null(seen);
    assert_int_equal(record.device_count, 1);
    assert_int_equal(history_each_sample(history, record.run.id, INT64_MIN, INT64_MAX, see, seen,
                                         &err),
                     0);
    assert_int_equal(seen->count, 1);
    free(seen);
    history_record_deinit(&record);
    return true;
}

/* Return: the call that met the fault; -1 none. */
static long try_batch(const struct history_fault *fault, long n)
{
    enum { RUNS = 3 };
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct aico2_error err = { 0 };
    int stored[RUNS];
    int r;

    history_fault_begin(fault, n);
    r = history_batch_begin(history, &err);
    for (int i = 0; r == 0 && i < RUNS; i++) {
        stored[i] = store_numbered(history, i + 1, &err);
        if (stored[i] != 0 && stored[i] != fault->code && stored[i] != -EIO)
            fail_msg("%s from call %ld on: %d, '%s'", fault->name, n, stored[i], err.message);
    }
    if (r == 0)
        r = history_batch_end(history, &err);
    n = history_fault_end(fault);
    for (int i = 0; i < RUNS; i++) {
        bool there = is_there(history, i + 1);

        if (there != (r == 0 && stored[i] == 0))
            fail_msg("%s at call %ld: the batch gave %d, run %d gave %d, and is %s", fault->name, n,
                     r, i, r == 0 ? stored[i] : 0, there ? "there" : "not there");
    }
    assert_int_equal(store_numbered(history, 7, &err), 0);
    assert_true(is_there(history, 7));
    history_close(history);
    place_remove(&place);
    return n;
}

static void test_of_a_batch_what_was_taken_is_there_or_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < HISTORY_FAULTS; i++) {
        long met = -1;

        while ((met = try_batch(&history_faults[i], met + 1)) >= 0)
            ;
    }
}

/* --- the log is moved into the file --- */

/* What is committed is safe in the log; that it could not be moved is told to those who ask, until it could. */
static void test_a_log_that_cannot_be_moved_is_told(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };
    long calls_of_append = 0;

    (void)state;
    begin(history, &run);
    assert_int_equal(append_one(history, &run, EPOCH_NS + SECOND_NS, 1, 1, &err), 0);
    while (calls_of_append >= 0) { /* the last call of one that is due */
        history->main.checkpointed_mono_ns = clock_mono_ns() - HOUR_NS;
        sqlite_fault_begin(SQLITE_FAULT_FULL, calls_of_append, true);
        if (append_one(history, &run, EPOCH_NS + 2 * SECOND_NS + calls_of_append, 1, 2, &err) == 0)
            break;
        calls_of_append = sqlite_fault_end() + 1;
        assert_int_equal(err.code, -ENOSPC);
        assert_int_equal(history_check_disk(history, &err), 0);
    }
    assert_true(sqlite_fault_end() >= 0);
    assert_int_equal(history_check_disk(history, &err), -ENOSPC);
    assert_non_null(strstr(err.message, place.path));
    assert_non_null(strstr(err.message, "no space left"));
    assert_int_equal(append_one(history, &run, EPOCH_NS + 3 * SECOND_NS, 1, 3, &err), 0);
    assert_int_equal(history_check_disk(history, &err), 0);
    history_close(history);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_one_is_there_whole_or_not_at_all),
        cmocka_unit_test(test_an_old_one_is_brought_up_to_date_or_left),
        cmocka_unit_test(test_an_old_one_is_read_as_it_is),
        cmocka_unit_test(test_of_a_batch_what_was_taken_is_there_or_nothing),
        cmocka_unit_test(test_a_log_that_cannot_be_moved_is_told),
    };

    history_faults_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
