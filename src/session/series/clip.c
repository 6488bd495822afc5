/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session/series/clip.c - an interval between two readings, cut to a window, and what that leaves open
 *
 * The method is METHODOLOGY.md, section 1; the sums of the tests are worked out by hand.
 */
#include "session/series/clip.h"

#include <math.h>

#include "base/clock.h"

static double watts_at(const struct span *span, int64_t ns)
{
    double along = (double)(ns - span->start_ns) / (double)(span->end_ns - span->start_ns);

    return span->start_watts + (span->end_watts - span->start_watts) * along;
}

bool span_clip(struct span *span, int64_t from_ns, int64_t to_ns)
{
    struct span whole = *span;
    struct interval *interval = &span->interval;
    double ratio;

    if (span->start_ns >= to_ns || span->end_ns <= from_ns)
        return false;
    if (from_ns < span->start_ns)
        from_ns = span->start_ns;
    if (to_ns > span->end_ns)
        to_ns = span->end_ns;
    if (from_ns == whole.start_ns && to_ns == whole.end_ns)
        return true;
    ratio = (double)(to_ns - from_ns) / (double)(whole.end_ns - whole.start_ns);
    span->start_ns = from_ns;
    span->end_ns = to_ns;
    interval->seconds = seconds_from_ns(to_ns - from_ns);
    interval->joules = whole.interval.joules * ratio;
    if (interval->gap || !isfinite(whole.start_watts))
        return true;
    span->start_watts = watts_at(&whole, from_ns);
    span->end_watts = watts_at(&whole, to_ns);
    interval->watts = (span->start_watts + span->end_watts) / 2;
    interval->joules = interval->watts * interval->seconds;
    interval->peak_watts = fmax(span->start_watts, span->end_watts);
    return true;
}

/* A power between two readings went over from one to the other, nobody knows when. */
static void doubt_powers(struct span_doubt *doubt, const struct span *inside)
{
    double joules = fabs(inside->end_watts - inside->start_watts) * inside->interval.seconds;

    doubt->worst_joules += joules / 2;
    doubt->square_joules2 += joules * joules;
}

/* It may have drawn within the part that is inside what it drew in the interval beside it. */
static double edge_doubt(double watts, double beside_watts, double seconds, double whole_joules)
{
    return fmin(fabs(beside_watts - watts) * seconds, whole_joules);
}

static void doubt_counter(struct span_doubt *doubt, const struct span *whole,
                          const struct span *inside, double rated_watts)
{
    const struct interval *interval = &whole->interval;
    bool cut_start = inside->start_ns > whole->start_ns;
    bool cut_end = inside->end_ns < whole->end_ns;
    double watts = interval->joules / interval->seconds;

    if (isfinite(doubt->edge_watts))
        doubt->edge_joules +=
            edge_doubt(doubt->edge_watts, watts, doubt->edge_seconds, doubt->edge_joules_whole);
    doubt->edge_watts = NAN;
    if (interval->restarted) {
        double before_watts = isfinite(doubt->last_watts) ? doubt->last_watts : rated_watts;

        if (isfinite(before_watts))
            doubt->lost_joules += fmax(before_watts * interval->seconds - interval->joules, 0);
        return; /* what its mean is of is not known */
    }
    if (cut_start && cut_end) {
        doubt->edge_joules += inside->interval.joules;
    } else if (cut_start) {
        doubt->edge_watts = watts;
        doubt->edge_seconds = inside->interval.seconds;
        doubt->edge_joules_whole = interval->joules;
    } else if (cut_end) {
        doubt->edge_joules +=
            isfinite(doubt->last_watts)
                ? edge_doubt(watts, doubt->last_watts, inside->interval.seconds, interval->joules)
                : inside->interval.joules;
    }
    doubt->last_watts = watts;
}

void span_doubt_add(struct span_doubt *doubt, const struct span *whole, const struct span *inside,
                    double rated_watts)
{
    doubt->resets += whole->interval.restarted;
    doubt->unbelieved += whole->unbelieved;
    if (whole->interval.gap) {
        doubt->last_watts = NAN;
        doubt->edge_watts = NAN;
    } else if (isfinite(whole->start_watts)) {
        doubt_powers(doubt, inside);
    } else {
        doubt_counter(doubt, whole, inside, rated_watts);
    }
}

double span_doubt_joules(const struct span_doubt *doubt)
{
    return doubt->edge_joules + fmin(doubt->worst_joules, sqrt(2 * doubt->square_joules2));
}
