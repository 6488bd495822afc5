/* SPDX-License-Identifier: Apache-2.0 */
/* model/price.h - what a kilowatt-hour costs, and what that made of a run's electricity */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/band.h"

enum { CURRENCY_SIZE = 4 };

struct price {
    char currency[CURRENCY_SIZE]; /* ISO 4217, "EUR"; "": no price was given */
    double per_kwh;               /* NAN: only a series tells; below 0 as a mean of one it may be */
};

/* A series of prices, each holding from its time until the next one's. */
struct price_point {
    int64_t wall_ns;
    double per_kwh;
};

struct price_series {
    struct price_point *points; /* by rising time */
    size_t count;
    size_t capacity;
};

/* Of the electricity that a report counts, with PUE. */
struct cost {
    struct price price; /* the fixed one, or the energy-weighted mean of a series */
    bool time_matched;  /* the latter */
    struct band amount; /* in its currency; NAN: no price, or no energy */
};
