/* SPDX-License-Identifier: Apache-2.0 */
/* writers/glance.c - what is seen of the machine at a tick: lines, rows, or an object on one line */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

/* Processes of a line: the others are summed up in it. */
enum { PROCESSES_MOST = 10 };

enum { ID_COLUMNS = 8, WATTS_COLUMNS = 8, RANGE_COLUMNS = 18, HOW_COLUMNS = 20, LOAD_COLUMNS = 6 };
enum { HOW_SIZE = 64 };

/* Of a machine's lines: its longest names have room, tick after tick. */
struct glance_columns {
    size_t id;
    size_t how;
};

/* --- text --- */

static void add_time(struct strbuf *out, int64_t wall_ns)
{
    const time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm utc;

    if (gmtime_r(&seconds, &utc) != NULL)
        strbuf_printf(out, "%02d:%02d:%02dZ  ", utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static void add_power(struct strbuf *out, struct band watts, struct text_style style)
{
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE] = "";
    char brackets[RANGE_SIZE + 2] = "";

    figure_format(figure, QUANTITY_WATTS, watts.value, style.unicode);
    text_cell_right(out, figure, WATTS_COLUMNS);
    if (band_is_known(watts) && watts.low < watts.high) {
        range_format(range, QUANTITY_WATTS, watts, watts.value, style.unicode);
        (void)snprintf(brackets, sizeof(brackets), "(%s)", range);
    }
    strbuf_add(out, "  ");
    text_cell_left(out, brackets, RANGE_COLUMNS, style.unicode);
    strbuf_add(out, "  ");
}

static void add_figure(struct strbuf *out, const char *before, enum quantity quantity, double value,
                       const char *after, struct text_style style)
{
    char figure[FIGURE_SIZE];

    figure_format(figure, quantity, value, style.unicode);
    strbuf_printf(out, "%s%s%s", before, figure, after);
}

static void add_total(struct strbuf *out, const struct glance *glance,
                      const struct glance_columns *columns, struct text_style style)
{
    add_time(out, glance->wall_ns);
    text_cell_left(out, "machine", columns->id, style.unicode);
    add_power(out, glance->watts, style);
    add_figure(out, "active ", QUANTITY_WATTS, glance->active_watts, "", style);
    add_figure(out, ", idle ", QUANTITY_WATTS, glance_idle_watts(glance), "", style);
    add_figure(out, "; ", QUANTITY_JOULES, glance->joules, "", style);
    add_figure(out, ", ", QUANTITY_GCO2E, glance->gco2e.value, "", style);
    add_figure(out, ", ", QUANTITY_GCO2E, glance->gco2e_per_hour.value, "/h\n", style);
}

/* "measured, rapl"; what is no part of the sum says so. */
static void format_how(char out[HOW_SIZE], const struct glance_device *device)
{
    (void)snprintf(out, HOW_SIZE, "%s, %s%s", basis_name(device->basis), device->reader,
                   device->added ? "" : " (+)");
}

static void add_device(struct strbuf *out, const struct glance *glance,
                       const struct glance_device *device, const struct glance_columns *columns,
                       struct text_style style)
{
    char load[FIGURE_SIZE] = "";
    char how[HOW_SIZE];

    add_time(out, glance->wall_ns);
    text_cell_left(out, device->id, columns->id, style.unicode);
    add_power(out, device->watts, style);
    format_how(how, device);
    text_cell_left(out, how, columns->how, style.unicode);
    if (isfinite(device->utilization_ratio))
        percent_format(load, device->utilization_ratio, style.unicode);
    text_cell_right(out, load, LOAD_COLUMNS);
    strbuf_add(out, "  ");
    text_add_clean(out, device->model, style.unicode);
    strbuf_add(out, "\n");
}

static struct glance_columns columns_of(const struct glance *glance)
{
    struct glance_columns columns = { ID_COLUMNS, HOW_COLUMNS };

    for (size_t i = 0; i < glance->device_count; i++) {
        char how[HOW_SIZE];

        format_how(how, &glance->devices[i]);
        if (columns.id < strlen(glance->devices[i].id))
            columns.id = strlen(glance->devices[i].id);
        if (columns.how < strlen(how))
            columns.how = strlen(how);
    }
    return columns;
}

void write_glance_text(struct strbuf *out, const struct glance *glance, struct text_style style)
{
    const struct glance_columns columns = columns_of(glance);

    add_total(out, glance, &columns, style);
    for (size_t i = 0; i < glance->device_count; i++)
        add_device(out, glance, &glance->devices[i], &columns, style);
}

/* --- CSV --- */

void write_glance_csv_header(struct strbuf *out)
{
    strbuf_add(out, "time,device,kind,reader,basis,added,watts,low_watts,high_watts,idle_watts,"
                    "utilization_ratio,joules,gco2e" CSV_LINE_END);
}

static void add_band_cells(struct csv_row *row, struct band watts)
{
    csv_row_figure(row, watts.value);
    csv_row_figure(row, watts.low);
    csv_row_figure(row, watts.high);
}

void write_glance_csv(struct strbuf *out, const struct glance *glance)
{
    struct csv_row row = csv_row_begin(out);

    csv_row_wall_time(&row, glance->wall_ns);
    csv_row_text(&row, "machine");
    csv_row_text(&row, "");
    csv_row_text(&row, "");
    csv_row_text(&row, "");
    csv_row_text(&row, "");
    add_band_cells(&row, glance->watts);
    csv_row_figure(&row, glance->idle_watts);
    csv_row_figure(&row, glance->cpu_ratio);
    csv_row_figure(&row, glance->joules);
    csv_row_figure(&row, glance->gco2e.value);
    csv_row_end(&row);
    for (size_t i = 0; i < glance->device_count; i++) {
        const struct glance_device *device = &glance->devices[i];

        row = csv_row_begin(out);
        csv_row_wall_time(&row, glance->wall_ns);
        csv_row_text(&row, device->id);
        csv_row_text(&row, device_kind_name(device->kind));
        csv_row_text(&row, device->reader);
        csv_row_text(&row, basis_name(device->basis));
        csv_row_text(&row, device->added ? "true" : "false");
        add_band_cells(&row, device->watts);
        csv_row_figure(&row, device->idle_watts);
        csv_row_figure(&row, device->utilization_ratio);
        csv_row_figure(&row, device->joules);
        csv_row_figure(&row, NAN);
        csv_row_end(&row);
    }
}

/* --- JSON --- */

static void add_band(struct json_out *json, const char *value, const char *low, const char *high,
                     struct band band)
{
    json_figure(json, value, band.value);
    json_figure(json, low, band.low);
    json_figure(json, high, band.high);
}

static void add_json_device(struct json_out *json, const struct glance_device *device)
{
    json_object_begin(json, NULL);
    json_string(json, "id", device->id);
    json_string(json, "kind", device_kind_name(device->kind));
    json_string(json, "model", device->model);
    json_string(json, "reader", device->reader);
    json_string(json, "basis", basis_name(device->basis));
    json_bool(json, "added", device->added);
    add_band(json, "watts", "low_watts", "high_watts", device->watts);
    json_figure(json, "idle_watts", device->idle_watts);
    json_figure(json, "utilization_ratio", device->utilization_ratio);
    json_figure(json, "joules", device->joules);
    json_figure(json, "memory_used_bytes", device->memory_used_bytes);
    json_figure(json, "memory_total_bytes", device->memory_total_bytes);
    json_figure(json, "temperature_celsius", device->celsius);
    json_object_end(json);
}

static int by_joules(const void *a, const void *b)
{
    const struct machine_process *left = &(*(const struct glance_process *const *)a)->process;
    const struct machine_process *right = &(*(const struct glance_process *const *)b)->process;

    if (left->joules != right->joules)
        return left->joules > right->joules ? -1 : 1;
    return (left->pid > right->pid) - (left->pid < right->pid);
}

static void add_process(struct json_out *json, const struct glance_process *shown)
{
    const struct machine_process *process = &shown->process;

    json_object_begin(json, NULL);
    json_int(json, "pid", process->pid);
    json_string(json, "user", shown->user);
    json_string(json, "command", process->command[0] != '\0' ? process->command : process->name);
    json_figure(json, "cpu_ratio", process->cpu_ratio);
    json_figure(json, "gpu_ratio", process->gpu_ratio);
    json_figure(json, "gpu_memory_bytes", process->gpu_memory_bytes);
    json_figure(json, "watts", process->watts);
    json_figure(json, "joules", process->joules);
    json_object_end(json);
}

/* Those that have used most since the watch began. */
static void add_processes(struct json_out *json, const struct glance *glance)
{
    AICO2_CLEANUP(freep)
    const struct glance_process **sorted = calloc(glance->process_count + 1, sizeof(*sorted));

    /* a list without them would say that nothing runs */
    json->buffer->failed = json->buffer->failed || sorted == NULL;
    json_array_begin(json, "processes");
    for (size_t i = 0; sorted != NULL && i < glance->process_count; i++)
        sorted[i] = &glance->processes[i];
    if (sorted != NULL)
        qsort(sorted, glance->process_count, sizeof(*sorted), by_joules);
    for (size_t i = 0; sorted != NULL && i < glance->process_count && i < PROCESSES_MOST; i++)
        add_process(json, sorted[i]);
    json_array_end(json);
}

static void add_shares(struct json_out *json, const struct glance *glance)
{
    json_object_begin(json, "joules");
    json_figure(json, "machine", glance->joules);
    json_figure(json, "processes", glance->seen_joules);
    json_figure(json, "ended", glance->ended_joules);
    json_figure(json, "others", glance->others_joules);
    json_figure(json, "idle", glance->idle_joules);
    json_figure(json, "measured_ratio", glance->measured_ratio);
    json_object_end(json);
}

static void add_carbon(struct json_out *json, const struct glance *glance)
{
    const struct intensity *intensity = &glance->intensity;

    json_object_begin(json, "carbon");
    add_band(json, "gco2e", "low_gco2e", "high_gco2e", glance->gco2e);
    json_figure(json, "gco2e_per_hour", glance->gco2e_per_hour.value);
    json_figure(json, "pue", glance->pue);
    json_text(json, "place", intensity->place);
    add_band(json, "gco2e_per_kwh", "low_gco2e_per_kwh", "high_gco2e_per_kwh",
             intensity->gco2e_per_kwh);
    json_text(json, "source", intensity->source);
    json_bool(json, "hourly", glance->hourly);
    json_object_end(json);
}

static void add_self(struct json_out *json, const struct glance *glance)
{
    json_object_begin(json, "self");
    json_figure(json, "cpu_ratio", glance->own_cpu_ratio);
    add_band(json, "energy_joules", "low_joules", "high_joules", glance->own_energy);
    json_figure(json, "resident_bytes", glance->own_resident_bytes);
    json_int(json, "late_ticks", (int64_t)glance->late_ticks);
    json_object_end(json);
}

static void add_closed(struct json_out *json, const struct glance *glance)
{
    json_array_begin(json, "closed");
    for (size_t i = 0; i < glance->closed_count; i++) {
        json_object_begin(json, NULL);
        json_string(json, "reader", glance->closed[i].reader);
        json_string(json, "reason", glance->closed[i].reason);
        json_object_end(json);
    }
    json_array_end(json);
}

void write_glance_line(struct strbuf *out, const struct glance *glance)
{
    struct json_out json;

    json_out_init_line(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.monitor/1");
    json_wall_time(&json, "time", glance->wall_ns);
    json_figure(&json, "interval_seconds", glance->interval_seconds);
    json_figure(&json, "elapsed_seconds", glance->elapsed_seconds);
    json_text(&json, "hostname", glance->hostname);
    json_figure(&json, "cpu_ratio", glance->cpu_ratio);
    json_figure(&json, "memory_used_bytes", glance->memory_used_bytes);
    json_figure(&json, "memory_total_bytes", glance->memory_total_bytes);
    add_band(&json, "watts", "low_watts", "high_watts", glance->watts);
    json_figure(&json, "measured_watts", glance->measured_watts);
    json_figure(&json, "modelled_watts", glance->modelled_watts);
    json_figure(&json, "assumed_watts", glance->assumed_watts);
    json_figure(&json, "active_watts", glance->active_watts);
    json_figure(&json, "idle_watts", glance->idle_watts);
    json_figure(&json, "processes_watts", glance->seen_watts);
    json_figure(&json, "others_watts", glance->others_watts);
    add_shares(&json, glance);
    add_carbon(&json, glance);
    json_array_begin(&json, "devices");
    for (size_t i = 0; i < glance->device_count; i++)
        add_json_device(&json, &glance->devices[i]);
    json_array_end(&json);
    add_processes(&json, glance);
    json_int(&json, "process_count", (int64_t)glance->process_total);
    add_closed(&json, glance);
    add_self(&json, glance);
    json_object_end(&json);
    strbuf_add(out, "\n");
}
