/* SPDX-License-Identifier: Apache-2.0 */
/* model/market.h - the grams by what was contracted, beside those by where the electricity was used */
#pragma once

#include <stdbool.h>

#include "model/band.h"

/* What the contract covers is counted at its factor, the rest at the residual mix, or where none is known
 * at the place's own figure. */
struct market_terms {
    bool given; /* there is a contract */
    double factor_gco2e_per_kwh;
    double share;                  /* of the electricity, 0 to 1 */
    double residual_gco2e_per_kwh; /* NAN: the place's */
};

struct market_based {
    struct market_terms terms;
    struct band gco2e_per_kwh;
    struct band operational_gco2e;
    struct band total_gco2e; /* with the same making of the hardware as the location-based one */
};
