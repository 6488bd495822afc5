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
    char kind[32];         /* a word of INTENSITY_KINDS, or "user" */
    char source[160];      /* "Ember, yearly data, edition of 2025-08-03" */
    char source_short[32]; /* "Ember" */
    int year;              /* 0 unknown */
    char quality[4];       /* "A".."D", "" none */
    char note[224];        /* e.g. how a direct figure was scaled; "" nothing */
};

/* What a value of a series rests on. */
enum intensity_point_quality { POINT_MEASURED, POINT_ESTIMATED, POINT_FORECAST };

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded" /* it goes over a pipe: model/fetch.h */

/* A series of values, each holding from its time until the next one's. NAN: nothing is known from here on. */
struct intensity_point {
    int64_t wall_ns;
    double gco2e_per_kwh;
    enum intensity_point_quality quality;
    uint32_t zero;
};

#pragma GCC diagnostic pop

/* Whose values they are. "" everywhere: a user's own file. */
struct intensity_origin {
    char provider[32];     /* "electricitymaps", a row of the fetcher's table */
    char zone[48];         /* the place as that provider names it: "DK-DK1" */
    char kind[32];         /* as in struct intensity: "lifecycle-average" */
    char source[160];      /* with the attribution its licence asks for */
    char source_short[32]; /* "Electricity Maps" */
    char licence[96];
    int64_t
        fetched_wall_ns; /* when it was asked of the provider; a cached answer is older than the run's question */
    double band_ratio; /* half-width of a measured value's band, 0.15 */
};

struct intensity_series {
    struct intensity_point *points; /* by rising time */
    size_t count;
    size_t capacity;
    struct intensity_origin origin;
};

const char *place_basis_name(enum place_basis basis);

/*
 * Two words: what is counted (all of the life cycle, or what leaves the chimneys), and of which
 * electricity (generated in the place on average, consumed there on average, or one more kWh of it).
 * Figures of two kinds are never compared or mixed without saying so. The short ones stand for those they
 * begin or end: "direct" is any but marginal.
 */
#define INTENSITY_KINDS                                                                 \
    "lifecycle-average|lifecycle-consumption|lifecycle-marginal|direct-average|direct-" \
    "consumption|direct-marginal|lifecycle|direct|consumption|marginal"

/* Whether a figure's kind is what somebody asked for by one of those words. */
bool intensity_kind_is(const char *kind, const char *asked);
bool intensity_kind_is_marginal(const char *kind);
