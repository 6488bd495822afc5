/* SPDX-License-Identifier: Apache-2.0 */
/* writers/seed_usage.c - a run's load in the three figures that the original project knows */
#include "writers/seed_usage.h"

#include <math.h>

static const struct report_device *first_of(const struct report *report, enum device_kind kind)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (report->devices[i].device.kind == kind)
            return &report->devices[i];
    }
    return NULL;
}

/* Over all of a kind: the original has one figure for the machine's CPUs, and one for its GPUs. */
static double mean_percent(const struct report *report, enum device_kind kind)
{
    double sum = 0;
    size_t count = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *device = &report->devices[i];

        if (device->device.kind != kind || !isfinite(device->mean_utilization_ratio))
            continue;
        sum += device->mean_utilization_ratio;
        count++;
    }
    return count == 0 ? NAN : sum / (double)count * 100;
}

/* Of the graphics within a module: a rail that feeds them has their load. */
static double graphics_percent(const struct report *report)
{
    const struct report_device *module = first_of(report, DEVICE_MODULE);

    return module == NULL ? NAN : mean_percent(report, DEVICE_PART);
}

struct seed_usage seed_usage_of(const struct report *report)
{
    struct seed_usage usage = {
        .cpu_percent = mean_percent(report, DEVICE_CPU),
        .ram_percent = mean_percent(report, DEVICE_MEMORY),
        .gpu_percent = first_of(report, DEVICE_GPU) == NULL ? graphics_percent(report)
                                                            : mean_percent(report, DEVICE_GPU),
    };

    if (!isfinite(usage.cpu_percent)) /* a module stands for its CPUs */
        usage.cpu_percent = mean_percent(report, DEVICE_MODULE);
    return usage;
}

const char *seed_gpu_model(const struct report *report)
{
    const struct report_device *gpu = first_of(report, DEVICE_GPU);

    return gpu == NULL ? "" : gpu->device.model;
}
