/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/estimate.h - the estimate that options ask for: of a command line, a table's row, a request's body */
#pragma once

#include <stdbool.h>

#include "carbon/own_table.h"
#include "carbon/place.h"
#include "config/options.h"
#include "session/estimate/estimate.h"

/* The options that say of what, for how long and where. */
#define ESTIMATE_FIELDS                                                                    \
    OPT_GPU, OPT_CPU, OPT_COUNT, OPT_MEMORY_GIB, OPT_HOURS, OPT_GPU_HOURS, OPT_ENERGY_KWH, \
        OPT_POWER, OPT_UTILIZATION, OPT_PUE, OPT_COUNTRY, OPT_REGION, OPT_CLOUD, OPT_ZONE, \
        OPT_INTENSITY, OPT_EMBODIED, OPT_LIFETIME_YEARS, OPT_SERVERS, OPT_KIND, OPT_YEAR,  \
        OPT_MARKET_FACTOR, OPT_MARKET_SHARE, OPT_MARKET_RESIDUAL, OPT_PRICE, OPT_WUE

/* intensity: of their place. */
int estimate_from_options(const struct options *options, const struct intensity *intensity,
                          struct estimate *estimate_out, struct aico2_error *err);
/* The same, and the place looked up, with the user's own figures. */
int estimate_of_options(const struct options *options, const struct own_table *own,
                        struct estimate *estimate_out, struct aico2_error *err);

/* Time and energy are told in one of several ways: what was given (over defaults) in one way leaves nothing of the
 * defaults' way. */
void estimate_settle_ways(struct options *options, const bool given[OPT_COUNT_OF_OPTIONS]);
