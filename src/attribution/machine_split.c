/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/machine_split.c - what a device used in an interval, divided among all who may have used it */
#include "attribution/machine_split.h"

#include <math.h>

struct machine_split machine_split_begin(double joules, double seconds, double idle_watts,
                                         double all_activity, double seen_activity)
{
    double idle = isfinite(idle_watts) && seconds > 0 ? idle_watts * seconds : 0;
    struct machine_split split = { .all_activity = fmax(all_activity, seen_activity) };

    if (!(joules > 0))
        return split;
    split.active_joules = fmax(joules - idle, 0);
    split.idle_joules = joules - split.active_joules;
    return split;
}

double machine_split_part(const struct machine_split *split, double activity)
{
    if (!(split->all_activity > 0) || !(activity > 0))
        return 0;
    return split->active_joules * fmin(activity / split->all_activity, 1);
}
