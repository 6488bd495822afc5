/* SPDX-License-Identifier: Apache-2.0 */
/* model/recomputed.c - the sums over runs that were put under other assumptions */
#include "model/recomputed.h"

#include <string.h>

static void add_side(struct band *sum, char kind[32], const struct recomputed_side *side,
                     bool first)
{
    if (first)
        memcpy(kind, side->kind, sizeof(side->kind));
    else if (strcmp(kind, side->kind) != 0)
        kind[0] = '\0';
    /* ends and all: the errors of one place and one meter are alike from run to run */
    if (band_is_known(side->total_gco2e))
        *sum = band_sum(*sum, side->total_gco2e);
}

void recomputed_totals_add(struct recomputed_totals *totals, const struct recomputed_row *row)
{
    bool first = totals->runs == 0;

    add_side(&totals->before_gco2e, totals->before_kind, &row->before, first);
    add_side(&totals->after_gco2e, totals->after_kind, &row->after, first);
    if (isfinite(row->run.total_joules))
        totals->total_joules += row->run.total_joules;
    totals->runs++;
}
