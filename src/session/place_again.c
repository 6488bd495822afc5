/* SPDX-License-Identifier: Apache-2.0 */
/* session/place_again.c - the place a stored run was reported under */
#include "session/place_again.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "carbon/place.h"

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

int place_again(const struct run *run, struct intensity *intensity_out, struct aico2_error *err)
{
    const char *text = run->place_option;
    const char *given = after(text, "intensity:");
    struct place_query query = {
        .country = after(text, "country:"),
        .region = after(text, "region:"),
        .cloud = after(text, "cloud:"),
        .zone = after(text, "zone:"),
        .gco2e_per_kwh = NAN,
        .basis = run->place_basis,
    };

    if (given != NULL && !number_parse_double(given, &query.gco2e_per_kwh))
        return aico2_error_set(err, -EINVAL, "the run was stored with the intensity '%s', which is no "
                                             "number", given);
    return place_resolve(&query, intensity_out, err);
}
