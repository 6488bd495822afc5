/* SPDX-License-Identifier: Apache-2.0 */
/* model/price.h - what a kilowatt-hour costs, and what that made of a run's electricity */
#pragma once

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/band.h"

enum { CURRENCY_SIZE = 4 };

struct price {
    char currency[CURRENCY_SIZE]; /* ISO 4217, "EUR"; "": no price was given */
    double per_kwh;               /* NAN: only a series tells; below 0 as a mean of one it may be */
};

/* Three capital letters; whether there is such a currency is the tables' to say. */
static inline bool currency_has_form(const char *code)
{
    return isupper((unsigned char)code[0]) && isupper((unsigned char)code[1]) &&
           isupper((unsigned char)code[2]) && code[3] == '\0';
}

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
