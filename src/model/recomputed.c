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

static void add_score(struct recomputed_score *score, const struct recomputed_row *row, bool first)
{
    if (first)
        memcpy(score->stage, row->run.stage, sizeof(score->stage));
    else if (strcmp(score->stage, row->run.stage) != 0)
        score->several_stages = true;
    if (!band_is_known(row->after.total_gco2e))
        score->unknown_grams = true;
    if (row->unit[0] == '\0' || !(row->units > 0)) {
        score->uncounted++;
        return;
    }
    if (score->unit[0] == '\0')
        memcpy(score->unit, row->unit, sizeof(score->unit));
    else if (strcmp(score->unit, row->unit) != 0)
        score->several_units = true;
    score->units += row->units;
}

const char *recomputed_score_of(const struct recomputed_totals *totals, struct band *per_unit_out)
{
    const struct recomputed_score *score = &totals->score;

    *per_unit_out = BAND_NONE;
    if (score->unit[0] == '\0')
        return "";
    if (score->several_units)
        return "the runs are of several units";
    if (score->several_stages)
        return "the runs are of several stages: --stage chooses";
    if (totals->after_kind[0] == '\0')
        return "the grams are of several kinds";
    if (score->unknown_grams)
        return "the grams of a run are not known";
    *per_unit_out = band_scaled(totals->after_gco2e, 1 / score->units);
    return NULL;
}

void recomputed_totals_add(struct recomputed_totals *totals, const struct recomputed_row *row)
{
    bool first = totals->runs == 0;

    add_side(&totals->before_gco2e, totals->before_kind, &row->before, first);
    add_side(&totals->after_gco2e, totals->after_kind, &row->after, first);
    add_score(&totals->score, row, first);
    if (isfinite(row->run.total_joules))
        totals->total_joules += row->run.total_joules;
    totals->runs++;
}
