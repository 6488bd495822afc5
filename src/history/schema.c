/* SPDX-License-Identifier: Apache-2.0 */
/* history/schema.c - numbered migrations, and what a file says of itself */
#include "history/schema.h"

#include <errno.h>
#include <stdio.h>

#define SUMS                                                                              \
    "joules REAL, covered_seconds REAL, gap_seconds REAL, job_gross_joules REAL,"         \
    "job_seconds REAL, others_gross_joules REAL, others_seconds REAL, job_activity REAL," \
    "all_activity REAL, utilization_seconds REAL, utilization_covered_seconds REAL,"      \
    "samples INTEGER NOT NULL"

/* What a commit rewrites (progress) stands apart from what never changes (runs). Samples are keyed
 * by time before device, so that a tick touches one page however many devices there are. */
static const char version_1[] =
    "CREATE TABLE runs("
    "key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, stage TEXT NOT NULL,"
    "command_json TEXT, state TEXT NOT NULL, started_wall_ns INTEGER NOT NULL,"
    "exit_status INTEGER, interval_ns INTEGER NOT NULL, scope TEXT NOT NULL, idle TEXT NOT NULL,"
    "embodied INTEGER NOT NULL, lifetime_years REAL, pue REAL, place_option TEXT NOT NULL,"
    "place_basis TEXT NOT NULL, unit TEXT NOT NULL, units REAL,"
    "hostname TEXT NOT NULL, os TEXT NOT NULL, os_release TEXT NOT NULL, arch TEXT NOT NULL,"
    "virtualized INTEGER NOT NULL, container INTEGER NOT NULL, cpu_vendor TEXT NOT NULL,"
    "cpu_model TEXT NOT NULL, cpu_family INTEGER NOT NULL, cpu_model_number INTEGER NOT NULL,"
    "sockets INTEGER NOT NULL, cores INTEGER NOT NULL, threads INTEGER NOT NULL,"
    "memory_bytes INTEGER NOT NULL, memory_limit_bytes INTEGER NOT NULL,"
    "timezone_country TEXT NOT NULL, boot_id TEXT NOT NULL, pid INTEGER NOT NULL,"
    "pid_start_ticks INTEGER NOT NULL, warnings_json TEXT, total_joules REAL, total_gco2e REAL);"
    "CREATE INDEX runs_running ON runs(hostname) WHERE state = 'running';"
    "CREATE TABLE progress("
    "run INTEGER PRIMARY KEY, ended_wall_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL,"
    "cpu_seconds REAL, own_cpu_seconds REAL, own_max_rss_bytes INTEGER NOT NULL,"
    "late_ticks INTEGER NOT NULL, thinned_minute_wall_ns INTEGER NOT NULL DEFAULT 0,"
    "thinned_hour_wall_ns INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE devices("
    "run INTEGER NOT NULL, device INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,"
    "basis TEXT NOT NULL, model TEXT NOT NULL, reader TEXT NOT NULL, uuid TEXT NOT NULL,"
    "device_index INTEGER NOT NULL, fields INTEGER NOT NULL, counter_range_uj INTEGER NOT NULL,"
    "rated_watts REAL, idle_watts REAL, max_watts REAL, band_ratio REAL,"
    "rated_source TEXT NOT NULL, memory_bytes INTEGER NOT NULL, threads REAL, host_share REAL,"
    "note TEXT NOT NULL,"
    "peak_watts REAL, floor_watts REAL, lowest_watts REAL,"
    "PRIMARY KEY(run, device)) WITHOUT ROWID;"
    "CREATE TABLE slices("
    "run INTEGER NOT NULL, start_wall_ns INTEGER NOT NULL, device INTEGER NOT NULL," SUMS ","
    "PRIMARY KEY(run, start_wall_ns, device)) WITHOUT ROWID;"
    "CREATE TABLE samples("
    "run INTEGER NOT NULL, end_wall_ns INTEGER NOT NULL, device INTEGER NOT NULL,"
    "interval_seconds REAL, power_watts REAL," SUMS ","
    "PRIMARY KEY(run, end_wall_ns, device)) WITHOUT ROWID;";

/* Whose work a run was: lines of "key=value" (model/labels.h). */
static const char version_2[] = "ALTER TABLE runs ADD COLUMN labels TEXT;";

/* What electricity cost, whose the PUE is, and a WUE that was given. */
static const char version_3[] =
    "ALTER TABLE runs ADD COLUMN price_per_kwh REAL;"
    "ALTER TABLE runs ADD COLUMN currency TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN price_matched INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN pue_source TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN wue_l_per_kwh REAL;";

/* What was planned for a training, and its tasks by their start since the run began. */
static const char version_4[] =
    "CREATE TABLE trainings("
    "run INTEGER PRIMARY KEY, epochs REAL, budget TEXT NOT NULL, budget_action TEXT NOT NULL,"
    "budget_state TEXT NOT NULL);"
    "CREATE TABLE tasks("
    "run INTEGER NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    "epochs REAL NOT NULL, start_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL,"
    "PRIMARY KEY(run, task)) WITHOUT ROWID;"
    "CREATE TABLE task_slices("
    "run INTEGER NOT NULL, start_ns INTEGER NOT NULL, device INTEGER NOT NULL," SUMS ","
    "PRIMARY KEY(run, start_ns, device)) WITHOUT ROWID;";

/* What the machine is built as, and its disks: what was made of it beside the devices. */
static const char version_5[] =
    "ALTER TABLE runs ADD COLUMN chassis TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN solid_drives INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN solid_bytes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN spinning_drives INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN unknown_drives INTEGER NOT NULL DEFAULT 0;";

/* Samples put together while they are stored, to draw long runs (history/rollup.c), and up to when they are. */
static const char version_6[] =
    "CREATE TABLE rollups("
    "run INTEGER NOT NULL, end_wall_ns INTEGER NOT NULL, device INTEGER NOT NULL,"
    "interval_seconds REAL, joules REAL, covered_seconds REAL, least_watts REAL, most_watts REAL,"
    "PRIMARY KEY(run, end_wall_ns, device)) WITHOUT ROWID;"
    "ALTER TABLE progress ADD COLUMN rolled_wall_ns INTEGER NOT NULL DEFAULT 0;";

const char *const schema_migrations[SCHEMA_VERSION] = { version_1, version_2, version_3,
                                                        version_4, version_5, version_6 };

static int read_number(struct database *database, const char *sql, int *number_out,
                       struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(database, sql, &statement, err);

    if (r < 0)
        return r;
    r = database_step(database, statement, err);
    if (r < 0)
        return r;

    *number_out = r == 0 ? 0 : sqlite3_column_int(statement, 0);
    return 0;
}

int schema_read_version(struct database *database, int *version_out, struct aico2_error *err)
{
    int application_id = 0;
    int version = 0;
    int tables = 0;
    int r = read_number(database, "PRAGMA application_id", &application_id, err);

    if (r == 0)
        r = read_number(database, "PRAGMA user_version", &version, err);
    if (r == 0 && application_id == 0)
        r = read_number(database, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (r < 0)
        return r;

    /* an empty file is a valid, empty database: a name made by mktemp, say */
    if (application_id == 0 && version == 0 && tables == 0) {
        *version_out = 0;
        return 0;
    }
    if (application_id != SCHEMA_APPLICATION_ID || version < 0)
        return aico2_error_set(err, -EBADMSG,
                               "'%s' is a database of another program, not a history: name another "
                               "file with --db",
                               database->path);
    if (version > SCHEMA_VERSION)
        return aico2_error_set(err, -ENOTSUP,
                               "'%s' was made by a newer aico2 (schema %d, this one knows %d): "
                               "upgrade, or name another file with --db",
                               database->path, version, SCHEMA_VERSION);

    *version_out = version;
    return 0;
}

static int migrate_steps(struct database *database, const char *const *migrations, int count,
                         struct aico2_error *err)
{
    char sql[96];
    int version = 0;
    /* again, inside the transaction: another process may just have done it */
    int r = schema_read_version(database, &version, err);

    if (r < 0 || version >= count)
        return r;
    for (; r == 0 && version < count; version++)
        r = database_execute(database, migrations[version], err);
    if (r < 0)
        return r;

    (void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   SCHEMA_APPLICATION_ID, count);
    return database_execute(database, sql, err);
}

int schema_migrate(struct database *database, const char *const *migrations, int count,
                   struct aico2_error *err)
{
    int r = database_begin(database, err);

    if (r < 0)
        return r;
    return database_finish(database, migrate_steps(database, migrations, count, err), err);
}
