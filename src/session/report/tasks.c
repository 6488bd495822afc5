/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/tasks.c - the joules and grams of a run's tasks, parts of the report's own */
#include "session/report/tasks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "attribution/split.h"
#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/greenest.h"
#include "carbon/series.h"

struct band report_intensity_between(const struct carbon_basis *basis, int64_t start_wall_ns,
                                     int64_t end_wall_ns, bool ahead)
{
    const struct intensity_series *series = basis->series;
    struct band sum = { 0 };
    double seconds = seconds_from_ns(end_wall_ns - start_wall_ns);
    int64_t speaks_until_ns;

    if (series == NULL || series->count == 0 || !(seconds > 0))
        return basis->intensity.gco2e_per_kwh;
    speaks_until_ns = ahead ? greenest_series_end(series) : INT64_MAX;
    for (int64_t at_ns = start_wall_ns; at_ns < end_wall_ns;) {
        double value = at_ns < speaks_until_ns ? intensity_series_at(series, at_ns) : (double)NAN;
        int64_t next_ns = intensity_series_next_change(series, at_ns);
        struct band here = { value, value, value };

        if (at_ns < speaks_until_ns && next_ns > speaks_until_ns)
            next_ns = speaks_until_ns;
        if (next_ns > end_wall_ns)
            next_ns = end_wall_ns;
        if (!isfinite(value))
            here = basis->intensity.gco2e_per_kwh;
        sum = band_sum(sum, band_scaled(here, seconds_from_ns(next_ns - at_ns) / seconds));
        at_ns = next_ns;
    }
    return sum;
}

/* The stretch that a slice belongs to; -1: none. */
static int task_of(const struct task_list *tasks, int64_t start_ns)
{
    size_t low = 0;
    size_t high = tasks->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tasks->items[middle].start_ns <= start_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return (int)low - 1;
}

/* What a device did in each of the stretches, before it is fitted to what the report says of it. */
struct weights {
    double *active;
    double *idle;
    double *seconds;
};

static double above_zero(double value)
{
    return value > 0 ? value : 0;
}

/* Readings are shared out to the nanosecond, and their time is a sum of doubles. */
static const double SLACK_SECONDS = 2e-6;

/* How many stretches a slice is of: one, or several that lay between two readings and are as long as it is
 * together. */
static size_t stretches_of(const struct history_record *record, const struct slice *slice,
                           size_t first)
{
    double left = slice->sums.covered_seconds + slice->sums.gap_seconds;
    size_t count = 0;

    while (first + count < record->tasks.count && (count == 0 || left > SLACK_SECONDS)) {
        const struct task *task = &record->tasks.items[first + count];

        count++;
        if (task->duration_ns < 0)
            break;
        left -= seconds_from_ns(task->duration_ns);
    }
    return count;
}

/* Ratio of a stretch in the time of all that share a slice with it. */
static double ratio_of(const struct history_record *record, size_t first, size_t count,
                       size_t index)
{
    const struct task *tasks = record->tasks.items;
    const struct task *last = &tasks[first + count - 1];
    int64_t length_ns = last->start_ns + last->duration_ns - tasks[first].start_ns;

    if (count == 1 || last->duration_ns < 0 || length_ns <= 0)
        return index == first ? 1 : 0;
    return (double)tasks[index].duration_ns / (double)length_ns;
}

static void weigh(struct weights *weights, const struct history_record *record, size_t device,
                  double idle_watts, bool whole)
{
    for (size_t i = 0; i < record->tasks.count; i++)
        weights->active[i] = weights->idle[i] = weights->seconds[i] = 0;
    for (size_t i = 0; i < record->task_slices.count; i++) {
        const struct slice *slice = &record->task_slices.items[i];
        const struct energy_sums *sums = &slice->sums;
        int task = task_of(&record->tasks, slice->start_wall_ns);
        size_t count;
        double active;
        double others;
        double idle;

        if ((size_t)slice->device != device || task < 0)
            continue;
        active = above_zero(sums->job_gross_joules - idle_watts * sums->job_seconds);
        others = above_zero(sums->others_gross_joules - idle_watts * sums->others_seconds);
        idle = above_zero(sums->joules - active - others);
        count = stretches_of(record, slice, (size_t)task);
        for (size_t k = (size_t)task; k < (size_t)task + count; k++) {
            double ratio = ratio_of(record, (size_t)task, count, k);

            weights->seconds[k] += sums->covered_seconds * ratio;
            weights->active[k] += (whole ? sums->joules : active) * ratio;
            weights->idle[k] += (whole ? 0 : idle) * ratio;
        }
    }
}

/* Shares a figure out by weights; without any by time. */
static void share_out(double *joules, size_t count, double whole, const double *weights,
                      const double *seconds)
{
    double sum = 0;
    double time = 0;

    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
        time += seconds[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (sum > 0)
            joules[i] += whole * (weights[i] / sum);
        else if (time > 0)
            joules[i] += whole * (seconds[i] / time);
    }
}

/* A device that was read in none of them: its part by the length of each. */
static void by_length(double *seconds, const struct report *report)
{
    double sum = 0;

    for (size_t i = 0; i < report->task_count; i++)
        sum += seconds[i];
    for (size_t i = 0; !(sum > 0) && i < report->task_count; i++)
        seconds[i] = report->tasks[i].duration_seconds;
}

static void add_joules(double *joules, const struct report *report,
                       const struct history_record *record, struct weights *weights)
{
    bool whole = report->run.scope == SCOPE_MACHINE;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];

        if (!report_is_added(item))
            continue;
        weigh(weights, record, i, item->idle_power_watts, whole);
        by_length(weights->seconds, report);
        share_out(joules, record->tasks.count, whole ? item->energy.value : item->job_joules,
                  weights->active, weights->seconds);
        if (!whole)
            share_out(joules, record->tasks.count, item->idle_share_joules, weights->idle,
                      weights->seconds);
    }
}

/* Operational by joules and the intensity of their time, embodied by time. */
static void add_grams(struct report *report, const struct carbon_basis *basis, const double *joules)
{
    double weighted = 0;
    double seconds = 0;

    for (size_t i = 0; i < report->task_count; i++) {
        struct report_task *task = &report->tasks[i];
        int64_t start_ns = report->run.started_wall_ns + (int64_t)(task->start_seconds * 1e9);
        int64_t end_ns = start_ns + (int64_t)(task->duration_seconds * 1e9);

        task->total_gco2e =
            joules[i] * report_intensity_between(basis, start_ns, end_ns, false).value;
        weighted += task->total_gco2e;
        seconds += task->duration_seconds;
    }
    for (size_t i = 0; i < report->task_count; i++) {
        struct report_task *task = &report->tasks[i];

        task->total_gco2e = weighted > 0
                                ? report->operational_gco2e.value * (task->total_gco2e / weighted)
                                : report->operational_gco2e.value * 0; /* NAN stays one */
        if (band_is_known(report->embodied_gco2e) && seconds > 0)
            task->total_gco2e += report->embodied_gco2e.value * task->duration_seconds / seconds;
    }
}

static void fill_task(struct report_task *out, const struct task *task)
{
    *out = (struct report_task){
        .kind = task->kind,
        .epochs = task->epochs,
        .start_seconds = seconds_from_ns(task->start_ns),
        .duration_seconds = seconds_from_ns(task->duration_ns),
        .energy_joules = NAN,
        .total_gco2e = NAN,
    };
    (void)snprintf(out->name, sizeof(out->name), "%s", task->name);
}

/* The last stretch of a run that is going on, or was cut off, ends where the run does so far. */
static void close_last(struct report_task *last, const struct run *run)
{
    double seconds = seconds_from_ns(run->duration_ns) - last->start_seconds;

    last->duration_seconds = above_zero(seconds);
    last->kind = TASK_REST;
    last->epochs = 0;
    last->name[0] = '\0';
}

int report_add_tasks(struct report *report, const struct history_record *record,
                     const struct carbon_basis *basis)
{
    size_t count = record->tasks.count;
    AICO2_CLEANUP(freep) double *figures = calloc(4 * count + 1, sizeof(double));
    struct weights weights;

    report->training = record->training;
    if (count == 0)
        return 0;
    report->tasks = calloc(count, sizeof(*report->tasks));
    if (figures == NULL || report->tasks == NULL)
        return -ENOMEM;
    report->task_count = count;
    for (size_t i = 0; i < count; i++) {
        fill_task(&report->tasks[i], &record->tasks.items[i]);
        if (record->tasks.items[i].duration_ns < 0)
            close_last(&report->tasks[i], &report->run);
    }
    if (!band_is_known(report->total))
        return 0;
    weights = (struct weights){ figures + count, figures + 2 * count, figures + 3 * count };
    add_joules(figures, report, record, &weights);
    for (size_t i = 0; i < count; i++)
        report->tasks[i].energy_joules = figures[i];
    add_grams(report, basis, figures);
    return 0;
}
