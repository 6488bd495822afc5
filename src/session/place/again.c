/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/again.c - the assumptions that a stored run was reported under */
#include "session/place/again.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "carbon/own_table.h"
#include "carbon/place.h"
#include "session/place/live.h"
#include "session/place/own.h"
#include "session/place/text.h"
#include "session/report/carbon.h"
#include "session/report/live.h"

/* The field without a key: the matched mean. */
static const char MATCH[] = "";
/* Whose values of a provider they were, or who was asked in vain. */
static const char LIVE[] = "live";
static const char SERIES[] = "series";
static const char MARGINAL[] = "marginal";
enum { RUN_LIVE_RESERVE = 320 }; /* for the place and its other fields */

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
    char kind[sizeof(intensity_out->kind)];
    char year[8];
    char own[RUN_PLACE_SIZE];
    double number;
    bool has_own;
    int r;

    if (given != NULL && !number_parse_double(given, &query.gco2e_per_kwh))
        return aico2_error_set(err, -EINVAL,
                               "the run was stored with the intensity '%s', which is no number",
                               given);
    if (place_text_get(run->place_option, "kind", kind, sizeof(kind)))
        query.kind = kind;
    if (place_text_get(run->place_option, "year", year, sizeof(year)) &&
        number_parse_double(year, &number) && number >= 0 && number <= 9999)
        query.year = (int)number;
    has_own = place_text_get(run->place_option, "own", own, sizeof(own));
    if (has_own && query.zone != NULL && own_table_is_new(query.zone)) {
        place_own_name(query.zone, intensity_out);
        intensity_out->place_basis = run->place_basis;
        r = 0;
    } else {
        r = place_resolve(&query, intensity_out, err);
    }
    if (r == 0 && has_own && !place_own_read(own, intensity_out))
        return aico2_error_set(err, -EINVAL, "the run's own figure of its place is stored damaged");
    return r;
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
    struct carbon_basis basis = {
        .pue = run->pue,
        .price = run->price,
        .price_matched = run->price_matched,
    };
    char text[RUN_PLACE_SIZE];
    char match[RUN_PLACE_SIZE];
    int r;

    place_text_place(run->place_option, text, sizeof(text));
    r = find_place(run, text, &basis.intensity, err);
    if (r < 0)
        return r;
    if (place_text_get(run->place_option, LIVE, text, sizeof(text)) &&
        !place_live_read(text, &basis.live))
        return aico2_error_set(err, -EINVAL,
                               "what the run met of a provider's values is stored damaged");
    if (place_text_get(run->place_option, MARGINAL, text, sizeof(text)) &&
        !place_marginal_read(text, &basis.marginal_met))
        return aico2_error_set(err, -EINVAL,
                               "what the run met of a marginal signal is stored damaged");
    basis.yearly = basis.intensity;
    if (place_text_get(run->place_option, MATCH, text, sizeof(text))) {
        memcpy(match, text, sizeof(match));
        if (!parse_match(text, &basis.intensity.gco2e_per_kwh))
            return aico2_error_set(err, -EINVAL,
                                   "the run was stored with the matched intensity '%s', which is "
                                   "not three numbers",
                                   match);
        basis.time_matched = true;
        /* with a band a part of it is the table's: then its name stands */
        if (basis.live.asked)
            report_name_live(&basis.intensity, &basis.live, basis.yearly.kind);
        else if (place_text_get(run->place_option, SERIES, text, sizeof(text)) ||
                 basis.intensity.gco2e_per_kwh.low == basis.intensity.gco2e_per_kwh.high)
            report_name_series(&basis.intensity);
    }
    *basis_out = basis;
    return 0;
}

void place_forget_match(struct run *run)
{
    struct run_wait wait;

    place_text_set(run->place_option, sizeof(run->place_option), MATCH, NULL);
    place_text_set(run->place_option, sizeof(run->place_option), SERIES, NULL);
    place_text_set(run->place_option, sizeof(run->place_option), LIVE, NULL);
    place_text_set(run->place_option, sizeof(run->place_option), MARGINAL, NULL);
    place_text_wait(run->place_option, &wait);
    wait.saving_ratio = NAN; /* it was the series' too */
    place_text_set_wait(run->place_option, sizeof(run->place_option), &wait);
}

static void keep_live(struct run *run, const struct live *live)
{
    char text[RUN_PLACE_SIZE - RUN_LIVE_RESERVE];

    if (!live->asked)
        return;
    place_live_write(text, sizeof(text), live);
    place_text_set(run->place_option, sizeof(run->place_option), LIVE, text);
}

static void keep_marginal(struct run *run, const struct live_marginal *marginal)
{
    char text[RUN_PLACE_SIZE / 2];

    if (!marginal->asked)
        return;
    place_marginal_write(text, sizeof(text), marginal);
    place_text_set(run->place_option, sizeof(run->place_option), MARGINAL, text);
}

void place_keep_match(struct run *run, const struct report *report)
{
    const struct band band = report->intensity.gco2e_per_kwh;
    char match[3 * 40];
    char value[40];
    char low[40];
    char high[40];

    place_forget_match(run);
    keep_marginal(run, &report->marginal);
    keep_live(run, &report->live);
    place_text_set_wait(run->place_option, sizeof(run->place_option), &report->wait);
    run->price = report->cost.price;
    run->price_matched = report->cost.time_matched;
    if (!report->time_matched)
        return;
    if (report->series_whole)
        place_text_set(run->place_option, sizeof(run->place_option), SERIES, "whole");
    (void)number_format_double(value, sizeof(value), band.value);
    (void)number_format_double(low, sizeof(low), band.low);
    (void)number_format_double(high, sizeof(high), band.high);
    (void)snprintf(match, sizeof(match), "%s,%s,%s", value, low, high);
    place_text_set(run->place_option, sizeof(run->place_option), MATCH, match);
}
