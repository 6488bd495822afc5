/* SPDX-License-Identifier: Apache-2.0 */
/* cli/place_options.c - where the machine is, as the options say */
#include "cli/place_options.h"

struct place_query place_query_from_options(const struct options *options)
{
    struct place_query query = {
        .country = options_text(options, OPT_COUNTRY),
        .region = options_text(options, OPT_REGION),
        .cloud = options_text(options, OPT_CLOUD),
        .zone = options_text(options, OPT_ZONE),
        .gco2e_per_kwh = options_number(options, OPT_INTENSITY),
        .basis = PLACE_OPTION,
    };

    /* a source replaces the places of all below it: what is there comes from one and the same */
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        enum option_id id = (enum option_id)i;

        if (option_rows[i].place && options_given(options, id) &&
            options_origin(options, id) != ORIGIN_COMMAND_LINE)
            query.basis = PLACE_CONFIG;
    }
    return query;
}
