/* SPDX-License-Identifier: Apache-2.0 */
/* model/totals.h - what is added up over time for one device */
#pragma once

#include <math.h>
#include <stdint.h>

/**
 * struct energy_sums - everything that is additive over intervals, so that slices, thinned history
 * and windows are plain sums
 *
 * In an interval of dt seconds and E joules with job activity a_j and activity of all a, the job's
 * share is s = a_j / a (0 when a is 0) and the others' o = 1 - s (0 when a is 0). The idle power of
 * the device is only known at the end of the run; because active = (E - P_idle dt) s is linear in
 * P_idle, it is enough to keep sum(E s) and sum(dt s).
 */
struct energy_sums {
    double joules;              /* E, all of it */
    double covered_seconds;     /* backed by readings */
    double gap_seconds;         /* not backed */
    double job_gross_joules;    /* sum(E s) */
    double job_seconds;         /* sum(dt s) */
    double others_gross_joules; /* sum(E o) */
    double others_seconds;      /* sum(dt o) */
    double job_activity;        /* CPU seconds, or SM seconds of a GPU */
    double all_activity;
    double utilization_seconds; /* sum(u dt) */
    double utilization_covered_seconds;
    uint64_t samples;
};

struct device_totals {
    struct energy_sums sums;
    double peak_watts;   /* NAN: none yet */
    double floor_watts;  /* lowest mean power seen while the device was idle; NAN: never idle */
    double lowest_watts; /* lowest mean power of any interval; NAN: none yet */
};

#define DEVICE_TOTALS_NULL \
    ((struct device_totals){ .peak_watts = NAN, .floor_watts = NAN, .lowest_watts = NAN })

void energy_sums_add(struct energy_sums *sum, const struct energy_sums *part);
/* The share `ratio` (0-1) of an interval's sums: splits one at an hour or a window's edge. */
struct energy_sums energy_sums_scaled(const struct energy_sums *sums, double ratio);
