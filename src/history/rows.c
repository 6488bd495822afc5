/* SPDX-License-Identifier: Apache-2.0 */
/* history/rows.c - our structs as columns: binding and reading side by side, in one order */
#include "history/rows.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct row row_to_bind(sqlite3_stmt *statement)
{
    return (struct row){ .statement = statement, .column = 1, .bad_column = -1 };
}

int row_to_write(struct database *database, enum statement which, const char *sql,
                 struct row *row_out, struct aico2_error *err)
{
    sqlite3_stmt *statement;
    int r = database_statement(database, which, sql, &statement, err);

    if (r == 0)
        *row_out = row_to_bind(statement);
    return r;
}

int row_write(struct database *database, struct row *row, struct aico2_error *err)
{
    int r = database_run(database, row->statement, err);

    (void)sqlite3_clear_bindings(row->statement);
    return r;
}

void row_bind_int(struct row *row, int64_t value)
{
    (void)sqlite3_bind_int64(row->statement, row->column++, value);
}

void row_bind_double(struct row *row, double value)
{
    if (isfinite(value))
        (void)sqlite3_bind_double(row->statement, row->column++, value);
    else
        (void)sqlite3_bind_null(row->statement, row->column++);
}

void row_bind_text(struct row *row, const char *text)
{
    (void)sqlite3_bind_text(row->statement, row->column++, text, -1, SQLITE_STATIC);
}

struct row row_to_read(sqlite3_stmt *statement)
{
    return (struct row){ .statement = statement, .bad_column = -1 };
}

static void mark_bad(struct row *row, int column)
{
    if (row->bad_column < 0)
        row->bad_column = column;
}

int64_t row_int(struct row *row, int64_t low, int64_t high)
{
    int column = row->column++;
    int64_t value = sqlite3_column_int64(row->statement, column);

    if (sqlite3_column_type(row->statement, column) != SQLITE_INTEGER || value < low ||
        value > high) {
        mark_bad(row, column);
        return low;
    }
    return value;
}

double row_double(struct row *row)
{
    int column = row->column++;
    int type = sqlite3_column_type(row->statement, column);

    if (type == SQLITE_FLOAT || type == SQLITE_INTEGER)
        return sqlite3_column_double(row->statement, column);
    if (type != SQLITE_NULL)
        mark_bad(row, column);
    return NAN;
}

/* NULL when it is not text. */
static const char *column_text(struct row *row, int column)
{
    const char *text;

    if (sqlite3_column_type(row->statement, column) != SQLITE_TEXT) {
        mark_bad(row, column);
        return NULL;
    }
    text = (const char *)sqlite3_column_text(row->statement, column);
    if (text == NULL)
        row->out_of_memory = true;
    return text;
}

void row_text(struct row *row, char *target, size_t size)
{
    int column = row->column++;
    const char *text = column_text(row, column);
    size_t length = text == NULL ? 0 : strlen(text);

    if (length >= size) {
        mark_bad(row, column);
        length = 0;
    }
    if (length > 0)
        memcpy(target, text, length);
    target[length] = '\0';
}

void row_id(struct row *row, char id_out[ULID_SIZE])
{
    int column = row->column;

    row_text(row, id_out, ULID_SIZE);
    if (!ulid_is(id_out))
        mark_bad(row, column);
}

/* On the heap; NULL for NULL. */
static char *row_long_text(struct row *row)
{
    int column = row->column++;
    const char *text;
    char *copy;

    if (sqlite3_column_type(row->statement, column) == SQLITE_NULL)
        return NULL;
    text = column_text(row, column);
    if (text == NULL)
        return NULL;
    copy = strdup(text);
    if (copy == NULL)
        row->out_of_memory = true;
    return copy;
}

int row_word(struct row *row, int (*parse)(const char *word))
{
    int column = row->column++;
    const char *text = column_text(row, column);
    int value = text == NULL ? -1 : parse(text);

    if (value < 0) {
        mark_bad(row, column);
        return 0;
    }
    return value;
}

int row_check(const struct row *row, const struct database *database, struct aico2_error *err)
{
    const char *held;
    char shown[32];

    if (row->out_of_memory)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (row->bad_column < 0)
        return 0;
    held = (const char *)sqlite3_column_text(row->statement, row->bad_column);
    text_copy_clean(shown, sizeof(shown), held == NULL ? "NULL" : held);
    return aico2_error_set(err, -EBADMSG, "damaged row in '%.150s': %.24s is '%s'", database->path,
                           sqlite3_column_name(row->statement, row->bad_column), shown);
}

static int place_basis_parse(const char *word)
{
    for (int i = PLACE_OPTION; i <= PLACE_WORLD; i++) {
        if (strcmp(word, place_basis_name((enum place_basis)i)) == 0)
            return i;
    }
    return -1;
}

static void bind_machine(struct row *row, const struct machine *machine)
{
    row_bind_text(row, machine->hostname);
    row_bind_text(row, machine->os);
    row_bind_text(row, machine->os_release);
    row_bind_text(row, machine->arch);
    row_bind_int(row, machine->virtualized);
    row_bind_int(row, machine->container);
    row_bind_text(row, machine->cpu_vendor);
    row_bind_text(row, machine->cpu_model);
    row_bind_int(row, machine->cpu_family);
    row_bind_int(row, machine->cpu_model_number);
    row_bind_int(row, machine->sockets);
    row_bind_int(row, machine->cores);
    row_bind_int(row, machine->threads);
    row_bind_int(row, (int64_t)machine->memory_bytes);
    row_bind_int(row, (int64_t)machine->memory_limit_bytes);
    row_bind_text(row, machine->timezone_country);
}

static void read_machine(struct row *row, struct machine *machine)
{
    row_text(row, machine->hostname, sizeof(machine->hostname));
    row_text(row, machine->os, sizeof(machine->os));
    row_text(row, machine->os_release, sizeof(machine->os_release));
    row_text(row, machine->arch, sizeof(machine->arch));
    machine->virtualized = row_int(row, 0, 1) != 0;
    machine->container = row_int(row, 0, 1) != 0;
    row_text(row, machine->cpu_vendor, sizeof(machine->cpu_vendor));
    row_text(row, machine->cpu_model, sizeof(machine->cpu_model));
    machine->cpu_family = (int)row_int(row, INT_MIN, INT_MAX);
    machine->cpu_model_number = (int)row_int(row, INT_MIN, INT_MAX);
    machine->sockets = (int)row_int(row, INT_MIN, INT_MAX);
    machine->cores = (int)row_int(row, INT_MIN, INT_MAX);
    machine->threads = (int)row_int(row, INT_MIN, INT_MAX);
    machine->memory_bytes = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
    machine->memory_limit_bytes = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
    row_text(row, machine->timezone_country, sizeof(machine->timezone_country));
}

static void bind_built(struct row *row, const struct machine *machine)
{
    row_bind_text(row, chassis_name(machine->chassis));
    row_bind_int(row, machine->drives.solid);
    row_bind_int(row, (int64_t)machine->drives.solid_bytes);
    row_bind_int(row, machine->drives.spinning);
    row_bind_int(row, machine->drives.unknown);
}

static void read_built(struct row *row, struct machine *machine)
{
    machine->chassis = (enum chassis)row_word(row, chassis_parse);
    machine->drives.solid = (int)row_int(row, 0, INT_MAX);
    machine->drives.solid_bytes = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
    machine->drives.spinning = (int)row_int(row, 0, INT_MAX);
    machine->drives.unknown = (int)row_int(row, 0, INT_MAX);
}

void row_bind_exit_status(struct row *row, int exit_status)
{
    if (exit_status < 0)
        row_bind_text(row, NULL);
    else
        row_bind_int(row, exit_status);
}

static int read_exit_status(struct row *row)
{
    if (sqlite3_column_type(row->statement, row->column) == SQLITE_NULL) {
        row->column++;
        return -1;
    }
    return (int)row_int(row, 0, INT_MAX);
}

void row_bind_run(struct row *row, const struct run *run)
{
    row_bind_text(row, run->id);
    row_bind_text(row, run->name);
    row_bind_text(row, run->stage);
    row_bind_text(row, run->command_json);
    row_bind_text(row, run_state_name(run->state));
    row_bind_int(row, run->started_wall_ns);
    row_bind_exit_status(row, run->exit_status);
    row_bind_int(row, run->interval_ns);
    row_bind_text(row, scope_name(run->scope));
    row_bind_text(row, idle_policy_name(run->idle));
    row_bind_int(row, run->embodied);
    row_bind_double(row, run->lifetime_years);
    row_bind_double(row, run->pue);
    row_bind_text(row, run->place_option);
    row_bind_text(row, place_basis_name(run->place_basis));
    row_bind_text(row, run->unit);
    row_bind_double(row, run->units);
    bind_machine(row, &run->machine);
    row_bind_text(row, run->boot_id);
    row_bind_int(row, run->pid);
    row_bind_int(row, run->pid_start_ticks);
    row_bind_text(row, run->warnings_json);
    row_bind_text(row, run->labels);
    row_bind_double(row, run->price.currency[0] != '\0' ? run->price.per_kwh : NAN);
    row_bind_text(row, run->price.currency);
    row_bind_int(row, run->price_matched);
    row_bind_text(row, run->pue_source);
    row_bind_double(row, run->wue_given ? run->wue_l_per_kwh : NAN);
    bind_built(row, &run->machine);
}

static void read_currency(struct row *row, char code_out[CURRENCY_SIZE])
{
    int column = row->column;

    row_text(row, code_out, CURRENCY_SIZE);
    if (code_out[0] != '\0' && !currency_has_form(code_out))
        mark_bad(row, column);
}

void row_run(struct row *row, struct run *run_out)
{
    row_id(row, run_out->id);
    row_text(row, run_out->name, sizeof(run_out->name));
    row_text(row, run_out->stage, sizeof(run_out->stage));
    run_out->command_json = row_long_text(row);
    run_out->state = (enum run_state)row_word(row, run_state_parse);
    run_out->started_wall_ns = row_int(row, INT64_MIN, INT64_MAX);
    run_out->exit_status = read_exit_status(row);
    run_out->interval_ns = row_int(row, 0, INT64_MAX);
    run_out->scope = (enum energy_scope)row_word(row, scope_parse);
    run_out->idle = (enum idle_policy)row_word(row, idle_policy_parse);
    run_out->embodied = row_int(row, 0, 1) != 0;
    run_out->lifetime_years = row_double(row);
    run_out->pue = row_double(row);
    row_text(row, run_out->place_option, sizeof(run_out->place_option));
    run_out->place_basis = (enum place_basis)row_word(row, place_basis_parse);
    row_text(row, run_out->unit, sizeof(run_out->unit));
    run_out->units = row_double(row);
    read_machine(row, &run_out->machine);
    row_text(row, run_out->boot_id, sizeof(run_out->boot_id));
    run_out->pid = row_int(row, INT64_MIN, INT64_MAX);
    run_out->pid_start_ticks = row_int(row, INT64_MIN, INT64_MAX);
    run_out->warnings_json = row_long_text(row);
    run_out->labels = row_long_text(row);
    run_out->price.per_kwh = row_double(row);
    read_currency(row, run_out->price.currency);
    run_out->price_matched = row_int(row, 0, 1) != 0;
    row_text(row, run_out->pue_source, sizeof(run_out->pue_source));
    run_out->wue_l_per_kwh = row_double(row);
    run_out->wue_given = isfinite(run_out->wue_l_per_kwh);
    read_built(row, &run_out->machine);
}

void row_bind_progress(struct row *row, const struct run *run)
{
    row_bind_int(row, run->ended_wall_ns);
    row_bind_int(row, run->duration_ns);
    row_bind_double(row, run->cpu_seconds);
    row_bind_double(row, run->own_cpu_seconds);
    row_bind_int(row, (int64_t)run->own_max_rss_bytes);
    row_bind_int(row, (int64_t)run->late_ticks);
}

void row_progress(struct row *row, struct run *run_out)
{
    run_out->ended_wall_ns = row_int(row, INT64_MIN, INT64_MAX);
    run_out->duration_ns = row_int(row, 0, INT64_MAX);
    run_out->cpu_seconds = row_double(row);
    run_out->own_cpu_seconds = row_double(row);
    run_out->own_max_rss_bytes = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
    run_out->late_ticks = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
}

void row_bind_device(struct row *row, int index, const struct device *device)
{
    row_bind_int(row, index);
    row_bind_text(row, device->id);
    row_bind_text(row, device_kind_name(device->kind));
    row_bind_text(row, basis_name(device->basis));
    row_bind_text(row, device->model);
    row_bind_text(row, device->reader);
    row_bind_text(row, device->uuid);
    row_bind_int(row, device->index);
    row_bind_int(row, device->fields);
    row_bind_int(row, (int64_t)device->counter_range_uj);
    row_bind_double(row, device->rated_watts);
    row_bind_double(row, device->idle_watts);
    row_bind_double(row, device->max_watts);
    row_bind_double(row, device->band_ratio);
    row_bind_text(row, device->rated_source);
    row_bind_int(row, (int64_t)device->memory_bytes);
    row_bind_double(row, device->threads);
    row_bind_double(row, device->host_share);
    row_bind_text(row, device->note);
}

void row_device(struct row *row, int *index_out, struct device *device_out)
{
    *index_out = (int)row_int(row, 0, INT_MAX);
    row_text(row, device_out->id, sizeof(device_out->id));
    device_out->kind = (enum device_kind)row_word(row, device_kind_parse);
    device_out->basis = (enum basis)row_word(row, basis_parse);
    row_text(row, device_out->model, sizeof(device_out->model));
    row_text(row, device_out->reader, sizeof(device_out->reader));
    row_text(row, device_out->uuid, sizeof(device_out->uuid));
    device_out->index = (int)row_int(row, INT_MIN, INT_MAX);
    device_out->fields = (uint32_t)row_int(row, 0, UINT32_MAX);
    device_out->counter_range_uj = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
    device_out->rated_watts = row_double(row);
    device_out->idle_watts = row_double(row);
    device_out->max_watts = row_double(row);
    device_out->band_ratio = row_double(row);
    row_text(row, device_out->rated_source, sizeof(device_out->rated_source));
    device_out->memory_bytes = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
    device_out->threads = row_double(row);
    device_out->host_share = row_double(row);
    row_text(row, device_out->note, sizeof(device_out->note));
}

void row_bind_extremes(struct row *row, const struct device_totals *totals)
{
    row_bind_double(row, totals->peak_watts);
    row_bind_double(row, totals->floor_watts);
    row_bind_double(row, totals->lowest_watts);
}

void row_extremes(struct row *row, struct device_totals *totals_out)
{
    totals_out->peak_watts = row_double(row);
    totals_out->floor_watts = row_double(row);
    totals_out->lowest_watts = row_double(row);
}

void row_bind_sums(struct row *row, const struct energy_sums *sums)
{
    row_bind_double(row, sums->joules);
    row_bind_double(row, sums->covered_seconds);
    row_bind_double(row, sums->gap_seconds);
    row_bind_double(row, sums->job_gross_joules);
    row_bind_double(row, sums->job_seconds);
    row_bind_double(row, sums->others_gross_joules);
    row_bind_double(row, sums->others_seconds);
    row_bind_double(row, sums->job_activity);
    row_bind_double(row, sums->all_activity);
    row_bind_double(row, sums->utilization_seconds);
    row_bind_double(row, sums->utilization_covered_seconds);
    row_bind_int(row, (int64_t)sums->samples);
}

void row_sums(struct row *row, struct energy_sums *sums_out)
{
    sums_out->joules = row_double(row);
    sums_out->covered_seconds = row_double(row);
    sums_out->gap_seconds = row_double(row);
    sums_out->job_gross_joules = row_double(row);
    sums_out->job_seconds = row_double(row);
    sums_out->others_gross_joules = row_double(row);
    sums_out->others_seconds = row_double(row);
    sums_out->job_activity = row_double(row);
    sums_out->all_activity = row_double(row);
    sums_out->utilization_seconds = row_double(row);
    sums_out->utilization_covered_seconds = row_double(row);
    sums_out->samples = (uint64_t)row_int(row, INT64_MIN, INT64_MAX);
}
