/* SPDX-License-Identifier: Apache-2.0 */
/* session/place_again.c - the assumptions that a stored run was reported under */
#include "session/place_again.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "carbon/place.h"
#include "session/report_carbon.h"

static const char MATCH = '|';

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static int find_place(const struct run *run, const char *text, struct intensity *intensity_out,
                      struct aico2_error *err)
{
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
        return aico2_error_set(err, -EINVAL,
                               "the run was stored with the intensity '%s', which is no number",
                               given);
    return place_resolve(&query, intensity_out, err);
}

/* "value,low,high"; the text is taken apart. */
static bool parse_match(char *text, struct band *band_out)
{
    char *low = strchr(text, ',');
    char *high = low == NULL ? NULL : strchr(low + 1, ',');
    struct band band;

    if (high == NULL)
        return false;
    *low++ = *high++ = '\0';
    if (!number_parse_double(text, &band.value) || !number_parse_double(low, &band.low) ||
        !number_parse_double(high, &band.high))
        return false;

    *band_out = band;
    return true;
}

int place_again(const struct run *run, struct carbon_basis *basis_out, struct aico2_error *err)
{
    struct carbon_basis basis = { .pue = run->pue };
    char text[RUN_PLACE_SIZE];
    char *match;
    int r;

    (void)snprintf(text, sizeof(text), "%s", run->place_option);
    match = strchr(text, MATCH);
    if (match != NULL)
        *match++ = '\0';
    r = find_place(run, text, &basis.intensity, err);
    if (r < 0)
        return r;
    if (match != NULL) {
        if (!parse_match(match, &basis.intensity.gco2e_per_kwh))
            return aico2_error_set(err, -EINVAL,
                                   "the run was stored with the matched intensity '%s', which is "
                                   "not three numbers",
                                   strchr(run->place_option, MATCH) + 1);
        basis.time_matched = true;
        /* with a band a part of it is the table's: then its name stands */
        if (basis.intensity.gco2e_per_kwh.low == basis.intensity.gco2e_per_kwh.high)
            report_name_series(&basis.intensity);
    }
    *basis_out = basis;
    return 0;
}

void place_forget_match(struct run *run)
{
    run->place_option[strcspn(run->place_option, "|")] = '\0';
}

void place_keep_match(struct run *run, const struct report *report)
{
    const struct band band = report->intensity.gco2e_per_kwh;
    char value[40];
    char low[40];
    char high[40];

    place_forget_match(run);
    if (!report->time_matched)
        return;
    (void)number_format_double(value, sizeof(value), band.value);
    (void)number_format_double(low, sizeof(low), band.low);
    (void)number_format_double(high, sizeof(high), band.high);
    text_append(run->place_option, sizeof(run->place_option), "%c%s,%s,%s", MATCH, value, low,
                high);
}
