/* SPDX-License-Identifier: Apache-2.0 */
/* session/import.c - the log of another program as a run of the history */
#include "session/import.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/lines.h"
#include "base/text.h"
#include "base/time_text.h"
#include "catalog/hardware.h"
#include "history/history.h"
#include "importers/importer.h"
#include "importers/local_time.h"
#include "model/units.h"
#include "readers/jetson_board.h"
#include "readers/machine.h"
#include "session/environment.h"
#include "session/place_again.h"
#include "session/report_build.h"
#include "session/series_run.h"

/* What a person's own figure may be off by, with the model that spreads it over the load. */
static const double GIVEN_BAND_RATIO = 0.8;
/* Below so much of the time the report says what is missing. */
static const double COVERED_ENOUGH = 0.95;

/* The module's power where the log has none: the user's figure, or the table's for its name. */
static void set_module(const struct import_options *options, struct cpu_facts *facts,
                       struct import_settings *settings)
{
    settings->module_watts = settings->module_idle_watts = settings->module_band_ratio = NAN;
    settings->module_model = options->cpu != NULL ? options->cpu : "";
    settings->module_source = "--power";
    settings->module_basis = BASIS_MODELLED;
    if (options->memory_gib > 0)
        settings->module_bytes = (uint64_t)(options->memory_gib * BYTES_PER_GIB);
    if (isfinite(options->watts)) {
        settings->module_watts = options->watts;
        settings->module_band_ratio = GIVEN_BAND_RATIO;
    } else if (options->cpu != NULL) {
        const struct cpu_query query = {
            .model_name = options->cpu,
            .family = -1,
            .model_number = -1,
            .arm_implementer = -1,
            .arm_part = -1,
        };

        catalog_cpu_find(&query, facts);
        if (facts->basis == BASIS_ASSUMED)
            return;                                /* a default for any CPU is none for a module */
        settings->module_watts = facts->tdp_watts; /* the budget of a module is its most */
        settings->module_idle_watts = facts->idle_watts;
        settings->module_band_ratio = facts->band_ratio;
        settings->module_source = facts->source;
    }
}

static int make_settings(const struct import_options *options, struct cpu_facts *facts,
                         struct import_settings *settings_out, struct aico2_error *err)
{
    struct import_settings settings = {
        .path = options->path,
        .form = options->form,
        .start_wall_ns = options->start_wall_ns,
        .interval_ns = options->interval_ns,
        .strict = options->strict,
        .has_utc_offset = options->utc_offset != NULL,
    };

    if (options->utc_offset != NULL &&
        !utc_offset_parse(options->utc_offset, &settings.utc_offset_seconds))
        return aico2_error_set(err, -EINVAL,
                               "--utc-offset '%.40s': not an offset (examples: +01:00, -0530, Z)",
                               options->utc_offset);
    set_module(options, facts, &settings);
    *settings_out = settings;
    return 0;
}

static void describe_run(const struct import_options *options, struct run *run)
{
    const char *slash = strrchr(options->path, '/');

    text_copy_clean(run->name, sizeof(run->name),
                    options->name != NULL             ? options->name
                    : strcmp(options->path, "-") == 0 ? "import"
                    : slash != NULL                   ? slash + 1
                                                      : options->path);
    text_copy_clean(run->stage, sizeof(run->stage),
                    options->stage != NULL ? options->stage : "training");
    text_copy_clean(run->unit, sizeof(run->unit), options->unit != NULL ? options->unit : "");
    text_copy_clean(run->place_option, sizeof(run->place_option),
                    options->place_option != NULL ? options->place_option : "");
    run->state = RUN_IMPORTED;
    run->exit_status = -1;
    run->cpu_seconds = NAN;
    run->scope = SCOPE_MACHINE;
    run->idle = IDLE_PROPORTIONAL;
    run->embodied = options->embodied;
    run->lifetime_years = options->lifetime_years;
    run->units = options->units;
    run->pue = options->pue;
    run->place_basis = options->intensity.place_basis;
    run->own_cpu_seconds = NAN;
}

/* A log tells no name of its machine. It is taken for this one's only where that can be: a Jetson with
 * as many cores. */
static bool is_of_here(const struct import_options *options, const struct series *series,
                       const struct environment *environment, const struct machine *here)
{
    struct jetson_board board;

    if (options->host != NULL)
        return strcmp(options->host, here->hostname) == 0;
    return (!series->jetson || jetson_read_board(&environment->reader, &board)) &&
           (series->threads == 0 || series->threads == here->threads);
}

/* Return: whether it is this machine. */
static bool describe_machine(const struct import_options *options, const struct series *series,
                             struct machine *machine)
{
    struct environment environment = ENVIRONMENT_NULL;
    struct machine here;
    bool is_here = false;

    *machine = (struct machine){
        .cpu_family = -1,
        .cpu_model_number = -1,
        .arm_implementer = -1,
        .arm_part = -1,
        .sockets = 1,
        .cores = series->threads,
        .threads = series->threads,
    };
    if (series->jetson) {
        (void)snprintf(machine->os, sizeof(machine->os), "Linux");
        (void)snprintf(machine->arch, sizeof(machine->arch), "aarch64");
    }
    if (environment_open(&environment, NULL, NULL, &clock_system, NULL, NULL) == 0) {
        machine_read(&environment.reader, &here);
        is_here = is_of_here(options, series, &environment, &here);
        if (is_here)
            *machine = here;
        environment_close(&environment);
    }
    if (options->host != NULL)
        text_copy_clean(machine->hostname, sizeof(machine->hostname), options->host);
    return is_here;
}

/* An assumed module, and time that no reading backs. */
static int add_device_notes(const struct import_options *options,
                            const struct history_record *record, char ***lines, size_t *count)
{
    double seconds = seconds_from_ns(record->run.duration_ns);
    int r = 0;

    for (size_t i = 0; r == 0 && i < record->device_count; i++) {
        const struct device *device = &record->devices[i];
        double covered = record->totals[i].sums.covered_seconds;

        if (device->basis == BASIS_ASSUMED)
            r = lines_add(lines, count,
                          "the log has no power and %s: %.0f W at full load is assumed; --cpu "
                          "\"Jetson Orin Nano 8GB\" or --power W makes it a model",
                          options->cpu != NULL ? "no table has this module"
                                               : "does not say which module it is of",
                          device->max_watts);
        if (r == 0 && device->kind == DEVICE_MODULE && covered < COVERED_ENOUGH * seconds)
            r = lines_add(lines, count,
                          "%s: %.1f %% of the time is covered by readings; what was used in the "
                          "%.0f s of gaps is not counted",
                          device->id, 100 * covered / seconds, seconds - covered);
    }
    return r;
}

static int keep_notes(const struct import_options *options, const struct series *series,
                      struct history_record *record, struct aico2_error *err)
{
    struct strbuf text = { 0 };
    struct json_out json;
    char **lines = NULL;
    size_t count = 0;

    if (add_device_notes(options, record, &lines, &count) < 0) {
        lines_free(lines, count);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    json_out_init(&json, &text);
    json_array_begin(&json, NULL);
    for (size_t i = 0; i < count; i++)
        json_string(&json, NULL, lines[i]);
    for (size_t i = 0; i < series->note_count; i++)
        json_string(&json, NULL, series->notes[i]);
    json_array_end(&json);
    lines_free(lines, count);
    record->run.warnings_json = strbuf_take(&text);
    return record->run.warnings_json == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

/* Return: 1 when it is stored under outcome->run_id already, 0, or -errno. */
static int look_for_it(struct history *history, const struct import_options *options,
                       struct run *run, struct import_outcome *outcome, struct aico2_error *err)
{
    int64_t started_wall_ns;
    char then[32];
    char now[32];
    int r = history_find_import(history, run->id, outcome->run_id, &started_wall_ns, err);

    if (r <= 0)
        return r;
    if (options->again) {
        ulid_make(run->id, run->started_wall_ns);
        return 0;
    }
    if (started_wall_ns == run->started_wall_ns)
        return 1;
    wall_time_format(then, sizeof(then), started_wall_ns);
    wall_time_format(now, sizeof(now), run->started_wall_ns);
    return aico2_error_set(err, -EEXIST,
                           "the same text is run %s already, from %s on, not %s: --again imports "
                           "it once more",
                           outcome->run_id, then, now);
}

static int store(const struct import_options *options, struct history_record *record,
                 const struct series_rows *rows, struct report *report,
                 struct import_outcome *outcome, struct aico2_error *err)
{
    struct history *history;
    int r = history_open(options->db_path, options->dry_run ? HISTORY_READ : HISTORY_WRITE,
                         &history, err);

    if (r == -ENOENT && options->dry_run)
        return 0; /* there is no history yet */
    if (r < 0)
        return r;
    r = look_for_it(history, options, &record->run, outcome, err);
    outcome->already = r == 1;
    if (r == 0) {
        memcpy(outcome->run_id, record->run.id, ULID_SIZE);
        memcpy(report->run.id, record->run.id, ULID_SIZE);
        place_keep_match(&record->run, report);
        if (!options->dry_run)
            r = history_store_samples(history, record, rows->items, rows->count,
                                      report->total.value, report->total_gco2e.value, err);
    }
    history_close(history);
    return r < 0 ? r : 0;
}

static int build(const struct import_options *options, struct series *series,
                 struct history_record *record, struct series_rows *rows, struct report *report,
                 struct aico2_error *err)
{
    const struct carbon_basis basis = {
        .intensity = options->intensity,
        .series = options->series,
        .pue = options->pue,
    };
    unsigned char bits[DIGEST_SIZE];
    int r = series_run_read(series, options->series, record, rows, err);

    if (r < 0)
        return r;
    describe_run(options, &record->run);
    if (!describe_machine(options, series, &record->run.machine)) {
        for (size_t i = 0; i < record->device_count; i++)
            device_set_machine(&record->devices[i], record->run.machine.hostname);
    }
    digest_bytes(&series->digest, bits);
    ulid_make_of(record->run.id, record->run.started_wall_ns, bits);
    r = keep_notes(options, series, record, err);
    if (r < 0)
        return r;
    return report_build(record, &basis, report, err);
}

int import_log(const struct import_options *options, struct report *report_out,
               struct import_outcome *outcome_out, struct aico2_error *err)
{
    struct import_outcome outcome = { .already = false };
    AICO2_CLEANUP(history_record_deinit) struct history_record record = { 0 };
    AICO2_CLEANUP(series_rows_deinit) struct series_rows rows = { 0 };
    struct report report = { 0 };
    struct import_settings settings;
    struct cpu_facts facts;
    struct series *series;
    int r = make_settings(options, &facts, &settings, err);

    if (r == 0)
        r = importer_open(&settings, &series, err);
    if (r < 0)
        return r;
    r = build(options, series, &record, &rows, &report, err);
    series_close(series);
    if (r == 0)
        r = store(options, &record, &rows, &report, &outcome, err);
    if (r < 0 || outcome.already)
        report_deinit(&report);
    else
        *report_out = report;
    if (r == 0)
        *outcome_out = outcome;
    return r;
}
