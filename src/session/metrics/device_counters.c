/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/device_counters.c - what each device has used since counting began, over run after run */
#include "session/metrics/device_counters.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

/* A tick of a second may come a little early after one that was late. */
static const int64_t LEAST_NS = 950 * NSEC_PER_MSEC;

#define RISING_NULL ((struct rising){ 0, NAN })

double rising_total(struct rising rising)
{
    return rising.ended + rising.now;
}

/* What was estimated anew may be lower than it was: the counter waits until it is passed again. */
static void raise_to(struct rising *rising, double value)
{
    if (isfinite(value) && !(rising->now >= value))
        rising->now = value;
}

static void begin_anew(struct rising *rising)
{
    if (!isfinite(rising->now))
        return;
    rising->ended += rising->now;
    rising->now = 0;
}

static void begin_run(struct device_counters *counters, const struct report *report)
{
    for (size_t i = 0; i < counters->count; i++) {
        struct device_counter *item = &counters->items[i];

        begin_anew(&item->joules);
        begin_anew(&item->gco2e);
        begin_anew(&item->embodied);
        begin_anew(&item->gap_seconds);
        begin_anew(&item->active_joules);
        item->then_joules = 0;
        item->then_seconds = 0;
        item->then_busy_seconds = 0;
        item->then_utilization_seconds = 0;
        item->then_active_joules = 0;
    }
    if (counters->run_id[0] == '\0')
        counters->late_ticks = counters->own_joules = RISING_NULL;
    begin_anew(&counters->late_ticks);
    begin_anew(&counters->own_joules);
    memcpy(counters->run_id, report->run.id, sizeof(counters->run_id));
    counters->taken_ns = 0;
    counters->ended = false;
}

/* Return: NULL when there is no memory. */
static struct device_counter *find_or_add(struct device_counters *counters,
                                          const struct device *device)
{
    for (size_t i = 0; i < counters->count; i++) {
        const struct device *known = &counters->items[i].device;

        if (strcmp(known->id, device->id) == 0 && strcmp(known->reader, device->reader) == 0 &&
            known->basis == device->basis && known->kind == device->kind)
            return &counters->items[i];
    }
    if (array_reserve(&counters->items, &counters->capacity, counters->count + 1,
                      sizeof(*counters->items)) < 0)
        return NULL;
    counters->items[counters->count] = (struct device_counter){
        .joules = RISING_NULL,
        .gco2e = RISING_NULL,
        .embodied = RISING_NULL,
        .gap_seconds = RISING_NULL,
        .active_joules = RISING_NULL,
        .watts = NAN,
        .utilization_ratio = NAN,
    };
    return &counters->items[counters->count++];
}

/* Power and load since the last report: means of that time, as far as it was measured. */
static void take_latest(struct device_counter *item, const struct report_device *device,
                        double run_seconds)
{
    const double joules = isfinite(device->energy.value) ? device->energy.value : 0;
    const double seconds = fmax(run_seconds - device->gap_seconds, 0);
    const double utilization_seconds = device->utilization_seconds;
    const double busy_seconds =
        utilization_seconds > 0 ? device->mean_utilization_ratio * utilization_seconds : 0;
    const double measured = seconds - item->then_seconds;
    const double told = utilization_seconds - item->then_utilization_seconds;

    item->watts = measured > 0 ? fmax(joules - item->then_joules, 0) / measured : NAN;
    item->utilization_ratio =
        told > 0 ? fmin(fmax(busy_seconds - item->then_busy_seconds, 0) / told, 1) : NAN;
    if (isfinite(item->utilization_ratio)) {
        item->then_active_joules += fmax(joules - item->then_joules, 0) * item->utilization_ratio;
        raise_to(&item->active_joules, item->then_active_joules);
    }
    item->then_joules = joules;
    item->then_seconds = seconds;
    item->then_utilization_seconds = utilization_seconds;
    item->then_busy_seconds = busy_seconds;
}

/* latest: enough time has passed since the last report for a mean power. */
static int take_device(struct device_counters *counters, const struct report *report,
                       const struct report_device *device, bool latest)
{
    struct device_counter *item = find_or_add(counters, &device->device);

    if (item == NULL)
        return -ENOMEM;
    item->device = device->device;
    item->added = report_is_added(device);
    item->present = true;
    raise_to(&item->joules, device->energy.value);
    raise_to(&item->gco2e, device->operational_gco2e);
    raise_to(&item->embodied, device->embodied_gco2e);
    raise_to(&item->gap_seconds, device->gap_seconds);
    if (latest)
        take_latest(item, device, seconds_from_ns(report->run.duration_ns));
    return 0;
}

static void forget_latest(struct device_counters *counters)
{
    for (size_t i = 0; i < counters->count; i++) {
        counters->items[i].present = false;
        counters->items[i].watts = NAN;
        counters->items[i].utilization_ratio = NAN;
    }
}

int device_counters_take(struct device_counters *counters, const struct report *report)
{
    const struct run *run = &report->run;
    const bool same_run = strcmp(counters->run_id, run->id) == 0;
    const bool ended = run->state != RUN_RUNNING;
    const bool latest = run->duration_ns - (same_run ? counters->taken_ns : 0) >= LEAST_NS;

    if ((same_run && counters->ended) || (!latest && !ended))
        return 0;
    if (!same_run)
        begin_run(counters, report);
    if (latest)
        forget_latest(counters);
    for (size_t i = 0; i < report->device_count; i++) {
        if (take_device(counters, report, &report->devices[i], latest) < 0)
            return -ENOMEM;
    }
    raise_to(&counters->late_ticks, (double)run->late_ticks);
    raise_to(&counters->own_joules, report->own_energy.value);
    counters->taken_ns = run->duration_ns;
    counters->ended = ended;
    return 1;
}

void device_counters_deinit(struct device_counters *counters)
{
    free(counters->items);
    *counters = (struct device_counters){ 0 };
}
