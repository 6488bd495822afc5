/* SPDX-License-Identifier: Apache-2.0 */
/* model/live.h - what providers of live intensities had to say of a stretch of time, and which were asked in vain */
#pragma once

#include <stdbool.h>

#include "model/fetch.h"

struct live {
    bool asked; /* false: all else is empty */
    struct intensity_origin origin;
    /* Shares of the energy that met a value, an estimated one, a forecast; NAN: not matched. */
    double known_ratio;
    double estimated_ratio;
    double forecast_ratio;
    struct fetch_step
        steps[FETCH_CHAIN_MAX]; /* in the order asked, the one that answered included */
    uint32_t step_count;
};

/* The marginal signal that the same energy met: shown beside, and never in a total. */
struct live_marginal {
    bool asked;                /* false: all else is empty */
    struct band gco2e_per_kwh; /* the energy-weighted mean of what was known */
    double known_ratio;        /* share of the energy that met a value; 0: none did */
    char provider[32];
    char zone[48];
    char kind[32];
    char source[160];
    char reason[160]; /* why there is none; "" */
};

/* The answer as it stands at a time: what `aico2 intensity --provider` shows. */
struct live_view {
    const struct live *live;
    const struct intensity_series *series; /* without points: nobody answered */
    int64_t now_wall_ns;
};

#define LIVE_NONE \
    ((struct live){ .known_ratio = NAN, .estimated_ratio = NAN, .forecast_ratio = NAN })

static inline bool fetch_step_served(const struct fetch_step *step)
{
    return step->outcome == FETCH_USED || step->outcome == FETCH_FROM_CACHE;
}
