/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/market.c - the market-based figure of scope 2, beside the location-based one */
#include "carbon/market.h"

#include <math.h>

static struct band exactly(double value)
{
    return (struct band){ value, value, value };
}

struct market_based market_based_make(const struct market_terms *terms, struct band kwh,
                                      struct band place, struct band embodied_gco2e)
{
    struct band rest =
        isfinite(terms->residual_gco2e_per_kwh) ? exactly(terms->residual_gco2e_per_kwh) : place;
    struct market_based market = { .terms = *terms };

    if (!terms->given) {
        market.gco2e_per_kwh = market.operational_gco2e = market.total_gco2e = BAND_NONE;
        return market;
    }
    market.gco2e_per_kwh = band_sum(band_scaled(exactly(terms->factor_gco2e_per_kwh), terms->share),
                                    band_scaled(rest, 1 - terms->share));
    market.operational_gco2e = band_times(kwh, market.gco2e_per_kwh);
    market.total_gco2e = market.operational_gco2e;
    if (band_is_known(embodied_gco2e))
        market.total_gco2e = band_sum(market.total_gco2e, embodied_gco2e);
    return market;
}
