/* SPDX-License-Identifier: Apache-2.0 */
/* server/coarse_report.h - how fine the report of a run is told to those without the scope raw */
#pragma once

#include <stdbool.h>

#include "history/history.h"
#include "model/report.h"

/* Of a run that goes on, or was short: before its report is made, so that whatever is computed of it, grams and costs
 * too, tells no more. */
void record_coarsen(struct history_record *record);

/* What such a report tells beside. */
void report_coarsen(struct report *report);

/**
 * report_coarsen_tasks() - the parts of any run, which may be as short as they like
 * @coarse: its record was coarsened
 * A task of less than a second is not told, nor left over where all others are taken from the whole: what is told are
 * stretches of a second and more, of which a task has its part by time where the stretch is nearly all its own, and
 * nothing where it is not. Exact are the tasks of a run that has none below 10 s.
 */
void report_coarsen_tasks(struct report *report, bool coarse);
