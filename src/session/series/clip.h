/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/clip.h - an interval between two readings, cut to a window, and what that leaves open */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "energy/meter.h"

/* Between two readings. */
struct span {
    int64_t start_ns;
    int64_t end_ns;
    double start_watts; /* at the readings, where they tell powers; else NAN */
    double end_watts;
    struct interval interval;
    bool unbelieved; /* a jump that no such device makes: a gap */
};

/**
 * span_clip() - what of it lies in [from, to]
 * Powers are interpolated at the edges; what a counter counted is divided by time.
 * Return: false when nothing does
 */
bool span_clip(struct span *span, int64_t from_ns, int64_t to_ns);

/* What is not known of the energy of one device's spans. All 0 at first, but for the watts: NAN. */
struct span_doubt {
    double worst_joules;   /* powers that changed between readings may have changed at either */
    double square_joules2; /* the same as errors that do not know of each other */
    double edge_joules;    /* of counters, in the intervals that the edges divide */
    double lost_joules;
    uint64_t resets;
    uint64_t unbelieved;
    double last_watts; /* mean of the interval before; NAN */
    double edge_watts; /* of one that the start divides, until the next is known; NAN */
    double edge_joules_whole;
    double edge_seconds;
};

#define SPAN_DOUBT_NULL ((struct span_doubt){ .last_watts = NAN, .edge_watts = NAN })

/**
 * span_doubt_add() - of the next span of a device
 * @inside:      what of it lies in the window
 * @rated_watts: stands for what it drew before its counter began anew, when nothing tells it
 */
void span_doubt_add(struct span_doubt *doubt, const struct span *whole, const struct span *inside,
                    double rated_watts);

/* Half-width, 95 %, of what the readings leave open between them. */
double span_doubt_joules(const struct span_doubt *doubt);
