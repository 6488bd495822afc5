/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/past.c - a stored run as snapshots of its time, the oldest first */
#include "session/metrics/past.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "session/metrics/coarse.h"
#include "session/metrics/report.h"
#include "session/report/build.h"

static const int64_t WINDOW_NS = 3600 * NSEC_PER_SEC;
/* what is finer is a side channel; a sample comes a little early now and then */
static const int64_t SPACING_NS = 950 * NSEC_PER_MSEC;

struct past_row {
    int64_t end_wall_ns;
    size_t device;
    double joules;
    double seconds; /* that they are of; 0: they tell no power */
};

struct past_device {
    const struct report_device *device;
    double joules;      /* since the run began */
    double watts;       /* of the last snapshot's time */
    double part_joules; /* since the snapshot before */
    double part_seconds;
    bool is_seen;
};

struct past {
    const struct report *report;
    struct past_device *devices;
    struct past_row *rows;
    size_t row_count, row_capacity;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    int64_t told_wall_ns; /* the last snapshot's time */
    struct metrics metrics;
    past_metrics_fn *each;
    void *payload;
};

static int take_row(void *payload, const struct history_sample_row *row)
{
    struct past *past = payload;
    const struct history_sample *sample = &row->sample;

    /* rows of two windows: each counts in the one it ends in */
    if (sample->end_wall_ns <= past->from_wall_ns || sample->end_wall_ns > past->to_wall_ns)
        return 0;
    for (size_t i = 0; i < past->report->device_count; i++) {
        if (strcmp(past->report->devices[i].device.id, row->device->id) != 0)
            continue;
        if (array_reserve(&past->rows, &past->row_capacity, past->row_count + 1,
                          sizeof(*past->rows)) < 0)
            return -ENOMEM;
        past->rows[past->row_count++] = (struct past_row){
            .end_wall_ns = sample->end_wall_ns,
            .device = i,
            .joules = sample->sums.joules,
            .seconds = sample->sums.covered_seconds,
        };
        return 0;
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct past_row *first = a;
    const struct past_row *second = b;

    if (first->end_wall_ns != second->end_wall_ns)
        return first->end_wall_ns < second->end_wall_ns ? -1 : 1;
    return (first->device > second->device) - (first->device < second->device);
}

static void add_devices(struct past *past)
{
    static const char *const names[] = { "aico2_run_device_energy_joules_total",
                                         "aico2_run_device_power_watts" };
    static const char *const helps[] = { "Energy a device used since the run began, without PUE.",
                                         "Mean power of a device between two samples." };

    for (int family = 0; family < 2; family++) {
        metrics_family(&past->metrics, family == 0 ? METRIC_COUNTER : METRIC_GAUGE, names[family],
                       family == 0 ? "joules" : "watts", helps[family]);
        for (size_t i = 0; i < past->report->device_count; i++) {
            const struct past_device *item = &past->devices[i];
            const struct device *device = &item->device->device;
            const struct metric_label labels[] = {
                { "run_id", past->report->run.id },         { "device", device->id },
                { "kind", device_kind_name(device->kind) }, { "reader", device->reader },
                { "basis", basis_name(device->basis) },
            };

            if (item->is_seen && report_is_added(item->device))
                metrics_sample(&past->metrics,
                               family == 0 ? coarse_joules(item->joules)
                                           : coarse_watts(item->watts),
                               labels, ARRAY_LENGTH(labels));
        }
    }
}

static void add_run(struct past *past, bool at_end)
{
    const struct report *report = past->report;
    struct metrics_run item = {
        .run = report->run,
        .total_joules = at_end ? report->total.value : 0,
        .total_gco2e = at_end ? report->total_gco2e.value : 0,
    };

    if (!at_end) {
        item.run.duration_ns = 0;
        item.run.state = RUN_RUNNING;
    }
    metrics_add_runs(&past->metrics, &item, 1);
}

static int tell(struct past *past, int64_t wall_ns)
{
    past->metrics.wall_ns = wall_ns;
    past->told_wall_ns = wall_ns;
    return past->metrics.failed ? -ENOMEM : past->each(past->payload, &past->metrics);
}

static int tell_devices(struct past *past, int64_t wall_ns)
{
    int r;

    for (size_t i = 0; i < past->report->device_count; i++) {
        struct past_device *item = &past->devices[i];

        item->watts = item->part_seconds > 0 ? item->part_joules / item->part_seconds : NAN;
        item->part_joules = 0;
        item->part_seconds = 0;
    }
    metrics_clear(&past->metrics);
    add_devices(past);
    r = tell(past, wall_ns);
    for (size_t i = 0; i < past->report->device_count; i++)
        past->devices[i].is_seen = false;
    return r;
}

/* The rows of a window, in order of time. */
static int tell_rows(struct past *past)
{
    if (past->row_count > 0)
        qsort(past->rows, past->row_count, sizeof(*past->rows), by_time);
    for (size_t i = 0; i < past->row_count; i++) {
        const struct past_row *row = &past->rows[i];
        struct past_device *item = &past->devices[row->device];
        const bool is_last_of_time =
            i + 1 == past->row_count || row[1].end_wall_ns != row->end_wall_ns;
        int r = 0;

        item->joules += row->joules;
        item->part_joules += row->joules;
        item->part_seconds += row->seconds;
        item->is_seen = true;
        if (is_last_of_time && row->end_wall_ns - past->told_wall_ns >= SPACING_NS)
            r = tell_devices(past, row->end_wall_ns);
        if (r != 0)
            return r;
    }
    return 0;
}

static int tell_samples(struct past *past, struct history *history, int64_t end_wall_ns,
                        struct aico2_error *err)
{
    const int64_t begin_wall_ns = past->report->run.started_wall_ns;

    for (int64_t from = begin_wall_ns; from < end_wall_ns; from += WINDOW_NS) {
        int r;

        past->from_wall_ns = from;
        past->to_wall_ns = from + WINDOW_NS < end_wall_ns ? from + WINDOW_NS : end_wall_ns;
        past->row_count = 0;
        r = history_each_sample(history, past->report->run.id, past->from_wall_ns,
                                past->to_wall_ns + 1, take_row, past, err);
        if (r == 0)
            r = tell_rows(past);
        if (r != 0)
            return r;
    }
    return 0;
}

static int tell_all(struct past *past, struct history *history, struct aico2_error *err)
{
    const struct run *run = &past->report->run;
    /* clocks that were set, and a tick that was late, are within a minute of it */
    const int64_t end_wall_ns = run->started_wall_ns + run->duration_ns + 60 * NSEC_PER_SEC;
    int64_t last_wall_ns = run->started_wall_ns + run->duration_ns;
    int r;

    metrics_clear(&past->metrics);
    add_run(past, false);
    r = tell(past, run->started_wall_ns);
    if (r == 0)
        r = tell_samples(past, history, end_wall_ns, err);
    if (r != 0)
        return r;
    if (last_wall_ns <= past->told_wall_ns)
        last_wall_ns = past->told_wall_ns + NSEC_PER_MSEC;
    for (size_t i = 0; i < past->report->device_count; i++) {
        past->devices[i].is_seen = past->devices[i].joules > 0;
        past->devices[i].watts = NAN;
    }
    metrics_clear(&past->metrics);
    add_run(past, true);
    add_devices(past);
    return tell(past, last_wall_ns);
}

int past_metrics(struct history *history, const struct report *report, past_metrics_fn *each,
                 void *payload, struct aico2_error *err)
{
    struct past past = { .report = report, .each = each, .payload = payload };
    int r = -ENOMEM;

    past.devices = calloc(report->device_count + 1, sizeof(*past.devices));
    if (past.devices != NULL) {
        for (size_t i = 0; i < report->device_count; i++)
            past.devices[i].device = &report->devices[i];
        r = tell_all(&past, history, err);
    }
    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    metrics_deinit(&past.metrics);
    free(past.rows);
    free(past.devices);
    return r;
}
