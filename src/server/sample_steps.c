/* SPDX-License-Identifier: Apache-2.0 */
/* server/sample_steps.c - samples of one device drawn as steps of time */
#include "server/sample_steps.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

/* Ticks come a little early or late: ten of 100 ms are a second. */
static const double COARSE_SECONDS = 0.99;

/* Later than any run: the steps behind it are numbers still. */
static const int64_t LATEST_NS = INT64_MAX / 2;

static int64_t clamp(int64_t value, int64_t low)
{
    if (value < low)
        return low;
    return value < LATEST_NS ? value : LATEST_NS;
}

/* The steps that a stretch of time touches, wherever it begins, are one more than fit into it. */
static int64_t widen(int64_t span_ns)
{
    int64_t unit_ns = NSEC_PER_MSEC;
    int64_t step_ns = span_ns / (SAMPLE_STEPS_MAX - 1) + 1;

    if (step_ns > NSEC_PER_SEC)
        unit_ns = NSEC_PER_SEC;
    return (step_ns + unit_ns - 1) / unit_ns * unit_ns;
}

void sample_steps_plan(struct sample_steps *steps, int64_t from_wall_ns, int64_t to_wall_ns,
                       int64_t wanted_ns, bool coarse)
{
    int64_t from_ns = clamp(from_wall_ns, 0);
    int64_t to_ns = clamp(to_wall_ns, from_ns + 1);
    int64_t step_ns = coarse && wanted_ns < NSEC_PER_SEC ? NSEC_PER_SEC : wanted_ns;

    if ((to_ns - 1) / step_ns - from_ns / step_ns >= SAMPLE_STEPS_MAX)
        step_ns = widen(to_ns - from_ns);
    steps->step_ns = step_ns;
    steps->coarse = coarse;
    steps->first_wall_ns = from_ns / step_ns * step_ns;
    steps->count = (size_t)((to_ns - 1) / step_ns - from_ns / step_ns) + 1;
    steps->pending = (struct sample_stretch){ 0 };
    memset(steps->cells, 0, sizeof(steps->cells));
}

static void add_to_cell(struct step_cell *cell, double watts, double seconds)
{
    cell->least_watts = cell->seconds > 0 ? fmin(cell->least_watts, watts) : watts;
    cell->most_watts = cell->seconds > 0 ? fmax(cell->most_watts, watts) : watts;
    cell->joules += watts * seconds;
    cell->seconds += seconds;
}

static void spread(struct sample_steps *steps, const struct sample_stretch *stretch)
{
    int64_t last_ns = steps->first_wall_ns + (int64_t)steps->count * steps->step_ns;
    int64_t at_ns = stretch->start_wall_ns;
    int64_t end_ns = stretch->end_wall_ns < last_ns ? stretch->end_wall_ns : last_ns;
    double length_ns = (double)(stretch->end_wall_ns - stretch->start_wall_ns);

    if (at_ns < steps->first_wall_ns)
        at_ns = steps->first_wall_ns;
    while (at_ns < end_ns) {
        int64_t place = (at_ns - steps->first_wall_ns) / steps->step_ns;
        int64_t next_ns = steps->first_wall_ns + (place + 1) * steps->step_ns;

        next_ns = next_ns < end_ns ? next_ns : end_ns;
        add_to_cell(&steps->cells[place], stretch->joules / stretch->seconds,
                    stretch->seconds * ((double)(next_ns - at_ns) / length_ns));
        at_ns = next_ns;
    }
}

/* What lies behind a gap does not complete a second from before it. */
static void add_coarse(struct sample_steps *steps, const struct sample_stretch *stretch)
{
    struct sample_stretch *pending = &steps->pending;

    if (pending->seconds <= 0 || stretch->start_wall_ns - pending->end_wall_ns > NSEC_PER_SEC ||
        stretch->end_wall_ns <= pending->end_wall_ns) {
        *pending = *stretch;
    } else {
        pending->end_wall_ns = stretch->end_wall_ns;
        pending->joules += stretch->joules;
        pending->seconds += stretch->seconds;
    }
    if (pending->seconds < COARSE_SECONDS)
        return;
    pending->joules = floor(pending->joules * 10) / 10;
    spread(steps, pending);
    *pending = (struct sample_stretch){ 0 };
}

void sample_steps_add(struct sample_steps *steps, const struct history_sample *sample)
{
    double length_ns = sample->interval_seconds * (double)NSEC_PER_SEC;
    struct sample_stretch stretch = {
        .end_wall_ns = sample->end_wall_ns,
        .joules = sample->sums.joules,
        .seconds = sample->sums.covered_seconds,
    };

    /* damage in a file is no number to reckon with */
    if (!isfinite(stretch.joules) || !(stretch.seconds > 0) || !isfinite(stretch.seconds) ||
        !(length_ns >= 1) || sample->end_wall_ns <= 0 || length_ns > (double)sample->end_wall_ns)
        return;
    stretch.start_wall_ns = sample->end_wall_ns - (int64_t)length_ns;
    if (steps->coarse)
        add_coarse(steps, &stretch);
    else
        spread(steps, &stretch);
}
