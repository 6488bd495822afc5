/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/run_detail.c - what a list of runs tells of each beside its totals */
#include "session/report/run_detail.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

static const char *model_of(const struct report *report, size_t device)
{
    return report->devices[device].device.model;
}

static bool same_hardware(const struct report *report, size_t a, size_t b)
{
    return report->devices[a].device.kind == report->devices[b].device.kind &&
           strcmp(model_of(report, a), model_of(report, b)) == 0;
}

/* "8 × NVIDIA A100": a model once, where its first device stands. */
static void add_hardware(struct run_detail *detail, const struct report *report, size_t device)
{
    size_t count = 0;

    for (size_t i = 0; i < device; i++) {
        if (same_hardware(report, i, device))
            return;
    }
    for (size_t i = device; i < report->device_count; i++)
        count += same_hardware(report, i, device);
    if (detail->hardware[0] != '\0')
        text_append(detail->hardware, sizeof(detail->hardware), ", ");
    if (count > 1)
        text_append(detail->hardware, sizeof(detail->hardware), "%zu × ", count);
    text_append(detail->hardware, sizeof(detail->hardware), "%s", model_of(report, device));
}

/* What computes, the most of it first; a machine whose devices have no name by its processor. */
static void list_hardware(struct run_detail *detail, const struct report *report)
{
    static const enum device_kind kinds[] = { DEVICE_GPU, DEVICE_MODULE, DEVICE_CPU };

    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
        for (size_t i = 0; i < report->device_count; i++) {
            if (report->devices[i].device.kind == kinds[k] && model_of(report, i)[0] != '\0')
                add_hardware(detail, report, i);
        }
    }
    if (detail->hardware[0] == '\0')
        text_append(detail->hardware, sizeof(detail->hardware), "%s",
                    report->run.machine.cpu_model);
}

static void take_epochs(struct run_detail *detail, const struct report *report)
{
    double grams = 0;
    double epochs = 0;

    for (size_t i = 0; i < report->task_count; i++) {
        if (report->tasks[i].kind != TASK_EPOCH)
            continue;
        grams += report->tasks[i].total_gco2e;
        epochs += report->tasks[i].epochs;
    }
    if (!(epochs > 0) || !isfinite(grams))
        return;
    (void)snprintf(detail->unit, sizeof(detail->unit), "epoch");
    detail->units = epochs;
    detail->gco2e_per_unit = grams / epochs;
}

void run_detail_make(const struct report *report, struct run_detail *detail_out)
{
    const struct run *run = &report->run;
    struct run_detail detail = { .units = NAN, .gco2e_per_unit = NAN };

    (void)snprintf(detail.place, sizeof(detail.place), "%s", report->intensity.place);
    detail.intensity_gco2e_per_kwh = report->intensity.gco2e_per_kwh.value;
    detail.total_joules = report->total;
    detail.total_gco2e = report->total_gco2e;
    detail.measured_ratio = report->measured_ratio;
    list_hardware(&detail, report);
    if (isfinite(run->units) && run->unit[0] != '\0') {
        (void)snprintf(detail.unit, sizeof(detail.unit), "%s", run->unit);
        detail.units = run->units;
        detail.gco2e_per_unit = report->sci_gco2e_per_unit;
    } else {
        take_epochs(&detail, report);
    }
    *detail_out = detail;
}
