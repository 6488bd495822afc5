/* SPDX-License-Identifier: Apache-2.0 */
/* tui/trend.c - the last values of a figure, in the order they came */
#include "tui/trend.h"

#include <math.h>

void trend_add(struct trend *trend, struct trend_point point)
{
    trend->points[trend->count++ % TREND_LENGTH] = point;
}

size_t trend_kept(const struct trend *trend)
{
    return trend->count < TREND_LENGTH ? trend->count : TREND_LENGTH;
}

const struct trend_point *trend_at(const struct trend *trend, size_t back)
{
    return &trend->points[(trend->count - 1 - back) % TREND_LENGTH];
}

double trend_sum(const struct trend_point *point)
{
    return (double)point->measured + (double)point->modelled + (double)point->assumed;
}

double trend_highest(const struct trend *trend, size_t last)
{
    double highest = NAN;

    for (size_t i = 0; i < last && i < trend_kept(trend); i++) {
        double sum = trend_sum(trend_at(trend, i));

        if (isfinite(sum) && !(highest >= sum))
            highest = sum;
    }
    return highest;
}
