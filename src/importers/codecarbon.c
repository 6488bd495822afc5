/* SPDX-License-Identifier: Apache-2.0 */
/* importers/codecarbon.c - CodeCarbon's emissions.csv: a run a row, sums by kind of device
 *
 * Columns by name: they differ by version. Energies are kWh and include the PUE, `duration` is seconds,
 * `timestamp` is when the row was written, local time. A tracker that is flushed writes a row each
 * time, with its sums so far: of the rows of one run_id the last counts. Version 1 called that experiment_id.
 * In the file of an experiment's tasks each row is a task with sums of its own, and has no PUE.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/number.h"
#include "base/text.h"
#include "importers/csv_log.h"
#include "importers/local_time.h"
#include "importers/totals_log.h"
#include "model/units.h"

/* Whether its CPU was metered or modelled the row does not say. */
static const double CPU_BAND_RATIO = 0.8;
static const double GPU_BAND_RATIO = 0.10;
static const double RAM_BAND_RATIO = 1;

/* More than a counter of microjoules holds no row has used. */
static const double KWH_MAX = 1e6;

enum { RUNS_MAX = 20000, NO_COLUMN = -1 };

enum column {
    TIMESTAMP,
    PROJECT,
    RUN_ID,
    EXPERIMENT_ID,
    TASK,
    DURATION,
    CPU_ENERGY,
    GPU_ENERGY,
    RAM_ENERGY,
    ENERGY,
    COUNTRY,
    OS,
    CPU_COUNT,
    CPU_MODEL,
    GPU_COUNT,
    GPU_MODEL,
    RAM_SIZE,
    CPU_LOAD,
    GPU_LOAD,
    PUE,
    COLUMN_COUNT,
};

static const char *const names[COLUMN_COUNT] = {
    [TIMESTAMP] = "timestamp",
    [PROJECT] = "project_name",
    [RUN_ID] = "run_id",
    [EXPERIMENT_ID] = "experiment_id",
    [TASK] = "task_name",
    [DURATION] = "duration",
    [CPU_ENERGY] = "cpu_energy",
    [GPU_ENERGY] = "gpu_energy",
    [RAM_ENERGY] = "ram_energy",
    [ENERGY] = "energy_consumed",
    [COUNTRY] = "country_iso_code",
    [OS] = "os",
    [CPU_COUNT] = "cpu_count",
    [CPU_MODEL] = "cpu_model",
    [GPU_COUNT] = "gpu_count",
    [GPU_MODEL] = "gpu_model",
    [RAM_SIZE] = "ram_total_size",
    [CPU_LOAD] = "cpu_utilization_percent",
    [GPU_LOAD] = "gpu_utilization_percent",
    [PUE] = "pue",
};

struct reader {
    struct log_text *text;
    struct csv_log csv;
    struct local_time time;
    int columns[COLUMN_COUNT];
    struct totals_run *runs;
    size_t count;
    size_t capacity;
};

static const char *cell_of(struct reader *reader, enum column column)
{
    int at = reader->columns[column];

    return at == NO_COLUMN ? "" : csv_log_cell(&reader->csv, at);
}

/* Return: 1; 0 the row was skipped; or -errno. An empty cell is NAN. */
static int read_number(struct reader *reader, enum column column, double least, double most,
                       double *value_out, struct aico2_error *err)
{
    const char *cell = cell_of(reader, column);
    double value;

    *value_out = NAN;
    if (cell[0] == '\0' || text_equal_nocase(cell, "nan"))
        return 1;
    if (!number_parse_double(cell, &value) || !(value >= least && value <= most))
        return csv_log_skip_cell(&reader->csv, reader->text, reader->columns[column],
                                 "number that can be", err);
    *value_out = value;
    return 1;
}

static int read_times(struct reader *reader, struct totals_run *run, struct aico2_error *err)
{
    const char *cell = cell_of(reader, TIMESTAMP);
    struct stamp stamp;
    double seconds;
    int r = read_number(reader, DURATION, 1e-3, 1e9, &seconds, err);

    if (r <= 0)
        return r;
    if (!isfinite(seconds))
        return csv_log_skip_cell(&reader->csv, reader->text, reader->columns[DURATION],
                                 "duration in seconds", err);
    reader->time.last_seconds = INT64_MIN; /* rows are of any order */
    if (!stamp_take(&reader->time, cell, &stamp) || cell[stamp.length] != '\0')
        return csv_log_skip_cell(&reader->csv, reader->text, reader->columns[TIMESTAMP],
                                 "time (2026-11-24T10:00:00 is meant)", err);
    run->end_ns = stamp.wall_ns;
    run->start_ns = stamp.wall_ns - (int64_t)(seconds * 1e9);
    return 1;
}

static void add_device(struct totals_run *run, enum device_kind kind, enum basis basis,
                       const char *id, double kwh, double band_ratio, const char *model)
{
    double pue = isfinite(run->facts.pue) ? run->facts.pue : 1;
    double joules = kwh * JOULES_PER_KWH / pue;
    struct totals_device *device;

    if (!(joules >= TOTALS_LEAST_JOULES)) /* what it could not see it writes as 0 */
        return;
    device = totals_add(run, kind, basis, id, joules, band_ratio);
    if (device != NULL)
        text_copy_clean(device->model, sizeof(device->model), model);
}

static void set_load(struct totals_run *run, enum device_kind kind, double percent)
{
    for (size_t i = 0; i < run->device_count; i++) {
        if (run->devices[i].kind == kind && isfinite(percent))
            run->devices[i].utilization_ratio = fmin(percent, 100) / 100;
    }
}

/* Return: 1; 0 the row was skipped; or -errno. */
static int read_devices(struct reader *reader, struct totals_run *run, struct aico2_error *err)
{
    double kwh[4];
    double load[2];
    double gib;
    int r = 1;

    for (int i = 0; r > 0 && i < 4; i++)
        r = read_number(reader, (enum column)(CPU_ENERGY + i), 0, KWH_MAX, &kwh[i], err);
    for (int i = 0; r > 0 && i < 2; i++)
        r = read_number(reader, (enum column)(CPU_LOAD + i), 0, 1e6, &load[i], err);
    if (r > 0)
        r = read_number(reader, RAM_SIZE, 0, 1e9, &gib, err);
    if (r <= 0)
        return r;
    add_device(run, DEVICE_CPU, BASIS_MODELLED, "cpu0", kwh[0], CPU_BAND_RATIO,
               cell_of(reader, CPU_MODEL));
    add_device(run, DEVICE_GPU, BASIS_MEASURED, "gpu0", kwh[1], GPU_BAND_RATIO,
               cell_of(reader, GPU_MODEL));
    add_device(run, DEVICE_MEMORY, BASIS_MODELLED, "memory", kwh[2], RAM_BAND_RATIO, "");
    if (run->device_count == 0)
        add_device(run, DEVICE_OTHER, BASIS_MODELLED, "total", kwh[3], CPU_BAND_RATIO, "");
    if (run->device_count == 0)
        return csv_log_skip_cell(&reader->csv, reader->text, reader->columns[ENERGY],
                                 "energy above 0, nor are those of its parts", err);
    for (size_t i = 0; i < run->device_count; i++) {
        if (run->devices[i].kind == DEVICE_MEMORY && gib > 0)
            run->devices[i].memory_bytes = (uint64_t)(gib * BYTES_PER_GIB);
        if (run->devices[i].kind == DEVICE_CPU)
            (void)snprintf(run->devices[i].note, sizeof(run->devices[i].note),
                           "CodeCarbon does not say whether it was metered or modelled");
    }
    set_load(run, DEVICE_CPU, load[0]);
    set_load(run, DEVICE_GPU, load[1]);
    return 1;
}

static void read_facts(struct reader *reader, double pue, double threads, struct totals_run *run)
{
    struct series_facts *facts = &run->facts;

    *facts = SERIES_FACTS_NULL;
    facts->pue = pue;
    facts->threads = threads > 0 ? (int)threads : 0;
    text_copy_clean(facts->name, sizeof(facts->name), cell_of(reader, PROJECT));
    if (cell_of(reader, TASK)[0] != '\0') {
        char name[sizeof(facts->name)];

        (void)snprintf(name, sizeof(name), "%.60s: %.60s", facts->name, cell_of(reader, TASK));
        text_copy_clean(facts->name, sizeof(facts->name), name);
    }
    text_copy_clean(facts->run_id, sizeof(facts->run_id),
                    cell_of(reader, reader->columns[RUN_ID] != NO_COLUMN ? RUN_ID : EXPERIMENT_ID));
    text_copy_clean(facts->country, sizeof(facts->country), cell_of(reader, COUNTRY));
    text_copy_clean(facts->os_release, sizeof(facts->os_release), cell_of(reader, OS));
    text_copy_clean(facts->cpu_model, sizeof(facts->cpu_model), cell_of(reader, CPU_MODEL));
}

/* What tells a run: its own id, with the task's name where it is one, or all of its row. */
static void take_digest(struct reader *reader, struct totals_run *run)
{
    const char *task = cell_of(reader, TASK);

    run->digest = DIGEST_NULL;
    if (run->facts.run_id[0] != '\0') {
        digest_add(&run->digest, run->facts.run_id, strlen(run->facts.run_id));
        if (task[0] != '\0')
            digest_add(&run->digest, task, strlen(task) + 1);
        return;
    }
    for (size_t i = 0; i < csv_log_columns(&reader->csv); i++) {
        const char *cell = csv_log_cell(&reader->csv, (int)i);

        digest_add(&run->digest, cell, strlen(cell) + 1);
    }
}

/* In the place of the same run's earlier row, else behind the others. */
static int keep(struct reader *reader, const struct totals_run *run, struct aico2_error *err)
{
    /* a tracker that is flushed does so again and again: its last row is near the end */
    for (size_t i = reader->count;
         run->facts.run_id[0] != '\0' && i > 0 && reader->count - i < 4096; i--) {
        struct totals_run *other = &reader->runs[i - 1];

        if (memcmp(&other->digest, &run->digest, sizeof(run->digest)) != 0)
            continue;
        if (run->end_ns >= other->end_ns)
            *other = *run;
        return 0;
    }
    if (reader->count == RUNS_MAX)
        return log_text_fail(reader->text, err, -EFBIG, "more than %d runs: cut the file",
                             RUNS_MAX);
    if (array_reserve(&reader->runs, &reader->capacity, reader->count + 1, sizeof(*reader->runs)) <
        0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->runs[reader->count++] = *run;
    return 0;
}

static int read_row(struct reader *reader, struct aico2_error *err)
{
    struct totals_run run = { 0 };
    double pue = NAN;
    double threads = NAN;
    int r = read_number(reader, PUE, 1, 10, &pue, err);

    if (r > 0)
        r = read_number(reader, CPU_COUNT, 0, 1e6, &threads, err);
    if (r > 0)
        r = read_times(reader, &run, err);
    if (r <= 0)
        return r;
    read_facts(reader, pue, threads, &run);
    r = read_devices(reader, &run, err);
    if (r <= 0)
        return r;
    take_digest(reader, &run);
    return keep(reader, &run, err);
}

static int read_all(struct reader *reader, struct aico2_error *err)
{
    int r = csv_log_open(&reader->csv, reader->text, err);

    if (r < 0)
        return r;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        reader->columns[i] = csv_log_find(&reader->csv, names[i]);
        if (reader->columns[i] == NO_COLUMN && (i == TIMESTAMP || i == DURATION || i == ENERGY))
            return log_text_fail(reader->text, err, -EBADMSG, "the header has no column '%s'",
                                 names[i]);
    }
    while ((r = csv_log_next(&reader->csv, reader->text, err)) > 0) {
        r = read_row(reader, err);
        if (r < 0)
            return r;
    }
    if (r == 0 && reader->count == 0)
        r = aico2_error_set(err, -EBADMSG, "%.100s: no run in it%s%s", reader->text->name,
                            reader->text->skipped > 0 ? ": " : "", reader->text->complaint);
    return r;
}

static int codecarbon_open(struct log_text *text, const struct import_settings *settings,
                           struct series **series_out, struct aico2_error *err)
{
    struct reader reader = { .text = text, .time = LOCAL_TIME_NULL };
    char **notes = NULL;
    size_t note_count = 0;
    int r;

    reader.time.has_offset = settings->has_utc_offset;
    reader.time.offset_seconds = settings->utc_offset_seconds;
    r = read_all(&reader, err);
    csv_log_deinit(&reader.csv);
    if (r == 0) {
        if (reader.columns[TASK] != NO_COLUMN)
            (void)lines_add(&notes, &note_count,
                            "a task's row does not tell the PUE that CodeCarbon multiplies by: its "
                            "energies are taken as without one");
        (void)local_time_note(&reader.time, &notes, &note_count);
        (void)log_text_note(text, &notes, &note_count);
        r = totals_open(&importer_codecarbon, reader.runs, reader.count, notes, note_count,
                        series_out, err);
    } else {
        free(reader.runs);
    }
    log_text_close(text);
    return r;
}

static bool codecarbon_recognise(const char *head)
{
    static const char *const columns[] = { "timestamp", "duration", "emissions", "energy_consumed",
                                           NULL };

    return csv_head_has(head, columns);
}

const struct importer importer_codecarbon = {
    .name = "codecarbon",
    .recognise = codecarbon_recognise,
    .open = codecarbon_open,
};
