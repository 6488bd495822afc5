/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/tick.c - what counters took of a report last, for who looks on */
#include "session/report/tick.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "session/metrics/coarse.h"

static struct band energy_of(const struct report *report, const char *id)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (strcmp(report->devices[i].device.id, id) == 0)
            return report->devices[i].energy;
    }
    return BAND_NONE;
}

/* The band around its energy so far is the one around its power. */
static double scaled(double watts, double end_joules, double joules)
{
    return joules > 0 ? watts * end_joules / joules : NAN;
}

static void coarsen(struct tick_device *device)
{
    device->watts = coarse_watts(device->watts);
    device->low_watts = coarse_watts(device->low_watts);
    device->high_watts = coarse_watts(device->high_watts);
    device->utilization_ratio = coarse_ratio(device->utilization_ratio);
    device->joules = coarse_joules(device->joules);
}

int tick_of_report(struct tick *tick, const struct device_counters *counters,
                   const struct report *report, bool exact)
{
    tick->device_count = 0;
    tick->memory_used_bytes = tick->memory_total_bytes = NAN;
    if (array_reserve(&tick->devices, &tick->device_capacity, counters->count,
                      sizeof(*tick->devices)) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < counters->count; i++) {
        const struct device_counter *item = &counters->items[i];
        struct tick_device *device = &tick->devices[tick->device_count];
        struct band energy;

        if (!item->present)
            continue;
        energy = energy_of(report, item->device.id);
        *device = (struct tick_device){
            .kind = item->device.kind,
            .basis = item->device.basis,
            .added = item->added,
            .watts = item->watts,
            .low_watts = scaled(item->watts, energy.low, energy.value),
            .high_watts = scaled(item->watts, energy.high, energy.value),
            .utilization_ratio = item->utilization_ratio,
            .joules = rising_total(item->joules),
            .memory_used_bytes = NAN,
            .memory_total_bytes =
                item->device.memory_bytes > 0 ? (double)item->device.memory_bytes : NAN,
        };
        if (!exact)
            coarsen(device);
        memcpy(device->id, item->device.id, sizeof(device->id));
        tick->device_count++;
    }
    return 0;
}

void tick_deinit(struct tick *tick)
{
    free(tick->devices);
    *tick = (struct tick){ 0 };
}
