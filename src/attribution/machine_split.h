/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/machine_split.h - what a device used in an interval, divided among all who may have used it */
#pragma once

/* What is left when the idle part and the parts of those seen are taken away is the others'. */
struct machine_split {
    double idle_joules;
    double active_joules; /* idle + active = joules, to the last bit */
    double all_activity;  /* that shares are parts of */
};

/**
 * machine_split_begin() - of one interval of one device
 * @idle_watts:    what it draws with nothing running; NAN: 0
 * @all_activity:  of everybody, as the machine tells it
 * @seen_activity: of those who will be given a part; may be more, as exact clocks know better than ticks
 */
struct machine_split machine_split_begin(double joules, double seconds, double idle_watts,
                                         double all_activity, double seen_activity);

/* The part of who did so much of it; together never more than what is active. */
double machine_split_part(const struct machine_split *split, double activity);
