/* SPDX-License-Identifier: Apache-2.0 */
/* importers/seed.c - a report of the original project as a run: its own estimate, as one sum */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "importers/seed_report.h"
#include "importers/totals_log.h"

/* The power of its parts was found by the likeness of their names, and the load is a mean. */
static const double BAND_RATIO = 1;

/* What the file tells of a part beside the energy of all: never added to it. */
static void add_load(struct totals_run *run, enum device_kind kind, const char *id,
                     const char *model, double ratio)
{
    struct totals_device *device;

    if (model[0] == '\0' && !isfinite(ratio))
        return;
    device = totals_add(run, kind, BASIS_ASSUMED, id, NAN, NAN);
    device->utilization_ratio = ratio;
    (void)snprintf(device->model, sizeof(device->model), "%s", model);
    (void)snprintf(device->note, sizeof(device->note), "its mean load alone: %s",
                   kind == DEVICE_MEMORY ? "the file has no energy of the memory"
                                         : "its energy is in that of CPU and GPU together");
}

static void make_run(const struct seed_report *report, const struct import_settings *settings,
                     struct totals_run *run)
{
    const char *slash = strrchr(settings->path, '/');
    const char *name = slash != NULL ? slash + 1 : settings->path;
    struct totals_device *device;

    *run = (struct totals_run){ .facts = SERIES_FACTS_NULL, .end_ns = report->end_ns };
    run->start_ns = report->end_ns - (int64_t)(report->duration_seconds * 1e9);
    if (strncmp(name, "inference", 9) == 0)
        (void)snprintf(run->facts.stage, sizeof(run->facts.stage), "inference");
    (void)snprintf(run->facts.hostname, sizeof(run->facts.hostname), "%s", report->hostname);
    (void)snprintf(run->facts.os, sizeof(run->facts.os), "%s", report->os);
    (void)snprintf(run->facts.os_release, sizeof(run->facts.os_release), "%s", report->os_release);
    (void)snprintf(run->facts.arch, sizeof(run->facts.arch), "%s", report->arch);
    (void)snprintf(run->facts.cpu_model, sizeof(run->facts.cpu_model), "%s", report->cpu_model);
    device = totals_add(run, DEVICE_OTHER, BASIS_ASSUMED, "cpu+gpu", report->energy_wh * 3600,
                        BAND_RATIO);
    (void)snprintf(device->model, sizeof(device->model), "%.70s%s%.70s", report->cpu_model,
                   report->gpu_model[0] != '\0' ? ", " : "", report->gpu_model);
    (void)snprintf(device->note, sizeof(device->note),
                   "CPU and GPU together, by mean load and powers that were found by the likeness "
                   "of names; without memory; ended within the minute of its date");
    device->utilization_ratio = report->cpu_ratio;
    add_load(run, DEVICE_CPU, "cpu", report->cpu_model, report->cpu_ratio);
    add_load(run, DEVICE_GPU, "gpu", report->gpu_model, report->gpu_ratio);
    add_load(run, DEVICE_MEMORY, "ram", "", report->ram_ratio);
}

static int seed_open(struct log_text *text, const struct import_settings *settings,
                     struct series **series_out, struct aico2_error *err)
{
    struct totals_run *run = malloc(sizeof(*run));
    struct local_time time = LOCAL_TIME_NULL;
    struct seed_report report;
    char **notes = NULL;
    size_t note_count = 0;
    int r = run == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;

    time.has_offset = settings->has_utc_offset;
    time.offset_seconds = settings->utc_offset_seconds;
    if (r == 0)
        r = seed_report_parse(text, &time, &report, err);
    if (r == 0) {
        make_run(&report, settings, run);
        run->digest = text->digest;
        local_time_note(&time, &notes, &note_count);
        r = totals_open(&importer_seed, run, 1, notes, note_count, series_out, err);
    } else {
        free(run);
    }
    log_text_close(text);
    return r;
}

static bool seed_recognise(const char *head)
{
    static const char first[] = "Operating System Name,";

    if (head[0] == '"')
        return strncmp(head + 1, "Operating System Name\",", sizeof(first)) == 0;
    return strncmp(head, first, sizeof(first) - 1) == 0;
}

const struct importer importer_seed = {
    .name = "seed",
    .recognise = seed_recognise,
    .open = seed_open,
};
