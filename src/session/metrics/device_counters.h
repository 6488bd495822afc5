/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/device_counters.h - what each device has used since counting began, over run after run
 *
 * Who measures without end cuts the measurement into runs, whose figures begin at 0 each time; who
 * scrapes wants counters that never fall. Between the two stand these. What they tell is of a second
 * or more at a time, however often a report is handed in: finer figures are a side channel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/report.h"

/* NAN until the first value. */
struct rising {
    double ended; /* of the runs before */
    double now;   /* the highest so far of the one in hand */
};

struct device_counter {
    struct device device; /* another reader or basis of the same id is another counter */
    bool added;   /* its energy is part of the machine's: it is no board, and no module holds it */
    bool present; /* in the last report */
    struct rising joules;
    struct rising gco2e;    /* of its electricity */
    struct rising embodied; /* gCO2e */
    struct rising gap_seconds;
    struct rising active_joules; /* energy times load, as others split it */
    double watts;                /* of the last second or more that was measured; NAN */
    double utilization_ratio;

    /* of the last report, to tell what came since */
    double then_joules;
    double then_seconds;
    double then_busy_seconds;
    double then_utilization_seconds;
    double then_active_joules;
};

struct device_counters {
    struct device_counter *items;
    size_t count;
    size_t capacity;
    struct rising late_ticks;
    struct rising own_joules; /* of this program, within those of the devices */
    char run_id[ULID_SIZE];   /* of the run in hand; "" none yet */
    int64_t taken_ns;         /* into it */
    bool ended;               /* it has, and nothing of it comes any more */
};

/**
 * device_counters_take() - a report of the run in hand, or of the next one
 * The last report of a run is the one whose state says that it has ended.
 * Return: 1 taken, 0 too soon after the last, -ENOMEM
 */
int device_counters_take(struct device_counters *counters, const struct report *report);
void device_counters_deinit(struct device_counters *counters);

/* NAN: never known. */
double rising_total(struct rising rising);
