/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/compare.c - two reports against each other, "cannot tell" included */
#include "session/report/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { ROWS_MAX = 10 };

static struct band exact(double value)
{
    return (struct band){ value, value, value };
}

/*
 * The band of b - a. The errors of two runs are taken as independent: on one machine they are
 * partly alike and the true band is narrower, so that "lower" and "higher" are never said too
 * early.
 */
static void add_row(struct comparison *comparison, const char *what, const char *unit,
                    struct band a, struct band b)
{
    struct compare_row row = { .what = what, .unit = unit, .a = a.value, .b = b.value };
    double below;
    double above;

    if (!band_is_known(a) || !band_is_known(b))
        return;
    below = hypot(b.value - b.low, a.high - a.value);
    above = hypot(b.high - b.value, a.value - a.low);
    row.delta = b.value - a.value;
    row.low = row.delta - below;
    row.high = row.delta + above;
    row.verdict = row.high < 0 ? COMPARE_LOWER : row.low > 0 ? COMPARE_HIGHER : COMPARE_CANNOT_TELL;
    comparison->rows[comparison->row_count++] = row;
}

static struct band power_of(const struct report *report)
{
    double seconds = seconds_from_ns(report->run.duration_ns);

    return seconds > 0 ? band_scaled(report->total, 1 / seconds) : BAND_NONE;
}

static struct band per_unit(const struct report *report)
{
    return report->run.units > 0 ? band_scaled(report->total_gco2e, 1 / report->run.units)
                                 : BAND_NONE;
}

int comparison_make(const struct report *a, const struct report *b,
                    struct comparison *comparison_out, struct aico2_error *err)
{
    struct comparison comparison = { .rows = calloc(ROWS_MAX, sizeof(struct compare_row)) };

    if (comparison.rows == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    memcpy(comparison.a, a->run.id, sizeof(comparison.a));
    memcpy(comparison.b, b->run.id, sizeof(comparison.b));
    memcpy(comparison.a_name, a->run.name, sizeof(comparison.a_name));
    memcpy(comparison.b_name, b->run.name, sizeof(comparison.b_name));
    add_row(&comparison, "duration_seconds", "s", exact(seconds_from_ns(a->run.duration_ns)),
            exact(seconds_from_ns(b->run.duration_ns)));
    add_row(&comparison, "cpu_seconds", "s", exact(a->run.cpu_seconds), exact(b->run.cpu_seconds));
    add_row(&comparison, "total_joules", "J", a->total, b->total);
    add_row(&comparison, "mean_power_watts", "W", power_of(a), power_of(b));
    add_row(&comparison, "operational_gco2e", "gCO2e", a->operational_gco2e, b->operational_gco2e);
    add_row(&comparison, "embodied_gco2e", "gCO2e", a->embodied_gco2e, b->embodied_gco2e);
    add_row(&comparison, "total_gco2e", "gCO2e", a->total_gco2e, b->total_gco2e);
    if (strcmp(a->cost.price.currency, b->cost.price.currency) == 0)
        add_row(&comparison, "cost", a->cost.price.currency, a->cost.amount, b->cost.amount);
    add_row(&comparison, "water_litres", "l", a->water.litres, b->water.litres);
    if (strcmp(a->run.unit, b->run.unit) == 0)
        add_row(&comparison, "gco2e_per_unit", "gCO2e", per_unit(a), per_unit(b));
    *comparison_out = comparison;
    return 0;
}

void comparison_deinit(struct comparison *comparison)
{
    free(comparison->rows);
    *comparison = (struct comparison){ 0 };
}
