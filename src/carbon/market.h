/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/market.h - the market-based figure of scope 2, beside the location-based one */
#pragma once

#include "model/market.h"

/**
 * market_based_make() - share x factor + (1 - share) x the rest's, times the electricity
 * The factor and the residual mix are exact, being given; the place's keeps its band.
 * Source: GHG Protocol, Scope 2 Guidance; METHODOLOGY.md, section 5.
 * @kwh:      of the electricity, with PUE
 * @place:    gCO2e/kWh of the location-based figure
 * @embodied: NAN: not counted
 */
struct market_based market_based_make(const struct market_terms *terms, struct band kwh,
                                      struct band place, struct band embodied_gco2e);
