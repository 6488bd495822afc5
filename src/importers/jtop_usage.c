/* SPDX-License-Identifier: Apache-2.0 */
/* importers/jtop_usage.c - the original project's jtop_usage.csv: loads of a Jetson, and no power
 *
 * time,CPU_usage,GPU_usage,RAM_usage at 1 Hz: percent, percent and a fraction; local times to the
 * second. The original project's calculate_energy() took the mean load of the file times the power of
 * a CPU and a GPU found by the likeness of their names, times the time between its two arguments;
 * here each second has its own load and the time is the file's. docs/import.md.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "importers/csv_log.h"
#include "importers/jetson_log.h"

struct jtop_usage {
    struct log_series base;
    struct csv_log csv;
    struct jetson_log log;
    int time;
    int cpu;
    int gpu;
};

/* Return: 1; 0 the row was skipped; or -errno. */
static int read_load(struct jtop_usage *reader, int column, double *ratio_out,
                     struct aico2_error *err)
{
    double percent;

    if (!number_parse_double(csv_log_cell(&reader->csv, column), &percent) || percent < 0 ||
        percent > 100)
        return csv_log_skip_cell(&reader->csv, reader->base.text, column,
                                 "load in percent, 0 to 100", err);
    *ratio_out = percent / 100;
    return 1;
}

static int next_row(struct log_series *base, struct log_row *row, struct aico2_error *err)
{
    struct jtop_usage *reader = (struct jtop_usage *)base;
    int r;

    while ((r = csv_log_next(&reader->csv, base->text, err)) > 0) {
        const char *time = csv_log_cell(&reader->csv, reader->time);
        struct jetson_moment moment;
        struct stamp stamp;

        jetson_moment_clear(&moment);
        r = stamp_take(&base->time, time, &stamp) && time[stamp.length] == '\0';
        if (r == 0)
            r = csv_log_skip_cell(&reader->csv, base->text, reader->time,
                                  "time (2026-11-24 10:00:00 is meant)", err);
        if (r > 0)
            r = read_load(reader, reader->cpu, &moment.cpu_ratio, err);
        if (r > 0)
            r = read_load(reader, reader->gpu, &moment.gpu_ratio, err);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        row->wall_ns = stamp.wall_ns;
        row->coarse = stamp.coarse;
        jetson_log_fill(&reader->log, &moment, row);
        return 1;
    }
    return r;
}

static void free_form(struct log_series *series)
{
    csv_log_deinit(&((struct jtop_usage *)series)->csv);
}

static int find_columns(struct jtop_usage *reader, struct aico2_error *err)
{
    static const char *const names[] = { "time", "CPU_usage", "GPU_usage" };
    int *const columns[] = { &reader->time, &reader->cpu, &reader->gpu };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        *columns[i] = csv_log_find(&reader->csv, names[i]);
        if (*columns[i] < 0)
            return log_text_fail(reader->base.text, err, -EBADMSG, "the header has no column '%s'",
                                 names[i]);
        if ((size_t)*columns[i] > reader->csv.last_used)
            reader->csv.last_used = (size_t)*columns[i];
    }
    reader->log.has_cpu = reader->log.has_gpu = true;
    return 0;
}

static int jtop_usage_open(struct log_text *text, const struct import_settings *settings,
                           struct series **series_out, struct aico2_error *err)
{
    struct jtop_usage *reader = calloc(1, sizeof(*reader));
    int r;

    if (reader == NULL) {
        log_text_close(text);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    reader->base.free_form = free_form;
    r = log_series_init(&reader->base, text, settings, err);
    if (r < 0)
        return r;
    reader->base.next_row = next_row;
    r = csv_log_open(&reader->csv, text, err);
    if (r == 0)
        r = find_columns(reader, err);
    if (r == 0)
        r = jetson_log_describe(&reader->log, &importer_jtop_usage, &reader->base, err);
    if (r < 0) {
        log_series_close(&reader->base.base);
        return r;
    }
    *series_out = &reader->base.base;
    return 0;
}

static bool jtop_usage_recognise(const char *head)
{
    static const char *const columns[] = { "time", "CPU_usage", "GPU_usage", NULL };

    return csv_head_has(head, columns);
}

const struct importer importer_jtop_usage = {
    .name = "jtop_usage",
    .recognise = jtop_usage_recognise,
    .open = jtop_usage_open,
};
