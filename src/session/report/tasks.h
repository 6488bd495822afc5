/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/tasks.h - the joules and grams of a run's tasks, parts of the report's own */
#pragma once

#include "session/report/build.h"

/**
 * report_add_tasks() - after the carbon: shares out what the report counts
 * Tasks and the rest between them add up to the report's total, in joules as in grams.
 * Return: 0 or -ENOMEM
 */
int report_add_tasks(struct report *report, const struct history_record *record,
                     const struct carbon_basis *basis);

/* The mean intensity over a stretch of time: by the series where it speaks, else the place's. Of what was,
 * its last value holds on; of what lies ahead it speaks as long as the value before did. */
struct band report_intensity_between(const struct carbon_basis *basis, int64_t start_wall_ns,
                                     int64_t end_wall_ns, bool ahead);
