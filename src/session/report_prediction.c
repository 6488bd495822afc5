/* SPDX-License-Identifier: Apache-2.0 */
/* session/report_prediction.c - a report's prediction of the whole training */
#include "session/report_prediction.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/footprint.h"
#include "carbon/greenest.h"
#include "session/epoch_forecast.h"
#include "session/report_tasks.h"

/* What was used until the last epoch ended. */
struct so_far {
    double epochs;
    double seconds;
    double joules;
    double gco2e;
    size_t tasks; /* epochs among the stretches */
    size_t stretches;
};

static struct so_far sum_up(const struct report *report)
{
    struct so_far sums = { 0 };
    size_t last = 0;

    for (size_t i = 0; i < report->task_count; i++) {
        if (report->tasks[i].kind == TASK_EPOCH)
            last = i + 1;
    }
    for (size_t i = 0; i < last; i++) {
        const struct report_task *task = &report->tasks[i];

        sums.tasks += task->kind == TASK_EPOCH;
        sums.epochs += task->epochs;
        sums.seconds += task->duration_seconds;
        sums.joules += task->energy_joules;
        sums.gco2e += task->total_gco2e;
    }
    sums.stretches = last;
    return sums;
}

static struct band plus(double measured, struct band rest)
{
    return (struct band){ measured + rest.value, measured + rest.low, measured + rest.high };
}

/* The rest's share of making the hardware, by time. */
static struct band embodied_ahead(const struct report *report, struct band seconds)
{
    double duration = seconds_from_ns(report->run.duration_ns);

    if (!band_is_known(report->embodied_gco2e) || !(duration > 0))
        return (struct band){ 0 };
    return band_scaled(band_times(report->embodied_gco2e, seconds), 1 / duration);
}

/* Everything multiplies: the interval of what is left, the band of the meters, that of the intensity. */
static struct band grams_ahead(const struct report *report, const struct carbon_basis *basis,
                               const struct so_far *done, struct band joules, struct band seconds)
{
    int64_t start_ns = report->run.started_wall_ns + (int64_t)(done->seconds * 1e9);
    struct band intensity = report->intensity.gco2e_per_kwh;
    struct band meters = { 1, 1, 1 };

    if (basis->series != NULL && basis->series->count > 0)
        intensity =
            report_intensity_between(basis, start_ns,
                                     start_ns + (int64_t)(fmin(seconds.value, 3e9) * 1e9), true);
    if (report->total.value > 0)
        meters = band_scaled(report->total, 1 / report->total.value);
    return band_sum(footprint_operational(band_times(joules, meters), report->pue, intensity),
                    embodied_ahead(report, seconds));
}

/* What is measured has the report's band. */
static struct band grams_so_far(const struct report *report, double gco2e)
{
    double total = report->total_gco2e.value;

    if (!(total > 0))
        return (struct band){ gco2e, gco2e, gco2e };
    return (struct band){ gco2e, gco2e * report->total_gco2e.low / total,
                          gco2e * report->total_gco2e.high / total };
}

/* All is done: what the report says, and nothing else. */
static void take_measured(struct report *report)
{
    struct report_prediction *prediction = &report->prediction;
    double seconds = seconds_from_ns(report->run.duration_ns);
    double joules = report->total.value;

    prediction->basis = PREDICTION_MEASURED;
    prediction->energy_joules = (struct band){ joules, joules, joules };
    prediction->duration_seconds = (struct band){ seconds, seconds, seconds };
    prediction->total_gco2e = report->total_gco2e;
}

static void foretell(struct report *report, const struct carbon_basis *basis,
                     const struct so_far *done, struct epoch_used *used)
{
    struct report_prediction *prediction = &report->prediction;
    double left = prediction->epochs - done->epochs;
    struct band joules;
    struct band seconds;
    size_t count = 0;

    for (size_t i = 0; i < done->stretches; i++) {
        const struct report_task *task = &report->tasks[i];

        if (task->kind == TASK_EPOCH)
            used[count++] = (struct epoch_used){ task->duration_seconds, task->epochs };
    }
    seconds = epoch_forecast(used, count, left, NULL);
    count = 0;
    for (size_t i = 0; i < done->stretches; i++) {
        const struct report_task *task = &report->tasks[i];

        if (task->kind == TASK_EPOCH)
            used[count++] = (struct epoch_used){ task->energy_joules, task->epochs };
    }
    prediction->basis = count == 1 ? PREDICTION_FIRST_EPOCH : PREDICTION_STEADY_EPOCHS;
    prediction->duration_seconds = plus(done->seconds, seconds);
    if (!band_is_known(report->total))
        return;
    joules = epoch_forecast(used, count, left, &prediction->steady_tasks);
    prediction->energy_joules = plus(done->joules, joules);
    if (band_is_known(report->total_gco2e))
        prediction->total_gco2e = band_sum(grams_so_far(report, done->gco2e),
                                           grams_ahead(report, basis, done, joules, seconds));
}

int report_add_prediction(struct report *report, const struct carbon_basis *basis)
{
    struct so_far done = sum_up(report);
    AICO2_CLEANUP(freep) struct epoch_used *used = NULL;

    report->prediction = (struct report_prediction){
        .energy_joules = BAND_NONE,
        .duration_seconds = BAND_NONE,
        .total_gco2e = BAND_NONE,
    };
    if (done.tasks == 0 || !(report->training.epochs > 0))
        return 0;
    used = calloc(done.tasks, sizeof(*used));
    if (used == NULL)
        return -ENOMEM;
    report->prediction.epochs = fmax(report->training.epochs, done.epochs);
    report->prediction.epochs_done = done.epochs;
    report->prediction.at_seconds = done.seconds;
    if (done.epochs >= report->training.epochs)
        take_measured(report);
    else
        foretell(report, basis, &done, used);
    return 0;
}
