/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/place.c - where the machine is and what electricity costs there, as the options say */
#include "cli/options/place.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool cloud_auto_asked(const struct options *options)
{
    const char *cloud = options_text(options, OPT_CLOUD);

    return cloud != NULL && strcmp(cloud, "auto") == 0;
}

struct place_query place_query_from_options(const struct options *options)
{
    struct place_query query = {
        .country = options_text(options, OPT_COUNTRY),
        .region = options_text(options, OPT_REGION),
        .cloud = options_text(options, OPT_CLOUD),
        .zone = options_text(options, OPT_ZONE),
        .gco2e_per_kwh = options_number(options, OPT_INTENSITY),
        .basis = PLACE_OPTION,
        .kind = options_text(options, OPT_KIND),
        .year = options_given(options, OPT_YEAR) ? (int)options_integer(options, OPT_YEAR) : 0,
    };

    /* found out later, by those that wait for it: cloud_auto.h */
    if (cloud_auto_asked(options))
        query.cloud = NULL;
    /* a source replaces the places of all below it: what is there comes from one and the same */
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        enum option_id id = (enum option_id)i;

        if (option_rows[i].place && options_given(options, id) &&
            options_origin(options, id) != ORIGIN_COMMAND_LINE)
            query.basis = PLACE_CONFIG;
    }
    return query;
}

int place_options_check(const struct options *options, struct aico2_error *err)
{
    enum option_id of_table = options_given(options, OPT_KIND) ? OPT_KIND : OPT_YEAR;

    if (!options_given(options, OPT_INTENSITY) || !options_given(options, of_table) ||
        options_origin(options, OPT_INTENSITY) != options_origin(options, of_table))
        return 0;
    return aico2_error_set(err, -EINVAL,
                           "--%s '%s' asks for a figure of the table, --intensity '%s' gives one: "
                           "only one of them",
                           option_rows[of_table].name, options_text(options, of_table),
                           options_text(options, OPT_INTENSITY));
}

int market_from_options(const struct options *options, struct market_terms *terms_out,
                        struct aico2_error *err)
{
    enum option_id of_factor =
        options_given(options, OPT_MARKET_SHARE) ? OPT_MARKET_SHARE : OPT_MARKET_RESIDUAL;

    if (!options_given(options, OPT_MARKET_FACTOR) && options_given(options, of_factor))
        return aico2_error_set(err, -EINVAL,
                               "--%s '%s' is of a contract: --market-factor G is needed",
                               option_rows[of_factor].name, options_text(options, of_factor));
    *terms_out = (struct market_terms){
        .given = options_given(options, OPT_MARKET_FACTOR),
        .factor_gco2e_per_kwh = options_number(options, OPT_MARKET_FACTOR),
        .share = options_number(options, OPT_MARKET_SHARE),
        .residual_gco2e_per_kwh = options_number(options, OPT_MARKET_RESIDUAL),
    };
    return 0;
}

int price_from_options(const struct options *options, struct price *price_out,
                       struct aico2_error *err)
{
    const char *text = options_text(options, OPT_PRICE);

    *price_out = (struct price){ .per_kwh = NAN };
    return text == NULL ? 0 : price_parse(text, price_out, err);
}

struct site_options site_from_options(const struct options *options)
{
    return site_of_cloud(options, options_text(options, OPT_CLOUD));
}

struct site_options site_of_cloud(const struct options *options, const char *cloud)
{
    struct site_options made = {
        .pue = options_number(options, OPT_PUE),
        .wue_given = options_given(options, OPT_WUE),
        .wue_l_per_kwh = options_number(options, OPT_WUE),
    };
    struct place_site site;

    (void)place_cloud_site(cloud, &site);
    if (!options_given(options, OPT_PUE) && isfinite(site.pue)) {
        made.pue = site.pue;
        memcpy(made.pue_source, site.pue_source, sizeof(made.pue_source));
    }
    if (made.wue_given) {
        (void)snprintf(made.wue_source, sizeof(made.wue_source), "given by --wue");
    } else if (isfinite(site.wue_l_per_kwh)) {
        made.wue_l_per_kwh = site.wue_l_per_kwh;
        memcpy(made.wue_source, site.wue_source, sizeof(made.wue_source));
    }
    return made;
}
