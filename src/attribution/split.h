/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/split.h - whose joules: job, others, idle, in a way that always adds up */
#pragma once

#include "model/totals.h"

/**
 * attribution_interval() - the sums of one interval of one device
 * @joules, @seconds: measured or modelled
 * @job_activity:     CPU seconds (or SM seconds) of the job in it, >= 0
 * @all_activity:     of everybody, the job included; 0: nobody used the device
 */
struct energy_sums attribution_interval(double joules, double seconds, double job_activity,
                                        double all_activity);

struct attribution {
    double job_joules; /* active energy of the job */
    double others_joules;
    double idle_joules; /* job + others + idle = joules, to the last bit */
    double job_share;   /* job activity / all activity over the run; 0 when nobody used it */
};

/**
 * attribution_split() - divide what a device used into job, others and idle
 * @idle_watts: what the device draws with nothing running; NAN: 0
 * The idle part is cut so that no part is negative.
 */
struct attribution attribution_split(const struct energy_sums *sums, double idle_watts);

/**
 * attribution_of_other() - the active energy of one of the others
 * @job_joules, @others_joules: as attribution_split() divides the run
 * @activity:     of this one, over the run
 * @all_activity: of everybody
 * By the run's mean: what each did in each interval is not kept. Never more than what is the others' together.
 */
double attribution_of_other(double job_joules, double others_joules, double activity,
                            double all_activity);
