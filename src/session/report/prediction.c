/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/prediction.c - a report's prediction of the whole training */
#include "session/report/prediction.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/footprint.h"
#include "carbon/greenest.h"
#include "session/epoch/forecast.h"
#include "session/report/tasks.h"

/* What was used until the last epoch ended, or its validation. */
struct so_far {
    double epochs;
    double seconds;
    double joules;
    double gco2e;
    size_t stretches;
    double validations;
    double epochs_at_first; /* that were done when a validation was */
    double epochs_at_last;
};

static bool is_told(const struct report_task *task)
{
    return task->kind == TASK_EPOCH || task->kind == TASK_VALIDATION;
}

static void note_validation(struct so_far *sums, double validations)
{
    if (sums->validations == 0)
        sums->epochs_at_first = sums->epochs;
    sums->epochs_at_last = sums->epochs;
    sums->validations += validations;
}

static struct so_far sum_up(const struct report *report)
{
    struct so_far sums = { 0 };

    for (size_t i = 0; i < report->task_count; i++) {
        if (is_told(&report->tasks[i]))
            sums.stretches = i + 1;
    }
    for (size_t i = 0; i < sums.stretches; i++) {
        const struct report_task *task = &report->tasks[i];

        if (task->kind == TASK_EPOCH)
            sums.epochs += task->epochs;
        if (task->kind == TASK_VALIDATION && task->epochs > 0)
            note_validation(&sums, task->epochs);
        sums.seconds += task->duration_seconds;
        sums.joules += task->energy_joules;
        sums.gco2e += task->total_gco2e;
    }
    return sums;
}

/* Validations that are still to come, one every so many epochs as there were between those that came. */
static double validations_left(const struct so_far *done, double epochs)
{
    double every = done->epochs_at_first;

    if (done->validations == 0)
        return 0;
    if (done->validations > 1)
        every = (done->epochs_at_last - done->epochs_at_first) / (done->validations - 1);
    every = fmax(every, done->epochs - done->epochs_at_last); /* it would have come by now */
    if (!(every > 0))
        return 0;
    return fmax(floor((epochs - done->epochs_at_last) / every + 1e-9), 0);
}

/* What each epoch's training, or each validation, used; what was interrupted is one. Return: how many. */
static size_t collect(const struct report *report, size_t stretches, enum task_kind kind,
                      bool joules, struct epoch_used *used)
{
    size_t count = 0;

    for (size_t i = 0; i < stretches; i++) {
        const struct report_task *task = &report->tasks[i];
        double figure = joules ? task->energy_joules : task->duration_seconds;

        if (task->kind != kind)
            continue;
        if (task->epochs > 0)
            used[count++] = (struct epoch_used){ figure, task->epochs };
        else if (count > 0)
            used[count - 1].used += figure;
    }
    return count;
}

static double sum_of(const struct epoch_used *used, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += used[i].used;
    return sum;
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
static void take_measured(struct report *report, const struct so_far *done, struct epoch_used *used)
{
    struct report_prediction *prediction = &report->prediction;
    double seconds = seconds_from_ns(report->run.duration_ns);
    double joules = report->total.value;

    prediction->basis = PREDICTION_MEASURED;
    prediction->energy_joules = (struct band){ joules, joules, joules };
    prediction->duration_seconds = (struct band){ seconds, seconds, seconds };
    prediction->total_gco2e = report->total_gco2e;
    prediction->validations = done->validations;
    if (done->validations > 0) {
        size_t count = collect(report, done->stretches, TASK_VALIDATION, false, used);

        prediction->validation_seconds = plus(sum_of(used, count), (struct band){ 0 });
        (void)collect(report, done->stretches, TASK_VALIDATION, true, used);
        prediction->validation_joules = plus(sum_of(used, count), (struct band){ 0 });
    }
}

/* The rest of training and validation, each by its own mean. */
static struct band foretell_rest(struct report *report, const struct so_far *done, bool joules,
                                 struct epoch_used *used, struct band *validation_out)
{
    struct report_prediction *prediction = &report->prediction;
    size_t count = collect(report, done->stretches, TASK_VALIDATION, joules, used);
    double left = validations_left(done, prediction->epochs);
    struct band rest = { 0 };

    prediction->validations = done->validations + left;
    if (count > 0) {
        rest = epoch_forecast(used, count, left, NULL);
        *validation_out = plus(sum_of(used, count), rest);
    }
    count = collect(report, done->stretches, TASK_EPOCH, joules, used);
    prediction->basis = count == 1 ? PREDICTION_FIRST_EPOCH : PREDICTION_STEADY_EPOCHS;
    return band_sum(rest, epoch_forecast(used, count, prediction->epochs - done->epochs,
                                         &prediction->steady_tasks));
}

static void foretell(struct report *report, const struct carbon_basis *basis,
                     const struct so_far *done, struct epoch_used *used)
{
    struct report_prediction *prediction = &report->prediction;
    struct band seconds = foretell_rest(report, done, false, used, &prediction->validation_seconds);
    struct band joules;

    prediction->duration_seconds = plus(done->seconds, seconds);
    if (!band_is_known(report->total)) {
        prediction->steady_tasks = 0;
        return;
    }
    joules = foretell_rest(report, done, true, used, &prediction->validation_joules);
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
        .validation_joules = BAND_NONE,
        .validation_seconds = BAND_NONE,
    };
    if (!(done.epochs > 0) || !(report->training.epochs > 0))
        return 0;
    used = calloc(done.stretches, sizeof(*used));
    if (used == NULL)
        return -ENOMEM;
    report->prediction.epochs = fmax(report->training.epochs, done.epochs);
    report->prediction.epochs_done = done.epochs;
    report->prediction.at_seconds = done.seconds;
    report->prediction.validations_done = done.validations;
    if (done.epochs >= report->training.epochs)
        take_measured(report, &done, used);
    else
        foretell(report, basis, &done, used);
    return 0;
}
