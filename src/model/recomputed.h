/* SPDX-License-Identifier: Apache-2.0 */
/* model/recomputed.h - a run under the assumptions it was reported with and under others */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/documents.h"

/* What the grams of a run were computed with, and what came of it. */
struct recomputed_side {
    char place[48];
    char kind[32];
    double gco2e_per_kwh;
    double pue;
    bool time_matched;
    double operational_gco2e;
    struct band total_gco2e;
};

struct recomputed_row {
    struct run_row run; /* its joules by the policies asked for */
    struct recomputed_side before;
    struct recomputed_side after;
    char unit[RUN_WORD_SIZE]; /* functional unit of the SCI score; "" none */
    double units;             /* NAN none */
    char saved_as[ULID_SIZE]; /* "" not stored */
    char *const *warnings;    /* of the report after; the caller's */
    size_t warning_count;
};

/* What one SCI score over many runs is made of: the trainings of a model, those that failed included. */
struct recomputed_score {
    char unit[RUN_WORD_SIZE];
    char stage[RUN_WORD_SIZE];
    double units;     /* of the runs that tell a number */
    size_t uncounted; /* runs that tell none: what they emitted counts */
    bool several_units;
    bool several_stages;
    bool unknown_grams; /* of one of them */
};

/* Sums of grams of one kind; a mixture says so by an empty kind. */
struct recomputed_totals {
    size_t runs;
    double total_joules;
    struct band before_gco2e;
    struct band after_gco2e;
    char before_kind[32];
    char after_kind[32];
    struct recomputed_score score; /* of the grams after */
};

/**
 * recomputed_score_of() - the sum of the grams over the sum of the units
 * @per_unit_out: BAND_NONE where there is no score
 * Return: NULL; why there is none; "" where no run has a unit
 */
const char *recomputed_score_of(const struct recomputed_totals *totals, struct band *per_unit_out);

void recomputed_totals_add(struct recomputed_totals *totals, const struct recomputed_row *row);
