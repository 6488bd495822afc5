/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/forecast.h - what a whole training uses, out of its first epochs */
#pragma once

#include <stddef.h>

#include "model/band.h"

/* What one task used: joules, or seconds. */
struct epoch_used {
    double used;
    double epochs; /* in it, above 0 */
};

/**
 * epoch_forecast() - what the rest of the epochs will use, with an interval of 95 %
 * The first task is left out as warm-up once there is another, and comes back when five show that it is
 * like them.
 * @steady_out: tasks that it is made from; NULL: not asked
 * Return: the rest alone; all 0 when nothing is left, BAND_NONE without a task
 * Source: METHODOLOGY.md, section 6.
 */
struct band epoch_forecast(const struct epoch_used *tasks, size_t count, double epochs_left,
                           size_t *steady_out);

/* Two-sided 95 % quantile of Student's t. */
double student_t_95(double freedom);
