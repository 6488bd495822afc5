/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/fit.h - from two stretches of measuring to what a machine draws */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/calibration.h"
#include "model/report.h"

/* y = fixed + per_x * x through points, by least squares. false: they do not make a line. */
bool fit_line(const double *x, const double *y, size_t count, double *fixed_out, double *per_x_out);

/* CPUs that were busy on average over a report; NAN: it does not tell. */
double calibration_busy_cpus(const struct report *report);
/* Nothing but the usual services: at most a tenth of a CPU or 2 % of them. */
bool calibration_is_idle(double busy_cpus, int threads);

/* What a log of the machine's meter says of the two stretches; NAN: there is none. */
struct wall_watts {
    double idle;
    double load;
};

/**
 * calibration_fit() - what the machine draws, by its meters
 * @idle: a stretch in which nothing ran
 * @load: one in which all CPUs were busy; NULL: there was none
 * @warnings, @warning_count: what could not be used, appended (base/lines.h)
 * Return: 0; -ENODATA: no meter said anything; -ENOMEM
 */
int calibration_fit(const struct report *idle, const struct report *load, struct wall_watts wall,
                    struct calibration *calibration, char ***warnings, size_t *warning_count,
                    struct aico2_error *err);
