/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/own_energy.c - what this program itself used, as a part of what others did */
#include "session/report/own_energy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "attribution/split.h"
#include "carbon/footprint.h"

/* It computes on CPUs alone: what a GPU does is none of its work. */
static bool is_by_cpu_time(const struct report_device *item)
{
    return report_is_added(item) && item->device.kind != DEVICE_GPU;
}

int report_add_own_energy(struct report *report, const struct history_record *record)
{
    struct class_part *parts = calloc(report->device_count + 1, sizeof(*parts));
    double own_seconds = report->run.own_cpu_seconds;
    size_t count = 0;

    report->own_energy = BAND_NONE;
    if (parts == NULL)
        return -ENOMEM;
    for (size_t i = 0; isfinite(own_seconds) && i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];
        double ratio = isfinite(item->device.band_ratio) ? item->device.band_ratio : 1;
        double joules;

        if (!is_by_cpu_time(item))
            continue;
        joules = attribution_of_other(item->job_joules, item->others_joules, own_seconds,
                                      record->totals[i].sums.all_activity);
        parts[count++] = (struct class_part){
            .kind = item->device.kind,
            .part = band_relative(joules, ratio),
        };
    }
    if (count > 0)
        report->own_energy = footprint_add_bands(parts, count);
    free(parts);
    return 0;
}
