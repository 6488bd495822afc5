/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/place.c - from what a person writes to a carbon intensity and where it comes from */
#include "carbon/place.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/number.h"
#include "base/text.h"
#include "carbon/place_figures.h"
#include "carbon/tables.h"
#include "carbon/unknown.h"

static int find_row(const char *text, unsigned scopes)
{
    char key[PLACE_KEY_SIZE];

    return place_fold(key, text) ? place_find(key, scopes) : -1;
}

static bool is_inside(size_t inner, size_t outer)
{
    if (place_row_at(inner)->zone == outer)
        return true;
    for (size_t row = inner; row != PLACE_ROW_NONE; row = place_row_at(row)->parent) {
        if (row == outer)
            return true;
    }
    return false;
}

/* The row of the most exact of the given places; *row_out stays when none is given. */
static int find_given(const struct place_query *query, size_t *row_out, struct aico2_error *err)
{
    const char *const given[ASK_COUNT] = {
        [ASK_COUNTRY] = query->country, [ASK_REGION] = query->region, [ASK_CLOUD] = query->cloud,
        [ASK_ZONE] = query->zone,       [ASK_ANY] = query->any,
    };
    size_t chosen = PLACE_ROW_NONE;
    int chosen_ask = 0;

    for (int ask = 0; ask < ASK_COUNT; ask++) {
        int row;

        if (given[ask] == NULL)
            continue;
        row = find_row(given[ask], place_question_at(ask)->scopes);
        if (row < 0)
            return place_unknown(ask, given[ask], err);
        if (chosen != PLACE_ROW_NONE && !is_inside((size_t)row, chosen)) {
            char shown[2][64];

            if (is_inside(chosen, (size_t)row))
                continue;
            text_copy_clean(shown[0], sizeof(shown[0]), given[ask]);
            text_copy_clean(shown[1], sizeof(shown[1]), given[chosen_ask]);
            return aico2_error_set(err, -EINVAL, "%s '%s' is not in %s '%s': give only one of them",
                                   place_question_at(ask)->what, shown[0],
                                   place_question_at(chosen_ask)->what, shown[1]);
        }
        chosen = (size_t)row;
        chosen_ask = ask;
    }
    if (chosen != PLACE_ROW_NONE)
        *row_out = chosen;
    return 0;
}

static int fill_given_figure(double gco2e_per_kwh, struct intensity *intensity,
                             struct aico2_error *err)
{
    char shown[40];

    if (!isfinite(gco2e_per_kwh) || gco2e_per_kwh < 0 || gco2e_per_kwh > 5000) {
        if (isfinite(gco2e_per_kwh))
            (void)number_format_double(shown, sizeof(shown), gco2e_per_kwh);
        else
            (void)snprintf(shown, sizeof(shown), "%sinfinite", gco2e_per_kwh < 0 ? "-" : "");
        return aico2_error_set(err, -EINVAL, "intensity '%s' is not within 0 and 5000 gCO2e/kWh",
                               shown);
    }
    /* + 0.0: "-0" is a zero too, and should not be shown with a sign */
    gco2e_per_kwh += 0.0;
    intensity->gco2e_per_kwh = (struct band){ gco2e_per_kwh, gco2e_per_kwh, gco2e_per_kwh };
    (void)snprintf(intensity->kind, sizeof(intensity->kind), "user");
    (void)snprintf(intensity->source, sizeof(intensity->source), "given by --intensity");
    (void)snprintf(intensity->source_short, sizeof(intensity->source_short), "given");
    return 0;
}

/* The row asked for; the world's where nothing is, PLACE_ROW_NONE where a figure is given alone. */
static int find_asked(const struct place_query *query, struct intensity *intensity, size_t *row_out,
                      struct aico2_error *err)
{
    size_t row = PLACE_ROW_NONE;
    int r = find_given(query, &row, err);

    if (r < 0)
        return r;
    if (row == PLACE_ROW_NONE && isnan(query->gco2e_per_kwh)) {
        row = place_row_world();
        intensity->place_basis = PLACE_WORLD;
    }
    if (row != PLACE_ROW_NONE)
        place_fill(place_row_at(row), intensity);
    *row_out = row;
    return 0;
}

int place_resolve(const struct place_query *query, struct intensity *intensity_out,
                  struct aico2_error *err)
{
    struct intensity intensity = { .place_basis = query->basis };
    size_t row;
    int r = find_asked(query, &intensity, &row, err);

    if (r == 0 && !isnan(query->gco2e_per_kwh))
        r = fill_given_figure(query->gco2e_per_kwh, &intensity, err);
    else if (r == 0)
        r = place_figure_choose(row, query, &intensity, err);
    if (r == 0)
        *intensity_out = intensity;
    return r;
}

static bool is_same_figure(const struct intensity *a, const struct intensity *b)
{
    return strcmp(a->kind, b->kind) == 0 && a->year == b->year && strcmp(a->source, b->source) == 0;
}

int place_figures(const struct place_query *query, struct intensity **list_out, size_t *count_out,
                  struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    struct intensity figure = { .place_basis = query->basis };
    struct intensity first;
    size_t capacity = 0;
    size_t count = 1;
    size_t row;
    int r = place_resolve(query, &first, err);

    if (r == 0)
        r = find_asked(query, &figure, &row, err);
    if (r == 0 && array_reserve(&list, &capacity, 1, sizeof(*list)) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    if (r < 0)
        return r;
    list[0] = first;
    for (size_t i = 0; row != PLACE_ROW_NONE && place_figure_at(row, i, &figure); i++) {
        if (is_same_figure(&figure, &first))
            continue;
        if (array_reserve(&list, &capacity, count + 1, sizeof(*list)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        list[count++] = figure;
    }
    *list_out = list;
    list = NULL;
    *count_out = count;
    return 0;
}

size_t place_count(void)
{
    return place_rows_with_figure();
}

void place_at(size_t index, struct intensity *intensity_out)
{
    *intensity_out = (struct intensity){ .place_basis = PLACE_OPTION };
    place_fill(place_row_at(index), intensity_out);
    (void)place_figure_at(index, 0, intensity_out);
}

bool place_cloud_site(const char *cloud, struct place_site *site_out)
{
    int row = cloud == NULL ? -1 : find_row(cloud, 1u << PLACE_CLOUD_REGION);
    const struct place_site_row *site = row < 0 ? NULL : place_site_of((size_t)row);

    *site_out = (struct place_site){ .pue = NAN, .wue_l_per_kwh = NAN };
    if (site == NULL)
        return false;
    site_out->pue = site->pue;
    site_out->wue_l_per_kwh = site->wue_l_per_kwh;
    (void)snprintf(site_out->pue_source, sizeof(site_out->pue_source), "%s",
                   place_text(site->pue_source));
    (void)snprintf(site_out->wue_source, sizeof(site_out->wue_source), "%s",
                   place_text(site->wue_source));
    return true;
}
