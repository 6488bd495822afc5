/* SPDX-License-Identifier: Apache-2.0 */
/* writers/format.h - figures as people read them: three significant digits and a fitting unit */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/band.h"

enum quantity {
    QUANTITY_JOULES, /* shown in Wh */
    QUANTITY_WATTS,
    QUANTITY_GCO2E,
    QUANTITY_METRES,
    QUANTITY_SECONDS, /* in words: "29.3 minutes" */
};

/* "…" and its kin, or what ASCII has for them. */
struct symbols {
    const char *dots;
    const char *dash; /* an unavailable figure */
    const char *plus_minus;
    const char *times;
};

enum { FIGURE_SIZE = 48, RANGE_SIZE = 2 * FIGURE_SIZE + 8 };

const struct symbols *symbols_for(bool unicode);

/**
 * figure_format() - "12.4 Wh"; the dash when not finite; never "0.00" of what is not 0
 * Negative figures are shown as they are: only differences have them.
 */
void figure_format(char out[FIGURE_SIZE], enum quantity quantity, double value, bool unicode);

/**
 * figure_format_like() - a figure beside another: in the unit that fits `like`, so that a reader
 * can add them up
 * @with_unit: false leaves the unit out, and it is that of `like` whatever is left of the figure
 *             ("<0.01"); true names it, and takes the figure's own where too little would be left
 */
void figure_format_like(char out[FIGURE_SIZE], enum quantity quantity, double value, double like,
                        bool with_unit, bool unicode);

/* What to show a figure like that stands under `beside`: in the other's unit where it is 0.1 to
 * 1000 of it, so that a reader can add them up; else in its own. */
double figure_like_beside(enum quantity quantity, double value, double beside);

/* "6.05 … 6.66", in the unit of like, unnamed. */
void range_format(char out[RANGE_SIZE], enum quantity quantity, struct band band, double like,
                  bool unicode);

/* Three significant digits of a number without a unit; the dash when not finite. */
void plain_format(char out[FIGURE_SIZE], double value, bool unicode);
/* The same for both ends of a band. */
void plain_range_format(char out[RANGE_SIZE], struct band band, bool unicode);

/* "±4 %", "-50/+80 %" where the sides differ, the dash when unknown. */
void band_format(char out[FIGURE_SIZE], struct band band, bool unicode);
/* 0.834 is "83 %"; what is short of all is never shown as 100 %. */
void percent_format(char out[FIGURE_SIZE], double ratio, bool unicode);

/* "12.3 ms", "50.1 s", "12 min 30 s", "3 h 05 min", "2 d 4 h" */
void seconds_format(char out[FIGURE_SIZE], double seconds, bool unicode);

/* "1.0", "1.12" */
void pue_format(char out[FIGURE_SIZE], double pue, bool unicode);

/* What rounding left below 0 is 0; what is truly negative is no figure of a report: NAN. */
double figure_not_negative(double value);
