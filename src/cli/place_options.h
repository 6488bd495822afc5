/* SPDX-License-Identifier: Apache-2.0 */
/* cli/place_options.h - where the machine is, as the options say */
#pragma once

#include "carbon/place.h"
#include "config/options.h"

/* The query of country, region, cloud, zone and intensity; its basis is PLACE_OPTION when the command
 * line gave them and PLACE_CONFIG for the environment and files. Borrows from the options. */
struct place_query place_query_from_options(const struct options *options);
