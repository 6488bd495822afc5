/* SPDX-License-Identifier: Apache-2.0 */
/* server/sample_steps.c - samples of one device drawn as steps of time */
#include "server/sample_steps.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "session/metrics/coarse.h"

/* Ticks come a little early or late: ten of 100 ms are a second. */
static const double COARSE_SECONDS = 0.99;
/* Of a second of the clock: where its first sample or its last lies at the edge, one is missing now and then. */
static const double COMPLETE_SECONDS = 0.95;

/* Later than any run: the steps behind it are numbers still. */
static const int64_t LATEST_NS = INT64_MAX / 2;

static int64_t clamp(int64_t value, int64_t low)
{
    if (value < low)
        return low;
    return value < LATEST_NS ? value : LATEST_NS;
}

static int64_t round_up(int64_t value, int64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* The steps that a stretch of time touches, wherever it begins, are one more than fit into it. */
static int64_t widen(int64_t span_ns)
{
    int64_t step_ns = span_ns / (SAMPLE_STEPS_MAX - 1) + 1;

    return round_up(step_ns, step_ns > NSEC_PER_SEC ? NSEC_PER_SEC : NSEC_PER_MSEC);
}

void sample_steps_plan(struct sample_steps *steps, int64_t from_wall_ns, int64_t to_wall_ns,
                       int64_t wanted_ns, int64_t unit_ns, enum sample_detail detail)
{
    int64_t from_ns = clamp(from_wall_ns, 0);
    int64_t to_ns = clamp(to_wall_ns, from_ns + 1);
    int64_t step_ns =
        detail != SAMPLES_EXACT && wanted_ns < NSEC_PER_SEC ? NSEC_PER_SEC : wanted_ns;

    if ((to_ns - 1) / step_ns - from_ns / step_ns >= SAMPLE_STEPS_MAX)
        step_ns = widen(to_ns - from_ns);
    if (unit_ns > 0)
        step_ns = round_up(step_ns, unit_ns);
    steps->step_ns = step_ns;
    steps->detail = detail;
    steps->first_wall_ns = from_ns / step_ns * step_ns;
    steps->count = (size_t)((to_ns - 1) / step_ns - from_ns / step_ns) + 1;
    steps->pending = (struct sample_stretch){ 0 };
    memset(steps->cells, 0, sizeof(steps->cells));
}

static void add_to_cell(struct step_cell *cell, const struct sample_stretch *stretch, double part)
{
    cell->least_watts =
        cell->seconds > 0 ? fmin(cell->least_watts, stretch->least_watts) : stretch->least_watts;
    cell->most_watts =
        cell->seconds > 0 ? fmax(cell->most_watts, stretch->most_watts) : stretch->most_watts;
    cell->joules += stretch->joules * part;
    cell->seconds += stretch->seconds * part;
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
        add_to_cell(&steps->cells[place], stretch, (double)(next_ns - at_ns) / length_ns);
        at_ns = next_ns;
    }
}

/* The first of samples put together began a little before their step: less than itself is not told apart. */
static void put_whole(struct sample_steps *steps, const struct sample_stretch *stretch)
{
    int64_t place = (stretch->end_wall_ns - 1 - steps->first_wall_ns) / steps->step_ns;

    if (stretch->end_wall_ns > steps->first_wall_ns && place < (int64_t)steps->count)
        add_to_cell(&steps->cells[place], stretch, 1);
}

static void draw(struct sample_steps *steps, const struct sample_stretch *stretch)
{
    int64_t length_ns = stretch->end_wall_ns - stretch->start_wall_ns;

    if (stretch->together && length_ns <= steps->step_ns + steps->step_ns / 2)
        put_whole(steps, stretch);
    else
        spread(steps, stretch);
}

static void draw_flat(struct sample_steps *steps, struct sample_stretch *stretch)
{
    stretch->joules = coarse_joules(stretch->joules);
    stretch->least_watts = stretch->most_watts = stretch->joules / stretch->seconds;
    draw(steps, stretch);
}

/* What lies behind a gap does not complete a second from before it. */
static bool follows(const struct sample_stretch *stretch, const struct sample_stretch *pending)
{
    return pending->seconds > 0 && stretch->start_wall_ns - pending->end_wall_ns <= NSEC_PER_SEC &&
           stretch->end_wall_ns > pending->end_wall_ns;
}

static void join(struct sample_stretch *pending, const struct sample_stretch *stretch)
{
    pending->end_wall_ns = stretch->end_wall_ns;
    pending->joules += stretch->joules;
    pending->seconds += stretch->seconds;
    pending->together = true;
}

/* Each of a second and more is told by itself; shorter ones together. */
static void add_rounded(struct sample_steps *steps, const struct sample_stretch *stretch)
{
    struct sample_stretch *pending = &steps->pending;
    bool alone = !follows(stretch, pending);
    double watts;

    if (alone)
        *pending = *stretch;
    else
        join(pending, stretch);
    if (pending->seconds < COARSE_SECONDS)
        return;
    if (alone) {
        pending->joules = coarse_joules(pending->joules);
        watts = pending->joules / pending->seconds;
        pending->least_watts = fmin(coarse_watts(pending->least_watts), watts);
        pending->most_watts = fmax(coarse_watts(pending->most_watts), watts);
        draw(steps, pending);
    } else {
        draw_flat(steps, pending);
    }
    *pending = (struct sample_stretch){ 0 };
}

/* The second of the clock that it ends in, as samples are put together: on the edge, the earlier. */
static int64_t second_of(const struct sample_stretch *stretch)
{
    return (stretch->end_wall_ns - 1) / NSEC_PER_SEC;
}

/* Whatever comes behind a second does not tell where within it a sample ended. */
static void add_coarse(struct sample_steps *steps, const struct sample_stretch *stretch)
{
    struct sample_stretch *pending = &steps->pending;
    bool complete =
        pending->seconds >= COMPLETE_SECONDS && second_of(stretch) != second_of(pending);

    if (complete)
        draw_flat(steps, pending);
    if (complete || !follows(stretch, pending))
        *pending = *stretch;
    else
        join(pending, stretch);
}

void sample_steps_end(struct sample_steps *steps)
{
    if (steps->detail == SAMPLES_COARSE && steps->pending.seconds >= COARSE_SECONDS)
        draw_flat(steps, &steps->pending);
    steps->pending = (struct sample_stretch){ 0 };
}

void sample_steps_add(struct sample_steps *steps, const struct history_power *power)
{
    double length_ns = power->interval_seconds * (double)NSEC_PER_SEC;
    double watts = power->joules / power->covered_seconds;
    struct sample_stretch stretch = {
        .end_wall_ns = power->end_wall_ns,
        .joules = power->joules,
        .seconds = power->covered_seconds,
        .least_watts = power->together ? power->least_watts : watts,
        .most_watts = power->together ? power->most_watts : watts,
        .together = power->together,
    };

    /* damage in a file is no number to reckon with */
    if (!isfinite(stretch.joules) || !(stretch.seconds > 0) || !isfinite(stretch.seconds) ||
        !isfinite(stretch.least_watts + stretch.most_watts) || !(length_ns >= 1) ||
        power->end_wall_ns <= 0 || length_ns > (double)power->end_wall_ns)
        return;
    stretch.start_wall_ns = power->end_wall_ns - (int64_t)length_ns;
    switch (steps->detail) {
    case SAMPLES_EXACT:
        draw(steps, &stretch);
        break;
    case SAMPLES_ROUNDED:
        add_rounded(steps, &stretch);
        break;
    case SAMPLES_COARSE:
        add_coarse(steps, &stretch);
        break;
    }
}
