/* SPDX-License-Identifier: Apache-2.0 */
/* server/coarse_row.h - how fine the figures of a run are told */
#pragma once

#include <stdbool.h>

#include "model/documents.h"
#include "session/metrics/coarse.h"

/* What a run has used tells more about what ran the shorter it is: finer figures of less time are a side channel. */
static const double COARSE_BELOW_SECONDS = 10;

static inline bool run_is_told_exactly(enum run_state state, double seconds)
{
    return state != RUN_RUNNING && seconds >= COARSE_BELOW_SECONDS;
}

/* Grams are joules times a number that anybody knows: they are told no finer. */
static inline void run_row_coarsen(struct run_row *row)
{
    if (run_is_told_exactly(row->state, row->duration_seconds))
        return;
    if (!coarse_is_told(row->duration_seconds))
        row->total_joules = row->total_gco2e = NAN;
    row->total_joules = coarse_joules(row->total_joules);
    row->total_gco2e = coarse_grams(row->total_gco2e);
}
