/* SPDX-License-Identifier: Apache-2.0 */
/* importers/totals_log.c - files that hold sums of finished runs and no course, as sources of readings */
#include "importers/totals_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lines.h"

struct totals_log {
    struct series base;
    const struct importer *importer;
    struct totals_run *runs;
    size_t count;
    size_t at;     /* the run in hand */
    size_t handed; /* readings of it so far: all first ones, then all second ones */
    struct series_device devices[TOTALS_DEVICES_MAX];
};

struct totals_device *totals_add(struct totals_run *run, enum device_kind kind, enum basis basis,
                                 const char *id, double joules, double band_ratio)
{
    struct totals_device *device = &run->devices[run->device_count];

    if (run->device_count == TOTALS_DEVICES_MAX)
        return NULL;
    run->device_count++;
    *device = (struct totals_device){
        .kind = kind,
        .basis = basis,
        .joules = joules,
        .band_ratio = band_ratio,
        .utilization_ratio = NAN,
    };
    (void)snprintf(device->id, sizeof(device->id), "%s", id);
    return device;
}

static void describe(struct totals_log *log)
{
    const struct totals_run *run = &log->runs[log->at];
    double seconds = seconds_from_ns(run->end_ns - run->start_ns);

    log->base.device_count = run->device_count;
    log->base.facts = run->facts;
    log->base.digest = run->digest;
    log->base.interval_ns = run->end_ns - run->start_ns;
    for (size_t i = 0; i < run->device_count; i++) {
        const struct totals_device *of = &run->devices[i];
        struct device *device = &log->devices[i].device;
        bool metered = isfinite(of->joules);

        *device = DEVICE_NULL;
        log->devices[i].kind = metered ? SERIES_COUNTER : SERIES_NONE;
        device->kind = of->kind;
        device->basis = of->basis;
        device->band_ratio = of->band_ratio;
        device->fields = metered ? SAMPLE_ENERGY : SAMPLE_UTILIZATION;
        device->host_share = metered ? 1 : 0; /* its making is told with its energy */
        device->memory_bytes = of->memory_bytes;
        device->burst_watts = 2 * of->joules / seconds; /* its own mean: believed as it stands */
        (void)snprintf(device->id, sizeof(device->id), "%s", of->id);
        (void)snprintf(device->model, sizeof(device->model), "%s", of->model);
        (void)snprintf(device->note, sizeof(device->note), "%s", of->note);
        (void)snprintf(device->reader, sizeof(device->reader), "%s", log->importer->name);
    }
    log->handed = 0;
}

static int totals_next(struct series *base, struct series_reading *reading_out,
                       struct aico2_error *err)
{
    struct totals_log *log = (struct totals_log *)base;
    const struct totals_run *run = &log->runs[log->at];
    size_t device = log->handed % run->device_count;
    bool second = log->handed >= run->device_count;
    const struct totals_device *of = &run->devices[device];

    (void)err;
    if (log->handed == 2 * run->device_count)
        return 0;
    log->handed++;
    *reading_out = (struct series_reading){
        .device = device,
        .sample = { .mono_ns = second ? run->end_ns : run->start_ns },
    };
    if (isfinite(of->joules)) {
        reading_out->sample.energy_uj = second ? (uint64_t)llround(of->joules * 1e6) : 0;
        reading_out->sample.valid |= SAMPLE_ENERGY;
    }
    if (isfinite(of->utilization_ratio)) {
        reading_out->sample.utilization_ratio = of->utilization_ratio;
        reading_out->sample.valid |= SAMPLE_UTILIZATION;
    }
    return 1;
}

static int totals_next_run(struct series *base, struct aico2_error *err)
{
    struct totals_log *log = (struct totals_log *)base;

    (void)err;
    if (log->at + 1 >= log->count)
        return 0;
    log->at++;
    describe(log);
    return 1;
}

static void totals_close(struct series *base)
{
    struct totals_log *log = (struct totals_log *)base;

    lines_free(base->notes, base->note_count);
    free(log->runs);
    free(log);
}

int totals_open(const struct importer *importer, struct totals_run *runs, size_t count,
                char **notes, size_t note_count, struct series **series_out,
                struct aico2_error *err)
{
    struct totals_log *log = calloc(1, sizeof(*log));

    if (log == NULL) {
        lines_free(notes, note_count);
        free(runs);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    log->base.next = totals_next;
    log->base.next_run = totals_next_run;
    log->base.close = totals_close;
    log->base.devices = log->devices;
    log->base.notes = notes;
    log->base.note_count = note_count;
    log->importer = importer;
    log->runs = runs;
    log->count = count;
    describe(log);
    *series_out = &log->base;
    return 0;
}
