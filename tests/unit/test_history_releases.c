/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_releases.c - R20: files of every released schema are read, drawn and upgraded, and no value of them changes */
#include "test_history.h"

#include "base/array.h"
#include "base/strbuf.h"
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

/* What the fifth adds; never to be edited with the source's own text. */
static const char released_version_5[] =
    "ALTER TABLE runs ADD COLUMN chassis TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN solid_drives INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN solid_bytes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN spinning_drives INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN unknown_drives INTEGER NOT NULL DEFAULT 0;"
    "UPDATE runs SET chassis = 'server'; PRAGMA user_version = 5";

/* What the sixth adds; never to be edited with the source's own text. */
static const char released_version_6[] =
    "CREATE TABLE rollups(run INTEGER NOT NULL, end_wall_ns INTEGER NOT NULL,"
    "device INTEGER NOT NULL, interval_seconds REAL, joules REAL, covered_seconds REAL,"
    "least_watts REAL, most_watts REAL, PRIMARY KEY(run, end_wall_ns, device)) WITHOUT ROWID;"
    "ALTER TABLE progress ADD COLUMN rolled_wall_ns INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 6";

static const char *const released[] = {
    released_version_1, released_version_2, released_version_3,
    released_version_4, released_version_5, released_version_6
};

static int add_joules(void *payload, const struct history_power *power)
{
    assert_false(power->together);
    *(double *)payload += power->joules;
    return 0;
}

/* Each release has the run's two samples, and nothing put together of them: they are drawn one by one. */
static void test_every_release_is_drawn(void **state)
{
    (void)state;
    for (size_t newest = 0; newest < ARRAY_LENGTH(released); newest++) {
        for (int mode = HISTORY_READ; mode <= HISTORY_WRITE; mode++) {
            struct place place = place_new();
            struct history *history;
            struct history_record record = { 0 };
            struct aico2_error err = { 0 };
            double joules = 0;

            for (size_t i = 0; i <= newest; i++)
                execute(place.path, released[i]);
            history = open_local(place.path, mode);
            assert_int_equal(history_load(history, "old", &record, &err), 0);
            assert_int_equal(record.run.machine.chassis,
                             newest >= 4 ? CHASSIS_SERVER : CHASSIS_UNKNOWN);
            assert_int_equal(history_each_power(history, record.run.id, record.device_count, true,
                                                add_joules, &joules, &err),
                             0);
            assert_true(joules == 4 + 6);
            history_record_deinit(&record);
            history_close(history);
            place_remove(&place);
        }
    }
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

static int add_text(void *payload, int count, char **values, char **names)
{
    struct strbuf *text = payload;

    for (int i = 0; i < count; i++)
        strbuf_printf(text, "%s=%s|", names[i], values[i] != NULL ? values[i] : "NULL");
    strbuf_add(text, "\n");
    return 0;
}

static void query(const char *path, const char *sql, struct strbuf *text)
{
    sqlite3 *connection = NULL;

    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    if (sqlite3_exec(connection, sql, add_text, text, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(connection));
    (void)sqlite3_close(connection);
}

static int add_query(void *payload, int count, char **values, char **names)
{
    (void)count;
    (void)names;
    strbuf_add(payload, values[0]);
    return 0;
}

/* A query for all that the file holds, column by column: what a later release adds is not in it. */
static void query_for_all(const char *path, struct strbuf *sql)
{
    sqlite3 *connection = NULL;

    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            connection,
            "SELECT 'SELECT ' || group_concat(quote(m.name) || ', quote(' || c.name || ')')"
            " || ' FROM ' || m.name || ' ORDER BY 2, 4, 6;' FROM sqlite_master m,"
            " pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name",
            add_query, sql, NULL),
        SQLITE_OK);
    (void)sqlite3_close(connection);
}

/* R20: every value of every release is there after the upgrade as it was before it. */
static void test_an_upgrade_changes_no_value(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LENGTH(released), SCHEMA_VERSION); /* a new one wants its text here */
    for (size_t newest = 0; newest < ARRAY_LENGTH(released); newest++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf sql = { 0 };
        AICO2_CLEANUP(strbuf_deinit) struct strbuf before = { 0 };
        AICO2_CLEANUP(strbuf_deinit) struct strbuf after = { 0 };
        struct place place = place_new();

        for (size_t i = 0; i <= newest; i++)
            execute(place.path, released[i]);
        query_for_all(place.path, &sql);
        query(place.path, strbuf_text(&sql), &before);
        history_close(open_local(place.path, HISTORY_WRITE));
        assert_int_equal(read_version(place.path), SCHEMA_VERSION);
        query(place.path, strbuf_text(&sql), &after);
        assert_string_equal(strbuf_text(&before), strbuf_text(&after));
        assert_non_null(strstr(strbuf_text(&after), "4.0"));
        assert_non_null(strstr(strbuf_text(&after), "'old'"));
        place_remove(&place);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_release_is_read_and_written),
        cmocka_unit_test(test_the_first_release_is_read_without_being_written),
        cmocka_unit_test(test_the_second_release_is_read_and_written),
        cmocka_unit_test(test_the_fourth_release_is_read_and_written),
        cmocka_unit_test(test_every_release_is_drawn),
        cmocka_unit_test(test_an_upgrade_changes_no_value),
        cmocka_unit_test(test_a_migration_that_fails_leaves_the_old_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
