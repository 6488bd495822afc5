/* SPDX-License-Identifier: Apache-2.0 */
/* tui/chart.c - bars and curves out of cells: blocks where the terminal has them, ASCII where not */
#include "tui/chart.h"

#include <math.h>

/* Lower eighths of a cell, from an empty one to a full one. */
static const uint32_t BLOCKS[] = { ' ',    0x2581, 0x2582, 0x2583, 0x2584,
                                   0x2585, 0x2586, 0x2587, 0x2588 };
/* Left eighths. */
static const uint32_t BARS[] = {
    ' ', 0x258f, 0x258e, 0x258d, 0x258c, 0x258b, 0x258a, 0x2589, 0x2588
};
static const uint32_t HATCHED = 0x2592;
static const uint32_t DOTTED = 0x2591;
static const char ASCII_LEVELS[] = " .:|"; /* of a cell's height */

enum { EIGHTHS = 8, ASCII_STEPS = 3 };

/* So much of a cell is all of it, rounded to an eighth. */
static const double ALMOST_FULL = 15.0 / 16;

static uint32_t level_code(const struct canvas *canvas, double part)
{
    int steps = canvas->unicode ? EIGHTHS : ASCII_STEPS;
    int level = (int)lround(fmin(fmax(part, 0), 1) * steps);

    if (part > 0 && level == 0)
        level = 1; /* a little is not nothing */
    return canvas->unicode ? BLOCKS[level] : (uint32_t)ASCII_LEVELS[level];
}

/* The tint at a height, by what the figure rests on there. */
static enum tint tint_at(const struct trend_point *point, double height)
{
    if (height < (double)point->measured)
        return TINT_MEASURED;
    return height < (double)point->measured + (double)point->modelled ? TINT_MODELLED
                                                                      : TINT_ASSUMED;
}

static uint32_t full_code(const struct canvas *canvas, enum tint tint)
{
    if (!canvas->unicode)
        return tint == TINT_MEASURED ? '|' : tint == TINT_MODELLED ? ':' : '.';
    return tint == TINT_MEASURED ? BLOCKS[EIGHTHS] : tint == TINT_MODELLED ? HATCHED : DOTTED;
}

static void draw_column(struct canvas *canvas, const struct box *box, int column,
                        const struct trend_point *point, double top)
{
    const double sum = trend_sum(point);

    if (!isfinite(sum) || !(top > 0))
        return;
    for (int i = 0; i < box->rows; i++) {
        const double cell = top / box->rows;
        const double bottom = cell * i;
        const double part = (sum - bottom) / cell;
        const enum tint tint = tint_at(point, fmin(bottom + cell / 2, (bottom + sum) / 2));

        if (part <= 0)
            return;
        canvas_put(canvas, box->row + box->rows - 1 - i, box->column + column,
                   part >= ALMOST_FULL ? full_code(canvas, tint) : level_code(canvas, part), tint);
    }
}

void chart_trend(struct canvas *canvas, const struct box *box, const struct trend *trend,
                 double top)
{
    for (int i = 0; i < box->columns && (size_t)i < trend_kept(trend); i++)
        draw_column(canvas, box, box->columns - 1 - i, trend_at(trend, (size_t)i), top);
}

void chart_spark(struct canvas *canvas, int row, int column, const double *values, size_t count,
                 double low, double top, enum tint tint)
{
    for (size_t i = 0; i < count; i++) {
        double part = top > low ? (values[i] - low) / (top - low) : 0;

        if (isfinite(values[i]))
            canvas_put(canvas, row, column + (int)i, level_code(canvas, fmax(part, 0.01)), tint);
    }
}

void chart_bar(struct canvas *canvas, int row, int column, int columns, double ratio,
               enum tint tint)
{
    const double eighths = isfinite(ratio) ? fmin(fmax(ratio, 0), 1) * columns * EIGHTHS : 0;

    for (int i = 0; i < columns; i++) {
        const double part = eighths - i * EIGHTHS;
        uint32_t code = canvas->unicode ? 0xb7 : '.';
        enum tint of = TINT_DIM;

        if (part >= EIGHTHS / 2 || (canvas->unicode && part >= 1)) {
            code = !canvas->unicode ? '|' : BARS[part >= EIGHTHS ? EIGHTHS : (int)part];
            of = tint;
        }
        canvas_put(canvas, row, column + i, code, of);
    }
}

double chart_round_up(double value)
{
    double power;

    if (!(value > 0) || !isfinite(value))
        return 1;
    power = pow(10, floor(log10(value)));
    for (int i = 0; i < 4; i++) {
        static const double steps[] = { 1, 2, 5, 10 };

        if (value <= steps[i] * power * (1 + 1e-9))
            return steps[i] * power;
    }
    return 10 * power;
}
