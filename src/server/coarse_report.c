/* SPDX-License-Identifier: Apache-2.0 */
/* server/coarse_report.c - how fine the report of a run is told to those without the scope raw */
#include "server/coarse_report.h"

#include <math.h>
#include <stddef.h>

#include "base/clock.h"
#include "server/coarse_row.h"

/* What is told of less time is told of no part of it. */
static const double STRETCH_SECONDS = 1;
/* Of a stretch, so that its mean is that of the task: what else lies in it is a pause between two epochs. */
static const double TASK_RATIO = 0.95;

static void coarsen(double *joules)
{
    *joules = coarse_joules(*joules);
}

static void coarsen_sums(struct energy_sums *sums)
{
    coarsen(&sums->joules);
    coarsen(&sums->job_gross_joules);
    coarsen(&sums->others_gross_joules);
}

static void forget_energy(struct history_record *record)
{
    for (size_t i = 0; i < record->device_count; i++) {
        const struct energy_sums sums = record->totals[i].sums;

        record->totals[i] = DEVICE_TOTALS_NULL;
        record->totals[i].sums.utilization_seconds = sums.utilization_seconds;
        record->totals[i].sums.utilization_covered_seconds = sums.utilization_covered_seconds;
    }
    record->slices.count = 0;
    record->task_slices.count = 0;
}

void record_coarsen(struct history_record *record)
{
    if (!coarse_is_told(seconds_from_ns(record->run.duration_ns))) {
        forget_energy(record);
        return;
    }
    for (size_t i = 0; i < record->device_count; i++) {
        struct device_totals *totals = &record->totals[i];

        totals->sums.joules = totals->sums.job_gross_joules = totals->sums.others_gross_joules = 0;
        coarsen(&totals->peak_watts);
        coarsen(&totals->floor_watts);
        coarsen(&totals->lowest_watts);
    }
    for (size_t i = 0; i < record->slices.count; i++) {
        struct slice *slice = &record->slices.items[i];
        struct energy_sums *total = &record->totals[slice->device].sums;

        coarsen_sums(&slice->sums);
        total->joules += slice->sums.joules;
        total->job_gross_joules += slice->sums.job_gross_joules;
        total->others_gross_joules += slice->sums.others_gross_joules;
    }
    for (size_t i = 0; i < record->task_slices.count; i++)
        coarsen_sums(&record->task_slices.items[i].sums);
}

/* A peak is never below the mean, which is no tenth of a watt; what aico2 used itself is a part of what others did. */
void report_coarsen(struct report *report)
{
    /* a task reads in between, too */
    const bool read_often = report->run.interval_ns < NSEC_PER_SEC || report->task_count > 0;
    struct band *own = &report->own_energy;

    if (!coarse_is_told(seconds_from_ns(report->run.duration_ns)))
        *own = BAND_NONE;
    own->value = coarse_joules(own->value);
    own->low = coarse_joules(own->low);
    own->high = -coarse_joules(-own->high); /* up: little is not nothing */
    for (size_t i = 0; i < report->device_count; i++) {
        double *peak = &report->devices[i].peak_power_watts;

        *peak = read_often ? NAN : coarse_watts(*peak);
    }
}

/* --- tasks --- */

/* Tasks that follow each other, and last a second or more together. */
struct stretch {
    size_t first;
    size_t end;
    double seconds;
    double joules;
    double operational_gco2e;
};

/* A task's part of what is told by time alone. */
static double embodied_of(const struct report *report, const struct report_task *task,
                          double all_seconds)
{
    return band_is_known(report->embodied_gco2e) && all_seconds > 0
               ? report->embodied_gco2e.value * task->duration_seconds / all_seconds
               : 0;
}

/* left_seconds: of it and all that follows; what is left over behind it goes into it. */
static struct stretch find_stretch(const struct report *report, size_t first, double left_seconds,
                                   double all_seconds)
{
    struct stretch stretch = { .first = first, .end = first };

    while (stretch.end < report->task_count && (stretch.seconds < STRETCH_SECONDS ||
                                                left_seconds - stretch.seconds < STRETCH_SECONDS)) {
        const struct report_task *task = &report->tasks[stretch.end++];

        stretch.seconds += task->duration_seconds;
        stretch.joules += task->energy_joules;
        stretch.operational_gco2e += task->total_gco2e - embodied_of(report, task, all_seconds);
    }
    return stretch;
}

/* Grams are those of the joules that are told, so that they tell no more. */
static void tell_task(const struct report *report, struct report_task *task,
                      const struct stretch *stretch, double all_seconds)
{
    const double ratio = task->duration_seconds / stretch->seconds;
    const double joules = coarse_joules(stretch->joules * ratio);
    const double told_ratio = stretch->joules > 0 ? joules / stretch->joules : 0;

    task->energy_joules = joules;
    task->total_gco2e =
        stretch->operational_gco2e * told_ratio + embodied_of(report, task, all_seconds);
}

static void tell_stretch(struct report *report, const struct stretch *stretch, double all_seconds)
{
    for (size_t i = stretch->first; i < stretch->end; i++) {
        struct report_task *task = &report->tasks[i];

        if (task->duration_seconds >= STRETCH_SECONDS &&
            task->duration_seconds >= TASK_RATIO * stretch->seconds)
            tell_task(report, task, stretch, all_seconds);
        else
            task->energy_joules = task->total_gco2e = NAN;
    }
}

void report_coarsen_tasks(struct report *report, bool coarse)
{
    double left_seconds = 0;
    double all_seconds;

    for (size_t i = 0; i < report->task_count; i++) {
        left_seconds += report->tasks[i].duration_seconds;
        coarse = coarse || report->tasks[i].duration_seconds < COARSE_BELOW_SECONDS;
    }
    all_seconds = left_seconds;
    for (size_t at = 0; coarse && at < report->task_count;) {
        struct stretch stretch = find_stretch(report, at, left_seconds, all_seconds);

        tell_stretch(report, &stretch, all_seconds);
        left_seconds -= stretch.seconds;
        at = stretch.end;
    }
}
