/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/rows.h - the rows of the table of providers, one file each */
#pragma once

#include "fetch/provider.h"

extern const struct provider provider_gb;
extern const struct provider provider_odre;
extern const struct provider provider_energidataservice;
extern const struct provider provider_electricitymaps;
extern const struct provider provider_watttime;
extern const struct provider provider_carbonaware;
extern const struct provider provider_eia;
extern const struct provider provider_entsoe;
