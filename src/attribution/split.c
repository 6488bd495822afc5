/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/split.c - whose joules: job, others, idle, in a way that always adds up */
#include "attribution/split.h"

#include <float.h>
#include <math.h>

struct energy_sums attribution_interval(double joules, double seconds, double job_activity,
                                        double all_activity)
{
    struct energy_sums sums = {
        .joules = joules,
        .covered_seconds = seconds,
        .samples = 1,
    };
    double share;

    if (!(job_activity > 0))
        job_activity = 0;
    if (!(all_activity > job_activity))
        all_activity = job_activity; /* the exact figure of the job raises the machine's */
    sums.job_activity = job_activity;
    sums.all_activity = all_activity;
    if (!(all_activity > 0))
        return sums;

    share = job_activity / all_activity;
    sums.job_gross_joules = joules * share;
    sums.job_seconds = seconds * share;
    sums.others_gross_joules = joules - sums.job_gross_joules;
    sums.others_seconds = seconds - sums.job_seconds;
    return sums;
}

static double active_joules(double gross_joules, double seconds, double idle_watts)
{
    double active = gross_joules - idle_watts * seconds;

    return active > 0 ? active : 0;
}

/*
 * The nearest multiple of the last bit of `whole`. Parts made of whole last bits add up to it
 * without any rounding, in whatever order a reader adds them; what is moved is 1e-16 of the whole.
 */
static double in_bits_of(double whole, double part)
{
    int exponent;

    if (!(whole > 0))
        return 0;
    (void)frexp(whole, &exponent);
    exponent -= DBL_MANT_DIG;
    if (exponent < DBL_MIN_EXP - DBL_MANT_DIG)
        exponent = DBL_MIN_EXP - DBL_MANT_DIG; /* below it there are no bits */
    return fmin(ldexp(rint(ldexp(part, -exponent)), exponent), whole);
}

struct attribution attribution_split(const struct energy_sums *sums, double idle_watts)
{
    struct attribution parts = { 0 };

    if (!(idle_watts > 0))
        idle_watts = 0;
    parts.job_joules = in_bits_of(sums->joules, active_joules(sums->job_gross_joules,
                                                              sums->job_seconds, idle_watts));
    parts.others_joules = in_bits_of(sums->joules, active_joules(sums->others_gross_joules,
                                                                 sums->others_seconds, idle_watts));
    /* only the rounding of many sums can make them more than there is */
    parts.others_joules = fmin(parts.others_joules, sums->joules - parts.job_joules);
    parts.idle_joules = sums->joules - (parts.job_joules + parts.others_joules);
    if (sums->all_activity > 0)
        parts.job_share = fmin(sums->job_activity / sums->all_activity, 1);
    return parts;
}

double attribution_of_other(double job_joules, double others_joules, double activity,
                            double all_activity)
{
    if (!(all_activity > 0) || !(activity > 0))
        return 0;
    return fmin((job_joules + others_joules) * activity / all_activity, others_joules);
}
