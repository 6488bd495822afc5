/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/carbon.h - the grams of a report, out of its joules, a place and the hardware */
#pragma once

#include "session/report/build.h"

/* After the joules: operational by the yearly figure or the series, embodied, equivalents. Return: 0 or
 * -ENOMEM. */
int report_add_carbon(struct report *report, const struct history_record *record,
                      const struct carbon_basis *basis);

/* What the report's total counts of a device, out of its sums. */
double report_counted_sums(const struct run *run, const struct energy_sums *sums,
                           const struct report_device *item);

/* A figure from the user's file is not the table's: not in kind, source or year. */
void report_name_series(struct intensity *intensity);

/* Joules that the report's total counts of a slice, without PUE; 0 of a device that is not added. */
double report_slice_joules(const struct report *report, const struct slice *slice);
