/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/mix.h - an intensity computed from what was generated of each fuel */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fetch/providers/answer.h"

/*
 * Sum of MW x factor over sum of MW, at each time. Production of the area alone: what is imported is not in it.
 * Life-cycle factors of data/fuel_factors.csv.
 */
enum mix_fuel {
    MIX_COAL,
    MIX_GAS,
    MIX_OIL,
    MIX_NUCLEAR,
    MIX_HYDRO,
    MIX_WIND,
    MIX_WIND_OFFSHORE,
    MIX_SOLAR,
    MIX_BIO,
    MIX_GEOTHERMAL,
    MIX_MARINE,
    MIX_OTHER,
    MIX_FUEL_COUNT,
    MIX_STORAGE =
        MIX_FUEL_COUNT, /* counted when it was charged: neither above nor below the line */
    MIX_UNKNOWN = -1,
};

struct mix_factor {
    double low, gco2e_per_kwh, high;
};

struct mix_factor mix_factor_of(enum mix_fuel fuel);

/* Half-width of the band of a mix: the wider side of the ranges of coal and gas, which make the grams of most. */
double mix_band_ratio(void);

struct mix_cell {
    int64_t wall_ns;
    double megawatts;
    int series;    /* of the answer: a number per fuel as the provider names it */
    int fuel;      /* enum mix_fuel */
    size_t number; /* of two for the same time and series the later counts */
};

enum { MIX_SERIES_MAX = 64, MIX_CELLS_MAX = 400000 };

struct mix {
    struct mix_cell *cells;
    size_t count;
    size_t capacity;
};

void mix_deinit(struct mix *mix);

/* Return: 0, -EBADMSG (no finite number, too many), -ENOMEM */
int mix_add(const struct answer *answer, struct mix *mix, int64_t wall_ns, int series,
            enum mix_fuel fuel, double megawatts);

/**
 * mix_finish() - a value for each time at which every series of the answer, stores aside, has one
 * Where one is missing nothing is known: what a plant that has not reported yet makes is no zero. A negative output
 * (a plant's own need) is 0. A time without any generation has no value.
 */
int mix_finish(const struct answer *answer, struct mix *mix);
