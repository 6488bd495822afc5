/* SPDX-License-Identifier: Apache-2.0 */
/* tui/trend.h - the last values of a figure, in the order they came */
#pragma once

#include <stddef.h>

enum { TREND_LENGTH = 256 };

/* Of a figure that rests on different things: measured at the bottom. NAN in all: not known. */
struct trend_point {
    float measured;
    float modelled;
    float assumed;
};

struct trend {
    struct trend_point points[TREND_LENGTH];
    size_t count; /* that there have been */
};

void trend_add(struct trend *trend, struct trend_point point);
/* How many are kept. */
size_t trend_kept(const struct trend *trend);
/* back: 0 the last one, and so on; below trend_kept(). */
const struct trend_point *trend_at(const struct trend *trend, size_t back);
double trend_sum(const struct trend_point *point);
/* The highest of the last ones; NAN: none is known. */
double trend_highest(const struct trend *trend, size_t last);
