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
    char saved_as[ULID_SIZE]; /* "" not stored */
    char *const *warnings;    /* of the report after; the caller's */
    size_t warning_count;
};

/* Sums of grams of one kind; a mixture says so by an empty kind. */
struct recomputed_totals {
    size_t runs;
    double total_joules;
    struct band before_gco2e;
    struct band after_gco2e;
    char before_kind[32];
    char after_kind[32];
};

void recomputed_totals_add(struct recomputed_totals *totals, const struct recomputed_row *row);
