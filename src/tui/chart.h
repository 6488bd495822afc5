/* SPDX-License-Identifier: Apache-2.0 */
/* tui/chart.h - bars and curves out of cells: blocks where the terminal has them, ASCII where not */
#pragma once

#include "tui/canvas.h"
#include "tui/trend.h"

/**
 * chart_trend() - the last values of a trend, the newest at the right, from 0 to `top`
 * What is measured is full, what is modelled hatched, what is assumed dotted; a gap is empty.
 */
void chart_trend(struct canvas *canvas, const struct box *box, const struct trend *trend,
                 double top);

/* One row of values, each a column, between low and top; NAN is empty. */
void chart_spark(struct canvas *canvas, int row, int column, const double *values, size_t count,
                 double low, double top, enum tint tint);

/* How full: 0-1. NAN: a bar without a value. */
void chart_bar(struct canvas *canvas, int row, int column, int columns, double ratio,
               enum tint tint);

/* The highest that a scale should end at: 1, 2 or 5 times a power of ten, not below `value`. */
double chart_round_up(double value);
