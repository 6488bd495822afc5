/* SPDX-License-Identifier: Apache-2.0 */
/* model/intensity.h - grams of CO2 equivalent for a kilowatt-hour: what kind of figure that is */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/band.h"

enum place_basis { PLACE_OPTION, PLACE_CONFIG, PLACE_CLOUD, PLACE_WORLD };

/* Strings are fixed fields so that the struct can be stored and copied. */
struct intensity {
    char place[48];  /* "FR", "US-CA", "aws:eu-west-3", "world"; "" with --intensity alone */
    char name[96];   /* "France", "World" */
    char country[3]; /* ISO alpha-2; "" for the world */
    char country3[4];
    enum place_basis place_basis;
    struct band gco2e_per_kwh;
    char kind[32];         /* "lifecycle-average", "direct-average", "user" ... */
    char source[160];      /* "Ember, yearly data, edition of 2025-08-03" */
    char source_short[32]; /* "Ember" */
    int year;              /* 0 unknown */
    char quality[4];       /* "A".."D", "" none */
    char note[224];        /* e.g. how a direct figure was scaled; "" nothing */
};

/* A series of values, each holding from its time until the next one's. */
struct intensity_point {
    int64_t wall_ns;
    double gco2e_per_kwh;
};

struct intensity_series {
    struct intensity_point *points; /* by rising time */
    size_t count;
    size_t capacity;
};

const char *place_basis_name(enum place_basis basis);
