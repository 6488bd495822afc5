/* SPDX-License-Identifier: Apache-2.0 */
/* history/rows.h - our structs as columns: binding and reading side by side, in one order */
#pragma once

#include "history/database.h"
#include "history/history.h"

#define RUN_COLUMNS                                                                               \
    "id, name, stage, command_json, state, started_wall_ns, exit_status, interval_ns, scope,"     \
    " idle, embodied, lifetime_years, pue, place_option, place_basis, unit, units, hostname, os," \
    " os_release, arch, virtualized, container, cpu_vendor, cpu_model, cpu_family,"               \
    " cpu_model_number, sockets, cores, threads, memory_bytes, memory_limit_bytes,"               \
    " timezone_country, boot_id, pid, pid_start_ticks, warnings_json, labels,"                    \
    " price_per_kwh, currency, price_matched, pue_source, wue_l_per_kwh, chassis,"                \
    " solid_drives, solid_bytes, spinning_drives, unknown_drives"
enum { RUN_COLUMN_COUNT = 48 };

#define PROGRESS_COLUMNS \
    "ended_wall_ns, duration_ns, cpu_seconds, own_cpu_seconds, own_max_rss_bytes, late_ticks"
enum { PROGRESS_COLUMN_COUNT = 6 };

#define DEVICE_COLUMNS                                                                      \
    "device, id, kind, basis, model, reader, uuid, device_index, fields, counter_range_uj," \
    " rated_watts, idle_watts, max_watts, band_ratio, rated_source, memory_bytes, threads," \
    " host_share, note"
enum { DEVICE_COLUMN_COUNT = 19 };

#define EXTREME_COLUMNS "peak_watts, floor_watts, lowest_watts"
enum { EXTREME_COLUMN_COUNT = 3 };

#define SUM_COLUMNS                                                                             \
    "joules, covered_seconds, gap_seconds, job_gross_joules, job_seconds, others_gross_joules," \
    " others_seconds, job_activity, all_activity, utilization_seconds,"                         \
    " utilization_covered_seconds, samples"
enum { SUM_COLUMN_COUNT = 12 };

/* A row being written or read, column by column. */
struct row {
    sqlite3_stmt *statement;
    int column;     /* the next; binding counts from 1, reading from 0 */
    int bad_column; /* reading: the first that does not hold what it must; -1 none */
    bool out_of_memory;
};

/* The kept statement (database_statement()), to be bound column by column and run by row_write(). */
int row_to_write(struct database *database, enum statement which, const char *sql,
                 struct row *row_out, struct aico2_error *err);
/* Runs it and forgets what was bound: texts are bound without a copy, and live until then. */
int row_write(struct database *database, struct row *row, struct aico2_error *err);
/* One of the caller's own. */
struct row row_to_bind(sqlite3_stmt *statement);
void row_bind_int(struct row *row, int64_t value);
void row_bind_double(struct row *row, double value);         /* not finite: NULL */
void row_bind_text(struct row *row, const char *text);       /* NULL: NULL */
void row_bind_exit_status(struct row *row, int exit_status); /* negative: NULL */
void row_bind_run(struct row *row, const struct run *run);
void row_bind_progress(struct row *row, const struct run *run);
void row_bind_device(struct row *row, int index, const struct device *device);
void row_bind_extremes(struct row *row, const struct device_totals *totals);
void row_bind_sums(struct row *row, const struct energy_sums *sums);

struct row row_to_read(sqlite3_stmt *statement);
int64_t row_int(struct row *row, int64_t low, int64_t high);
double row_double(struct row *row); /* NULL: NAN */
void row_text(struct row *row, char *target, size_t size);
void row_id(struct row *row, char id_out[ULID_SIZE]); /* of a run: it names files, and is shown as it is */
int row_word(struct row *row, int (*parse)(const char *word));
void row_run(struct row *row, struct run *run_out);
void row_progress(struct row *row, struct run *run_out);
void row_device(struct row *row, int *index_out, struct device *device_out);
void row_extremes(struct row *row, struct device_totals *totals_out);
void row_sums(struct row *row, struct energy_sums *sums_out);
/* 0, or -EBADMSG with a message that names the file, the column and what it holds, or -ENOMEM. */
int row_check(const struct row *row, const struct database *database, struct aico2_error *err);
