/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/place_figures.c - the figures that a row of the table has, of every kind and year */
#include "carbon/place_figures.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void copy_text(char *target, size_t size, uint16_t text)
{
    (void)snprintf(target, size, "%s", place_text(text)); /* the generator saw to it that it fits */
}

void place_fill(const struct place_row *row, struct intensity *intensity)
{
    copy_text(intensity->place, sizeof(intensity->place), row->place);
    copy_text(intensity->name, sizeof(intensity->name), row->name);
    memcpy(intensity->country, row->country, sizeof(intensity->country));
    memcpy(intensity->country3, row->country3, sizeof(intensity->country3));
}

static void fill_own(const struct place_row *row, struct intensity *intensity)
{
    intensity->gco2e_per_kwh = row->gco2e_per_kwh;
    intensity->year = row->year;
    copy_text(intensity->kind, sizeof(intensity->kind), row->kind);
    copy_text(intensity->source, sizeof(intensity->source), row->source);
    copy_text(intensity->source_short, sizeof(intensity->source_short), row->source_short);
    copy_text(intensity->note, sizeof(intensity->note), row->note);
    memcpy(intensity->quality, row->quality, sizeof(row->quality));
}

static void fill_other(const struct place_alternative *other, struct intensity *intensity)
{
    intensity->gco2e_per_kwh = other->gco2e_per_kwh;
    intensity->year = other->year;
    copy_text(intensity->kind, sizeof(intensity->kind), other->kind);
    copy_text(intensity->source, sizeof(intensity->source), other->source);
    copy_text(intensity->source_short, sizeof(intensity->source_short), other->source_short);
    copy_text(intensity->note, sizeof(intensity->note), other->note);
    memcpy(intensity->quality, other->quality, sizeof(other->quality));
}

/* Of the place itself. */
static bool own_figure_at(size_t index, size_t number, struct intensity *intensity)
{
    const struct place_row *row = place_row_at(index);
    size_t own = band_is_known(row->gco2e_per_kwh) ? 1 : 0;
    const struct place_alternative *others;
    size_t count;

    if (number < own) {
        fill_own(row, intensity);
        return true;
    }
    others = place_alternatives_of(index, &count);
    if (number - own >= count)
        return false;
    fill_other(&others[number - own], intensity);
    return true;
}

/* What stands for a cloud region says whose figure it is. */
static void name_owner(size_t parent, struct intensity *intensity)
{
    char note[sizeof(intensity->note)];

    (void)snprintf(note, sizeof(note), "%s", intensity->note);
    (void)snprintf(intensity->note, sizeof(intensity->note), "figure of %s%s%.160s",
                   place_text(place_row_at(parent)->place), note[0] != '\0' ? ": " : "", note);
}

bool place_figure_at(size_t row, size_t number, struct intensity *intensity)
{
    const struct place_row *place = place_row_at(row);
    struct intensity own = { 0 };
    size_t count = 0;

    if (own_figure_at(row, number, intensity))
        return true;
    if (place->scope != PLACE_CLOUD_REGION || place->parent == PLACE_ROW_NONE)
        return false;
    while (own_figure_at(row, count, &own))
        count++;
    number -= count;
    /* a figure that the region has from where it stands is not said twice */
    if (own_figure_at(place->parent, 0, &own) && strcmp(own.kind, place_text(place->kind)) == 0)
        number++;
    if (!own_figure_at(place->parent, number, intensity))
        return false;
    name_owner(place->parent, intensity);
    return true;
}

bool place_figure_is_asked(const struct intensity *figure, const char *kind, int year)
{
    return (kind == NULL || intensity_kind_is(figure->kind, kind)) &&
           (year == 0 || figure->year == year);
}

/* "lifecycle-average 2024, direct-average 2024"; as many as there is room for. */
static void list_figures(size_t row, char *out, size_t size)
{
    struct intensity figure;

    out[0] = '\0';
    for (size_t i = 0; place_figure_at(row, i, &figure); i++) {
        text_append(out, size, "%s%s", i > 0 ? ", " : "", figure.kind);
        if (figure.year > 0)
            text_append(out, size, " %d", figure.year);
    }
}

static int not_available(size_t row, const char *kind, int year, const struct intensity *place,
                         struct aico2_error *err)
{
    char found[160];
    char of_year[16] = "";

    list_figures(row, found, sizeof(found));
    if (year > 0)
        (void)snprintf(of_year, sizeof(of_year), " of %d", year);
    return aico2_error_set(err, -EINVAL, "no %s figure%s for '%s' (%.60s): there is %s", kind,
                           of_year, place->place, place->name, found);
}

int place_figure_choose(size_t row, const struct place_query *query, struct intensity *intensity,
                        struct aico2_error *err)
{
    const char *kind = query->kind;
    struct intensity figure = *intensity;
    struct intensity best = { .year = -1 };

    if (!place_figure_at(row, 0, &figure))
        return aico2_error_set(err, -EINVAL, "no figure for '%s' (%s): %s", intensity->place,
                               intensity->name, place_text(place_row_at(row)->note));
    if (place_figure_is_asked(&figure, kind, query->year) || (kind == NULL && query->year == 0)) {
        *intensity = figure;
        return 0;
    }
    if (kind == NULL)
        kind = place_text(place_row_at(row)->kind);
    for (size_t i = 0; place_figure_at(row, i, &figure); i++) {
        if (place_figure_is_asked(&figure, kind, query->year) && figure.year > best.year)
            best = figure;
    }
    if (best.year < 0)
        return not_available(row, kind, query->year, intensity, err);
    *intensity = best;
    return 0;
}
