/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/coarse.h - how fine a figure leaves the program; NAN stays NAN */
#pragma once

#include <math.h>
#include <stdbool.h>

/* What was used in less is not told, however coarsely: short runs may follow each other closely. */
static inline bool coarse_is_told(double seconds)
{
    return seconds >= 1;
}

/* Counters are rounded down, so that they tell nothing before it is true. */
static inline double coarse_joules(double joules)
{
    return floor(joules * 10) / 10;
}

/* 0.1 mg is 0.1 J at 3600 g/kWh and more of any cleaner grid. */
static inline double coarse_grams(double grams)
{
    return floor(grams * 1e4) / 1e4;
}

static inline double coarse_seconds(double seconds)
{
    return floor(seconds * 1000) / 1000;
}

static inline double coarse_watts(double watts)
{
    return round(watts * 10) / 10;
}

static inline double coarse_ratio(double ratio)
{
    return round(ratio * 1000) / 1000;
}
