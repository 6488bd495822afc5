/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/import_read.c - the runs of a log, read to its end and ready to be stored */
#include "session/series/import_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/text.h"
#include "catalog/hardware.h"
#include "importers/importer.h"
#include "importers/local_time.h"
#include "model/units.h"
#include "readers/jetson_board.h"
#include "readers/machine.h"
#include "session/environment.h"
#include "session/report/build.h"

/* What a person's own figure may be off by, with the model that spreads it over the load. */
static const double GIVEN_BAND_RATIO = 0.8;
/* Below so much of the time the report says what is missing. */
static const double COVERED_ENOUGH = 0.95;

/* What the log may be of, and what settings point to while it is read. */
struct here {
    bool known;
    struct machine machine;
    bool jetson;
    struct jetson_board board;
    struct cpu_facts facts;
};

static void look_around(const struct import_options *options, struct here *here)
{
    struct environment environment = ENVIRONMENT_NULL;

    if (environment_open(&environment, options->sysroot, NULL, &clock_system, NULL, NULL) < 0)
        return;
    here->known = true;
    machine_read(&environment.reader, &here->machine);
    here->jetson = jetson_read_board(&environment.reader, &here->board);
    environment_close(&environment);
}

/* The module's power where the log has none: the user's figure, or the table's for its name, or for this
 * machine's module, if the log may be its. */
static void set_module(const struct import_options *options, struct here *here,
                       struct import_settings *settings)
{
    struct cpu_facts *facts = &here->facts;
    const char *name = options->cpu;

    settings->module_watts = settings->module_idle_watts = settings->module_band_ratio = NAN;
    settings->module_model = options->cpu != NULL ? options->cpu : "";
    settings->module_source = "--power";
    settings->module_basis = BASIS_MODELLED;
    if (options->memory_gib > 0)
        settings->module_bytes = (uint64_t)(options->memory_gib * BYTES_PER_GIB);
    if (isfinite(options->watts)) {
        settings->module_watts = options->watts;
        settings->module_band_ratio = GIVEN_BAND_RATIO;
        return;
    }
    if (name == NULL && options->host == NULL && here->jetson && here->board.product[0] != '\0') {
        name = here->board.product;
        settings->module_model = here->board.model;
        settings->module_cores = here->machine.threads;
    }
    if (name != NULL) {
        const struct cpu_query query = {
            .model_name = name,
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

static int make_settings(const struct import_options *options, struct here *here,
                         struct import_settings *settings_out, struct aico2_error *err)
{
    struct import_settings settings = {
        .path = options->path,
        .from_fd = options->from_fd,
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
    set_module(options, here, &settings);
    *settings_out = settings;
    return 0;
}

static void name_run(const struct import_options *options, const struct series_facts *facts,
                     struct run *run)
{
    const char *slash = strrchr(options->path, '/');
    const char *name = slash != NULL ? slash + 1 : options->path;

    if (strcmp(options->path, "-") == 0)
        name = "import";
    if (facts->name[0] != '\0')
        name = facts->name;
    text_copy_clean(run->name, sizeof(run->name), options->name != NULL ? options->name : name);
    text_copy_clean(run->stage, sizeof(run->stage),
                    options->stage != NULL    ? options->stage
                    : facts->stage[0] != '\0' ? facts->stage
                                              : "training");
}

static void describe_run(const struct import_options *options, const struct series_facts *facts,
                         struct run *run)
{
    name_run(options, facts, run);
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
    run->price = options->price;
    if (!options->pue_given && isfinite(facts->pue)) {
        run->pue = facts->pue;
    } else {
        run->pue = options->pue;
        text_copy_clean(run->pue_source, sizeof(run->pue_source),
                        options->pue_source != NULL ? options->pue_source : "");
    }
    run->wue_given = options->wue_given;
    run->wue_l_per_kwh = options->wue_l_per_kwh;
    run->place_basis = options->intensity.place_basis;
    run->own_cpu_seconds = NAN;
}

/* A log is taken for this machine's only where that can be: by the name in it, a Jetson if this is one of
 * as many cores, else the same CPU. */
static bool is_of_here(const struct import_options *options, const struct series *series,
                       const struct here *here)
{
    const struct series_facts *facts = &series->facts;

    if (!here->known)
        return false;
    if (options->host != NULL)
        return strcmp(options->host, here->machine.hostname) == 0;
    if (facts->hostname[0] != '\0')
        return strcmp(facts->hostname, here->machine.hostname) == 0;
    if (series->jetson ? !here->jetson
                       : !text_equal_nocase(facts->cpu_model, here->machine.cpu_model))
        return false;
    return facts->threads == 0 || facts->threads == here->machine.threads;
}

static struct machine machine_of(const struct series *series)
{
    const struct series_facts *facts = &series->facts;
    struct machine machine = {
        .cpu_family = -1,
        .cpu_model_number = -1,
        .arm_implementer = -1,
        .arm_part = -1,
        .sockets = 1,
        .cores = facts->threads,
        .threads = facts->threads,
    };

    text_copy_clean(machine.hostname, sizeof(machine.hostname), facts->hostname);
    text_copy_clean(machine.os, sizeof(machine.os), series->jetson ? "Linux" : facts->os);
    text_copy_clean(machine.os_release, sizeof(machine.os_release), facts->os_release);
    text_copy_clean(machine.arch, sizeof(machine.arch), series->jetson ? "aarch64" : facts->arch);
    text_copy_clean(machine.cpu_model, sizeof(machine.cpu_model), facts->cpu_model);
    return machine;
}

static void describe_machine(const struct import_options *options, const struct series *series,
                             const struct here *here, struct history_record *record)
{
    struct machine *machine = &record->run.machine;
    bool is_here = is_of_here(options, series, here);

    *machine = is_here ? here->machine : machine_of(series);
    if (options->host != NULL)
        text_copy_clean(machine->hostname, sizeof(machine->hostname), options->host);
    for (size_t i = 0; !is_here && i < record->device_count; i++)
        device_set_machine(&record->devices[i], machine->hostname);
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

        if (device->kind == DEVICE_MODULE && device->basis == BASIS_ASSUMED)
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

static int add_place_note(const struct import_options *options, const struct series_facts *facts,
                          char ***lines, size_t *count)
{
    if (facts->country[0] == '\0' || options->intensity.place_basis != PLACE_WORLD)
        return 0;
    return lines_add(
        lines, count,
        "the log says '%.20s' for the country, and nobody here did: --country %.20s if "
        "that is right",
        facts->country, facts->country);
}

void import_preparation_deinit(struct import_preparation *all)
{
    for (size_t i = 0; i < all->count; i++) {
        history_record_deinit(&all->items[i].record);
        series_rows_deinit(&all->items[i].rows);
        lines_free(all->items[i].notes, all->items[i].note_count);
        report_deinit(&all->items[i].report);
    }
    free(all->items);
}

static int gather_notes(const struct import_options *options, const struct series *series,
                        struct import_prepared *prepared)
{
    char ***lines = &prepared->notes;
    size_t *count = &prepared->note_count;
    int r = add_device_notes(options, &prepared->record, lines, count);

    if (r == 0)
        r = add_place_note(options, &series->facts, lines, count);
    for (size_t i = 0; r == 0 && i < series->note_count; i++)
        r = lines_add(lines, count, "%s", series->notes[i]);
    return r;
}

static int prepare(const struct import_options *options, struct series *series,
                   const struct here *here, struct import_prepared *prepared,
                   struct aico2_error *err)
{
    struct history_record *record = &prepared->record;
    struct run *run = &record->run;
    unsigned char bits[DIGEST_SIZE];
    int r = series_run_read(series, NULL, options->cuts, record, &prepared->rows, err);

    if (r < 0)
        return r;
    describe_run(options, &series->facts, run);
    describe_machine(options, series, here, record);
    digest_bytes(&series->digest, bits);
    ulid_make_of(run->id, run->started_wall_ns, bits);
    if (strlen(series->facts.run_id) == ULID_SIZE - 1)
        memcpy(prepared->their_id, series->facts.run_id, ULID_SIZE);
    if (gather_notes(options, series, prepared) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

static int prepare_all(const struct import_options *options, struct series *series,
                       const struct here *here, struct import_preparation *all,
                       struct aico2_error *err)
{
    size_t slices = 0;
    int r = 1;

    while (r > 0) {
        if (array_reserve(&all->items, &all->capacity, all->count + 1, sizeof(*all->items)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        all->items[all->count] = (struct import_prepared){ .their_id = "" };
        r = prepare(options, series, here, &all->items[all->count++], err);
        slices += all->items[all->count - 1].record.slices.count;
        if (r == 0 &&
            slices > SERIES_SLICES_MAX) /* all of them are in memory before one is stored */
            r = series_refuse_length(err);
        if (r == 0)
            r = series->next_run == NULL ? 0 : series->next_run(series, err);
    }
    return r;
}

int import_read(const struct import_options *options, struct import_preparation *all,
                struct aico2_error *err)
{
    struct import_settings settings;
    struct here here = { .known = false };
    struct series *series;
    int r;

    look_around(options, &here);
    r = make_settings(options, &here, &settings, err);
    if (r == 0)
        r = importer_open(&settings, &series, err);
    if (r < 0)
        return r;
    r = prepare_all(options, series, &here, all, err);
    series_close(series);
    return r;
}
