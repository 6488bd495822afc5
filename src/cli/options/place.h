/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/place.h - where the machine is and what electricity costs there, as the options say */
#pragma once

#include "carbon/place.h"
#include "carbon/price.h"
#include "config/options.h"
#include "model/market.h"

/* --cloud auto, and no other place beside it. */
bool cloud_auto_asked(const struct options *options);

/* The query of country, region, cloud, zone and intensity; its basis is PLACE_OPTION when the command
 * line gave them and PLACE_CONFIG for the environment and files. Borrows from the options. */
struct place_query place_query_from_options(const struct options *options);

/* The contract of --market-factor, --market-share and --market-residual. Return: 0; -EINVAL for a share or
 * a residual mix of none. */
int market_from_options(const struct options *options, struct market_terms *terms_out,
                        struct aico2_error *err);

/* Whether a figure is given and one of a table asked for, in one breath. Return: 0 or -EINVAL. */
int place_options_check(const struct options *options, struct aico2_error *err);

/* The building: PUE (1.0 where nobody tells) and WUE (NAN) as given, else as the operator of the cloud
 * region has disclosed them. */
struct site_options {
    double pue;
    char pue_source[96]; /* who disclosed it; "" as given, or the default */
    bool wue_given;
    double wue_l_per_kwh;
    char wue_source[96]; /* "" not known */
};
struct site_options site_from_options(const struct options *options);
/* The same of a cloud region that was found out. */
struct site_options site_of_cloud(const struct options *options, const char *cloud);

/* --price; without it no currency. Return: 0 or -EINVAL. */
int price_from_options(const struct options *options, struct price *price_out,
                       struct aico2_error *err);
