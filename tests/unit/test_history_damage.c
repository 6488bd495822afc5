/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_damage.c - files that are not ours, broken, closed to us or on a full disk */
#include "test_history.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "history/schema.h"

/* What the first release writes; never to be edited with the source's own text. */
static const char released_version_1[] =
    "CREATE TABLE runs(key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    "stage TEXT NOT NULL, command_json TEXT, state TEXT NOT NULL,"
    "started_wall_ns INTEGER NOT NULL, exit_status INTEGER, interval_ns INTEGER NOT NULL,"
    "scope TEXT NOT NULL, idle TEXT NOT NULL, embodied INTEGER NOT NULL, lifetime_years REAL,"
    "pue REAL, place_option TEXT NOT NULL, place_basis TEXT NOT NULL, unit TEXT NOT NULL,"
    "units REAL, hostname TEXT NOT NULL, os TEXT NOT NULL, os_release TEXT NOT NULL,"
    "arch TEXT NOT NULL, virtualized INTEGER NOT NULL, container INTEGER NOT NULL,"
    "cpu_vendor TEXT NOT NULL, cpu_model TEXT NOT NULL, cpu_family INTEGER NOT NULL,"
    "cpu_model_number INTEGER NOT NULL, sockets INTEGER NOT NULL, cores INTEGER NOT NULL,"
    "threads INTEGER NOT NULL, memory_bytes INTEGER NOT NULL,"
    "memory_limit_bytes INTEGER NOT NULL, timezone_country TEXT NOT NULL, boot_id TEXT NOT NULL,"
    "pid INTEGER NOT NULL, pid_start_ticks INTEGER NOT NULL, warnings_json TEXT,"
    "total_joules REAL, total_gco2e REAL);"
    "CREATE INDEX runs_running ON runs(hostname) WHERE state = 'running';"
    "CREATE TABLE progress(run INTEGER PRIMARY KEY, ended_wall_ns INTEGER NOT NULL,"
    "duration_ns INTEGER NOT NULL, cpu_seconds REAL, own_cpu_seconds REAL,"
    "own_max_rss_bytes INTEGER NOT NULL, late_ticks INTEGER NOT NULL,"
    "thinned_minute_wall_ns INTEGER NOT NULL DEFAULT 0,"
    "thinned_hour_wall_ns INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE devices(run INTEGER NOT NULL, device INTEGER NOT NULL, id TEXT NOT NULL,"
    "kind TEXT NOT NULL, basis TEXT NOT NULL, model TEXT NOT NULL, reader TEXT NOT NULL,"
    "uuid TEXT NOT NULL, device_index INTEGER NOT NULL, fields INTEGER NOT NULL,"
    "counter_range_uj INTEGER NOT NULL, rated_watts REAL, idle_watts REAL, max_watts REAL,"
    "band_ratio REAL, rated_source TEXT NOT NULL, memory_bytes INTEGER NOT NULL, threads REAL,"
    "host_share REAL, note TEXT NOT NULL, peak_watts REAL, floor_watts REAL, lowest_watts REAL,"
    "PRIMARY KEY(run, device)) WITHOUT ROWID;"
    "CREATE TABLE slices(run INTEGER NOT NULL, start_wall_ns INTEGER NOT NULL,"
    "device INTEGER NOT NULL, joules REAL, covered_seconds REAL, gap_seconds REAL,"
    "job_gross_joules REAL, job_seconds REAL, others_gross_joules REAL, others_seconds REAL,"
    "job_activity REAL, all_activity REAL, utilization_seconds REAL,"
    "utilization_covered_seconds REAL, samples INTEGER NOT NULL,"
    "PRIMARY KEY(run, start_wall_ns, device)) WITHOUT ROWID;"
    "CREATE TABLE samples(run INTEGER NOT NULL, end_wall_ns INTEGER NOT NULL,"
    "device INTEGER NOT NULL, interval_seconds REAL, power_watts REAL, joules REAL,"
    "covered_seconds REAL, gap_seconds REAL, job_gross_joules REAL, job_seconds REAL,"
    "others_gross_joules REAL, others_seconds REAL, job_activity REAL, all_activity REAL,"
    "utilization_seconds REAL, utilization_covered_seconds REAL, samples INTEGER NOT NULL,"
    "PRIMARY KEY(run, end_wall_ns, device)) WITHOUT ROWID;"
    "PRAGMA application_id = 1097417522; PRAGMA user_version = 1;"
    "INSERT INTO runs VALUES(1, '01KDVDXR000000000000000001', 'old', 'training', NULL,"
    "'finished', 1767225600000000000, 0, 1000000000, 'job', 'proportional', 1, NULL, 1.5, '',"
    "'world', '', NULL, 'here', 'Linux', '6.1', 'x86_64', 0, 0, '', '', 6, 1, 1, 2, 4, 0, 0, '',"
    "'boot-1', 1, 2, NULL, 10.0, 1.25);"
    "INSERT INTO progress VALUES(1, 1767225602000000000, 2000000000, NULL, 0.5, 7, 0, 0, 0);"
    "INSERT INTO devices VALUES(1, 0, 'cpu0', 'cpu', 'measured', 'm', 'rapl', '', 0, 1, 262143,"
    "120.0, NULL, NULL, 0.02, 'driver', 0, 4.0, 1.0, '', 9.0, NULL, 3.0);"
    "INSERT INTO slices VALUES(1, 1767225600000000000, 0, 10.0,2,0,0,0,0,0,0,0,0,0,2);"
    "INSERT INTO samples VALUES(1, 1767225601000000000, 0, 1.0, 4.0, 4.0,1,0,0,0,0,0,0,0,0,0,1);"
    "INSERT INTO samples VALUES(1, 1767225602000000000, 0, 1.0, 6.0, 6.0,1,0,0,0,0,0,0,0,0,0,1);";

static void execute(const char *path, const char *sql)
{
    sqlite3 *connection = NULL;

    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    if (sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(connection));
    (void)sqlite3_close(connection);
}

static void assert_refused_and_untouched(const char *path, int r, const char *why)
{
    static const int modes[] = { HISTORY_READ, HISTORY_WRITE };
    size_t size_before;
    size_t size_after;
    char *before = read_whole(path, &size_before);
    char *after;

    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        struct history *history = NULL;
        struct aico2_error err = { 0 };

        assert_int_equal(history_open_on(path, modes[i], false, &history, &err), r);
        assert_null(history);
        assert_int_equal(err.code, r);
        assert_non_null(strstr(err.message, path));
        assert_non_null(strstr(err.message, why));
        after = read_whole(path, &size_after);
        assert_int_equal(size_after, size_before);
        assert_memory_equal(before, after, size_before);
        free(after);
    }
    free(before);
}

static void test_a_text_file_is_refused(void **state)
{
    struct place place = place_new();
    char why[256];

    (void)state;
    tree_write(place.fd, "history.db", "time,device\n1,2\n");
    (void)snprintf(why, sizeof(why), "mv '%s' '%s.bad'", place.path, place.path);
    assert_refused_and_untouched(place.path, -EBADMSG, why);
    place_remove(&place);
}

static void write_a_run(const char *path)
{
    struct history *history = open_local(path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };

    begin(history, &run);
    for (int i = 1; i <= 300; i++)
        assert_int_equal(append_one(history, &run, EPOCH_NS + i * SECOND_NS, 1, i, &err), 0);
    database_checkpoint_and_empty(&history->main, 0);
    history_close(history);
}

static void test_a_truncated_file_is_refused(void **state)
{
    static const off_t sizes[] = { 50, 100, 1000, 4096, 8192, 12288 };
    struct place place = place_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        char name[128];

        (void)snprintf(name, sizeof(name), "%s-wal", place.path);
        (void)unlink(place.path);
        (void)unlink(name);
        write_a_run(place.path);
        assert_int_equal(truncate(place.path, sizes[i]), 0);
        assert_refused_and_untouched(place.path, -EBADMSG, "move it away");
    }
    place_remove(&place);
}

static void test_scribbled_pages_are_an_error_and_no_crash(void **state)
{
    struct place place = place_new();
    size_t size;
    char *bytes;
    int fd;
    unsigned seed = 1;

    (void)state;
    write_a_run(place.path);
    bytes = read_whole(place.path, &size);
    fd = open(place.path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (int round = 0; round < 60; round++) {
        struct history *history = NULL;
        struct history_record record = { 0 };
        struct seen *seen = calloc(1, sizeof(*seen));
        struct aico2_error err = { 0 };
        char junk[64];
        int r;

        assert_non_null(seen);
        for (size_t i = 0; i < sizeof(junk); i++)
            junk[i] = (char)rand_r(&seed);
        assert_int_equal(pwrite(fd, bytes, size, 0), (ssize_t)size);
        assert_int_equal(pwrite(fd, junk, sizeof(junk),
                                (off_t)((unsigned)rand_r(&seed) % (size - 64))),
                         sizeof(junk));
        r = history_open_on(place.path, HISTORY_READ, false, &history, &err);
        if (r == 0)
            r = history_load(history, "last", &record, &err);
        if (r == 0)
            r = history_each_sample(history, NULL, INT64_MIN, INT64_MAX, see, seen, &err);
        if (r < 0)
            assert_true(r == -EBADMSG || r == -ENODATA || r == -ENOTSUP);
        history_record_deinit(&record);
        history_close(history);
        free(seen);
    }
    (void)close(fd);
    free(bytes);
    place_remove(&place);
}

static void test_a_word_that_means_nothing_is_named(void **state)
{
    static const struct {
        const char *sql;
        const char *why;
    } cases[] = {
        { "UPDATE runs SET state = 'sleeping'", "state is 'sleeping'" },
        { "UPDATE runs SET embodied = 'maybe'", "embodied is 'maybe'" },
        { "UPDATE runs SET place_basis = x'00'", "place_basis" },
        { "UPDATE runs SET chassis = 'toaster'", "chassis is 'toaster'" },
        { "UPDATE runs SET spinning_drives = -1", "spinning_drives is '-1'" },
        { "UPDATE devices SET kind = 'toaster'", "kind is 'toaster'" },
        { "UPDATE devices SET device = 5", "no device 0" },
        { "UPDATE slices SET device = 5", "no device 5" },
        { "UPDATE slices SET joules = 'many'", "joules is 'many'" },
        { "UPDATE runs SET name = printf('%0200d', 1)", "name is '000" },
        { "DELETE FROM progress", "progress" },
        { "DROP TABLE slices", "no such table" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct place place = place_new();
        struct history *history;
        struct history_record record = { 0 };
        struct aico2_error err = { 0 };

        write_a_run(place.path);
        execute(place.path, cases[i].sql);
        history = open_local(place.path, HISTORY_READ);
        assert_int_equal(history_load(history, "last", &record, &err), -EBADMSG);
        assert_non_null(strstr(err.message, place.path));
        if (strstr(err.message, cases[i].why) == NULL)
            fail_msg("%s", err.message);
        history_close(history);
        place_remove(&place);
    }
}

static void test_another_programs_database_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    execute(place.path, "CREATE TABLE runs(key INTEGER PRIMARY KEY, id TEXT)");
    assert_refused_and_untouched(place.path, -EBADMSG, "another program");
    place_remove(&place);
}

static void test_a_newer_schema_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    write_a_run(place.path);
    execute(place.path, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_refused_and_untouched(place.path, -ENOTSUP, "newer");
    place_remove(&place);
}

static void test_the_first_release_is_read_and_written(void **state)
{
    struct place place = place_new();
    struct history *history;
    struct history_record record = { 0 };
    struct run run = run_numbered(2);
    struct seen *seen = calloc(1, sizeof(*seen));
    struct aico2_error err = { 0 };

    (void)state;
    assert_non_null(seen);
    execute(place.path, released_version_1);
    history = open_local(place.path, HISTORY_WRITE);
    assert_int_equal(history_load(history, "old", &record, &err), 0);
    assert_true(record.run.pue == 1.5 && isnan(record.run.cpu_seconds));
    assert_int_equal(record.run.machine.threads, 4);
    assert_true(record.totals[0].sums.joules == 10);
    assert_int_equal(record.devices[0].counter_range_uj, 262143);
    begin(history, &run);
    assert_int_equal(append_one(history, &run, EPOCH_NS + 3 * SECOND_NS, 5, 5, &err), 0);
    assert_int_equal(history_each_sample(history, NULL, EPOCH_NS, INT64_MAX, see, seen, &err), 0);
    assert_true(seen->count == 3 && seen->joules == 4 + 6 + 5);
    history_record_deinit(&record);
    free(seen);
    history_close(history);
    place_remove(&place);
}

/* Who only reads an older history neither changes it nor is turned away. */
static void test_the_first_release_is_read_without_being_written(void **state)
{
    struct place place = place_new();
    struct history *history;
    struct history_record record = { 0 };
    struct database database = { 0 };
    struct aico2_error err = { 0 };
    int version = -1;

    (void)state;
    execute(place.path, released_version_1);
    history = open_local(place.path, HISTORY_READ);
    assert_int_equal(history_load(history, "old", &record, &err), 0);
    assert_true(record.run.pue == 1.5 && record.run.labels == NULL);
    assert_true(record.run.price.currency[0] == '\0' && !record.run.price_matched);
    assert_true(record.run.pue_source[0] == '\0' && !record.run.wue_given);
    assert_true(record.totals[0].sums.joules == 10);
    history_record_deinit(&record);
    history_close(history);

    database.path = place.path;
    assert_int_equal(sqlite3_open(place.path, &database.connection), SQLITE_OK);
    assert_int_equal(schema_read_version(&database, &version, &err), 0);
    assert_int_equal(version, 1);
    (void)sqlite3_close(database.connection);
    place_remove(&place);
}

/* What the second release adds to the first; never to be edited with the source's own text. */
static const char released_version_2[] =
    "ALTER TABLE runs ADD COLUMN labels TEXT; UPDATE runs SET labels = 'manager=slurm';"
    "PRAGMA user_version = 2";

static void test_the_second_release_is_read_and_written(void **state)
{
    struct place place = place_new();
    struct history *history;
    struct history_record record = { 0 };
    struct run run = run_numbered(2);
    struct aico2_error err = { 0 };

    (void)state;
    execute(place.path, released_version_1);
    execute(place.path, released_version_2);
    history = open_local(place.path, HISTORY_WRITE);
    assert_int_equal(history_load(history, "old", &record, &err), 0);
    assert_string_equal(record.run.labels, "manager=slurm");
    assert_true(record.run.pue == 1.5 && record.run.price.currency[0] == '\0');
    history_record_deinit(&record);

    run.price = (struct price){ "SEK", 1.5 };
    begin(history, &run);
    assert_int_equal(history_load(history, run.id, &record, &err), 0);
    assert_string_equal(record.run.price.currency, "SEK");
    assert_true(record.run.price.per_kwh == 1.5 && !record.run.wue_given);
    history_record_deinit(&record);
    history_close(history);
    place_remove(&place);
}

/* What the third and the fourth add; never to be edited with the source's own text. */
static const char released_version_3[] =
    "ALTER TABLE runs ADD COLUMN price_per_kwh REAL;"
    "ALTER TABLE runs ADD COLUMN currency TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN price_matched INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN pue_source TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN wue_l_per_kwh REAL; UPDATE runs SET wue_l_per_kwh = 0.5;"
    "PRAGMA user_version = 3";
static const char released_version_4[] =
    "CREATE TABLE trainings(run INTEGER PRIMARY KEY, epochs REAL, budget TEXT NOT NULL,"
    "budget_action TEXT NOT NULL, budget_state TEXT NOT NULL);"
    "CREATE TABLE tasks(run INTEGER NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL,"
    "kind TEXT NOT NULL, epochs REAL NOT NULL, start_ns INTEGER NOT NULL,"
    "duration_ns INTEGER NOT NULL, PRIMARY KEY(run, task)) WITHOUT ROWID;"
    "CREATE TABLE task_slices(run INTEGER NOT NULL, start_ns INTEGER NOT NULL,"
    "device INTEGER NOT NULL, joules REAL, covered_seconds REAL, gap_seconds REAL,"
    "job_gross_joules REAL, job_seconds REAL, others_gross_joules REAL, others_seconds REAL,"
    "job_activity REAL, all_activity REAL, utilization_seconds REAL,"
    "utilization_covered_seconds REAL, samples INTEGER NOT NULL,"
    "PRIMARY KEY(run, start_ns, device)) WITHOUT ROWID;"
    "INSERT INTO trainings VALUES(1, 3.0, '1kWh', 'warn', 'within');"
    "PRAGMA user_version = 4";

/* What the machine is built as was not kept: unknown, and stays so. */
static void test_the_fourth_release_is_read_and_written(void **state)
{
    struct place place = place_new();
    struct history *history;
    struct history_record record = { 0 };
    struct run run = run_numbered(2);
    struct aico2_error err = { 0 };

    (void)state;
    execute(place.path, released_version_1);
    execute(place.path, released_version_2);
    execute(place.path, released_version_3);
    execute(place.path, released_version_4);
    /* who only reads */
    history = open_local(place.path, HISTORY_READ);
    assert_int_equal(history_load(history, "old", &record, &err), 0);
    assert_int_equal(record.run.machine.chassis, CHASSIS_UNKNOWN);
    assert_true(record.run.wue_given && record.training.epochs == 3);
    history_record_deinit(&record);
    history_close(history);

    history = open_local(place.path, HISTORY_WRITE);
    assert_int_equal(history_load(history, "old", &record, &err), 0);
    assert_int_equal(record.run.machine.chassis, CHASSIS_UNKNOWN);
    assert_int_equal(record.run.machine.drives.solid, 0);
    assert_int_equal(record.run.machine.drives.unknown, 0);
    assert_true(record.run.wue_l_per_kwh == 0.5 && record.totals[0].sums.joules == 10);
    history_record_deinit(&record);

    run.machine.chassis = CHASSIS_SERVER;
    run.machine.drives = (struct drives){ .solid = 2, .solid_bytes = 3, .spinning = 4 };
    begin(history, &run);
    assert_int_equal(history_load(history, run.id, &record, &err), 0);
    assert_int_equal(record.run.machine.chassis, CHASSIS_SERVER);
    assert_int_equal(record.run.machine.drives.solid, 2);
    assert_true(record.run.machine.drives.solid_bytes == 3);
    assert_int_equal(record.run.machine.drives.spinning, 4);
    history_record_deinit(&record);
    history_close(history);
    place_remove(&place);
}

static void test_an_empty_file_becomes_a_history(void **state)
{
    struct place place = place_new();
    struct history *history = NULL;
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };

    (void)state;
    tree_write(place.fd, "history.db", "");
    assert_int_equal(history_open_on(place.path, HISTORY_READ, false, &history, &err), -ENODATA);
    history = open_local(place.path, HISTORY_WRITE);
    begin(history, &run);
    history_close(history);
    place_remove(&place);
}

static int read_version(const char *path)
{
    struct database database = { 0 };
    struct aico2_error err = { 0 };
    int version = -1;

    assert_int_equal(database_open(path, DATABASE_WAL | DATABASE_WRITE, &database, &err), 0);
    assert_int_equal(schema_read_version(&database, &version, &err), 0);
    database_close(&database);
    return version;
}

static void test_a_migration_that_fails_leaves_the_old_version(void **state)
{
    static const char *const bad[SCHEMA_VERSION + 1] = {
        [SCHEMA_VERSION] = "CREATE TABLE extra(a); CREATE TABLE runs(b)"
    };
    static const char *const good[SCHEMA_VERSION + 1] = { [SCHEMA_VERSION] =
                                                              "CREATE TABLE extra(a)" };
    struct place place = place_new();
    struct database database = { 0 };
    struct aico2_error err = { 0 };

    (void)state;
    execute(place.path, released_version_1);
    assert_int_equal(database_open(place.path, DATABASE_WAL | DATABASE_WRITE, &database, &err), 0);
    assert_int_equal(schema_migrate(&database, bad, SCHEMA_VERSION + 1, &err), -EBADMSG);
    assert_int_equal(read_version(place.path), SCHEMA_VERSION);
    /* the table of the half that worked is gone, too: else this would fail */
    assert_int_equal(schema_migrate(&database, good, SCHEMA_VERSION + 1, &err), 0);
    database_close(&database);
    assert_refused_and_untouched(place.path, -ENOTSUP, "upgrade");
    place_remove(&place);
}

/* --- closed to us: in a child without privileges, since nothing is closed to root --- */

static void in_unprivileged_child(void (*check)(const struct place *place),
                                  const struct place *place)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
            _exit(99);
        check(place);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 99)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* For the child: cmocka's assertions jump, which must not cross a fork. */
#define EXPECT(condition)                                                   \
    do {                                                                    \
        if (!(condition)) {                                                 \
            (void)fprintf(stderr, "# line %d: " #condition "\n", __LINE__); \
            _exit(1);                                                       \
        }                                                                   \
    } while (0)

static void check_read_only_place(const struct place *place)
{
    struct history *history = NULL;
    struct history_record record = { 0 };
    struct aico2_error err = { 0 };

    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == -EACCES);
    EXPECT(strstr(err.message, place->path) != NULL);
    EXPECT(history == NULL);
    EXPECT(history_open_on(place->path, HISTORY_READ, false, &history, &err) == 0);
    EXPECT(history_load(history, "last", &record, &err) == 0);
    EXPECT(record.totals[0].sums.joules == 300);
    history_record_deinit(&record);
    history_close(history);
}

static void test_another_users_history_can_be_read(void **state)
{
    struct place place = place_new();
    char name[128];

    (void)state;
    write_a_run(place.path);
    /* with the log's files there, and without */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(chmod(place.path, 0444), 0);
        assert_int_equal(chmod(place.directory, 0555), 0);
        in_unprivileged_child(check_read_only_place, &place);
        assert_int_equal(chmod(place.directory, 0755), 0);
        (void)snprintf(name, sizeof(name), "%s-wal", place.path);
        (void)unlink(name);
        (void)snprintf(name, sizeof(name), "%s-shm", place.path);
        (void)unlink(name);
    }
    place_remove(&place);
}

static void check_closed_directory(const struct place *place)
{
    struct history *history = NULL;
    struct aico2_error err = { 0 };

    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == -EACCES);
    EXPECT(strstr(err.message, place->path) != NULL);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, true, &history, &err) == -EACCES);
}

static void test_a_directory_without_permission_is_named(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(chmod(place.directory, 0555), 0);
    in_unprivileged_child(check_closed_directory, &place);
    place_remove(&place);
}

/* --- no space --- */

static int count_samples(struct history *history)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    struct aico2_error err = { 0 };
    int count;

    EXPECT(seen != NULL);
    EXPECT(history_each_sample(history, NULL, INT64_MIN, INT64_MAX, see, seen, &err) == 0);
    count = (int)seen->count;
    free(seen);
    return count;
}

/* Appends until space runs out. Return: how many were taken. */
static int append_until_full(struct history *history, struct run *run)
{
    struct aico2_error err = { 0 };
    int taken = 0;
    int r;

    while ((r = append_one(history, run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err)) ==
           0) {
        taken++;
        EXPECT(taken < 100000);
    }
    EXPECT(r == -ENOSPC);
    EXPECT(strstr(err.message, history->path) != NULL);
    EXPECT(strstr(err.message, "no space") != NULL);
    /* and again: an error must not leave a transaction open */
    EXPECT(append_one(history, run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err) ==
           -ENOSPC);
    return taken;
}

static void check_file_limit(const struct place *place)
{
    struct history *history = NULL;
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };
    struct rlimit limit;
    int taken;

    (void)signal(SIGXFSZ, SIG_IGN);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == 0);
    EXPECT(history_run_begin(history, &run, &(struct device){ .id = "cpu0" }, 1, &err) == 0);
    EXPECT(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = 200000;
    EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    taken = append_until_full(history, &run);
    EXPECT(count_samples(history) == taken);
    limit.rlim_cur = limit.rlim_max;
    EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    EXPECT(append_one(history, &run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err) == 0);
    EXPECT(count_samples(history) == taken + 1);
    history_close(history);
}

static void test_after_a_file_limit_is_raised_writing_goes_on(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(chmod(place.directory, 0777), 0);
    in_unprivileged_child(check_file_limit, &place);
    place_remove(&place);
}

static void check_full_disk(const struct place *place)
{
    struct history *history = NULL;
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };
    char path[128];
    int taken;

    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", place->directory, "tmpfs", 0, "size=512k") < 0)
        _exit(99);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == 0);
    EXPECT(history_run_begin(history, &run, &(struct device){ .id = "cpu0" }, 1, &err) == 0);
    taken = append_until_full(history, &run);
    EXPECT(mount("none", place->directory, NULL, MS_REMOUNT, "size=4m") == 0);
    EXPECT(append_one(history, &run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err) == 0);
    EXPECT(count_samples(history) == taken + 1);
    history_close(history);

    EXPECT(mount("none", place->directory, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == -EROFS);
    EXPECT(history_open_on(place->path, HISTORY_READ, false, &history, &err) == 0);
    EXPECT(count_samples(history) == taken + 1);
    history_close(history);
    (void)snprintf(path, sizeof(path), "%s/new/history.db", place->directory);
    EXPECT(history_open_on(path, HISTORY_WRITE, false, &history, &err) == -EROFS);
}

static void test_a_full_and_a_read_only_disk_are_told_apart(void **state)
{
    struct place place = place_new();
    int status = 0;
    pid_t pid;

    (void)state;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        check_full_disk(&place);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    place_remove(&place);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
        skip(); /* no mounts allowed here; the file limit stands in for it */
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_file_is_refused),
        cmocka_unit_test(test_a_truncated_file_is_refused),
        cmocka_unit_test(test_scribbled_pages_are_an_error_and_no_crash),
        cmocka_unit_test(test_a_word_that_means_nothing_is_named),
        cmocka_unit_test(test_another_programs_database_is_refused),
        cmocka_unit_test(test_a_newer_schema_is_refused),
        cmocka_unit_test(test_the_first_release_is_read_and_written),
        cmocka_unit_test(test_the_first_release_is_read_without_being_written),
        cmocka_unit_test(test_the_second_release_is_read_and_written),
        cmocka_unit_test(test_the_fourth_release_is_read_and_written),
        cmocka_unit_test(test_an_empty_file_becomes_a_history),
        cmocka_unit_test(test_a_migration_that_fails_leaves_the_old_version),
        cmocka_unit_test(test_another_users_history_can_be_read),
        cmocka_unit_test(test_a_directory_without_permission_is_named),
        cmocka_unit_test(test_after_a_file_limit_is_raised_writing_goes_on),
        cmocka_unit_test(test_a_full_and_a_read_only_disk_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
