/* SPDX-License-Identifier: Apache-2.0 */
/* writers/text_parts.c - what several text documents show: a place, grams, warnings */
#include "writers/text_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "writers/format.h"

static const double LEAST_LITRES = 1e-6;
static const double LEAST_MONEY =
    1e-6; /* of any currency: below that no figure tells anybody anything */

void text_add_place(struct strbuf *out, const struct intensity *intensity, bool unicode)
{
    struct band band = intensity->gco2e_per_kwh;
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];
    bool given = strcmp(intensity->kind, "user") == 0;

    if (intensity->place_basis == PLACE_WORLD)
        strbuf_add(out, given ? "intensity as given" : "world average");
    else if (intensity->name[0] != '\0' || intensity->place[0] != '\0')
        text_add_clean(out, intensity->name[0] != '\0' ? intensity->name : intensity->place,
                       unicode);
    else
        strbuf_add(out, "intensity as given");
    if (intensity->place_basis == PLACE_CONFIG)
        strbuf_add(out, " (configured)");
    else if (intensity->place_basis == PLACE_CLOUD)
        strbuf_add(out, " (from the cloud)");

    plain_format(figure, band.value, unicode);
    strbuf_add(out, " ");
    text_add_solid(out, figure);
    text_add_solid(out, " g/kWh");
    if (band.low < band.value || band.high > band.value) {
        plain_range_format(range, band, unicode);
        text_add_solid(out, " (");
        text_add_solid(out, range);
        strbuf_add(out, ")");
    }
    if (intensity->year > 0)
        strbuf_printf(out, ", %d", intensity->year);
    if (!given && (intensity->source_short[0] != '\0' || intensity->source[0] != '\0')) {
        strbuf_add(out, ", ");
        text_add_clean(out,
                       intensity->source_short[0] != '\0' ? intensity->source_short
                                                          : intensity->source,
                       unicode);
    }
    if (intensity->kind[0] != '\0' && strcmp(intensity->kind, "lifecycle-average") != 0 && !given) {
        strbuf_add(out, ", ");
        text_add_clean(out, intensity->kind, unicode);
    }
}

void text_add_band(struct strbuf *out, enum quantity quantity, struct band band, double beside,
                   bool unicode)
{
    double like = figure_like_beside(quantity, band.value, beside);
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    figure_format_like(figure, quantity, band.value, like, true, unicode);
    text_add_solid(out, figure);
    if (!band_is_known(band) || !(band.low < band.value || band.high > band.value))
        return;
    range_format(range, quantity, band, like, unicode);
    text_add_solid(out, " (");
    text_add_solid(out, range);
    strbuf_add(out, ")");
}

void text_grams_item(struct text_out *out, const char *label, struct band grams, double beside,
                     const char *what, const char *unknown)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    text_add_band(&text, QUANTITY_GCO2E, grams, beside, out->style.unicode);
    strbuf_printf(&text, "  %s", band_is_known(grams) ? what : unknown);
    text_item(out, label, TEXT_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void text_market_item(struct text_out *out, const struct market_based *market, double beside)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct market_terms *terms = &market->terms;
    bool unicode = out->style.unicode;
    char figure[FIGURE_SIZE];

    if (!terms->given)
        return;
    text_add_band(&text, QUANTITY_GCO2E, market->operational_gco2e, beside, unicode);
    strbuf_add(&text, "  by contract: ");
    if (terms->share < 1) {
        percent_format(figure, terms->share, unicode);
        text_add_solid(&text, figure);
        strbuf_add(&text, " at ");
    }
    plain_format(figure, terms->factor_gco2e_per_kwh, unicode);
    text_add_solid(&text, figure);
    text_add_solid(&text, " g/kWh");
    if (terms->share < 1 && isfinite(terms->residual_gco2e_per_kwh)) {
        plain_format(figure, terms->residual_gco2e_per_kwh, unicode);
        strbuf_printf(&text, ", rest %s", figure);
    }
    text_item(out, "market", TEXT_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void text_add_list(struct text_out *out, const char *label, size_t indent, char *const *words,
                   size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        strbuf_add(&text, i > 0 ? ", " : "");
        text_add_clean(&text, words[i], out->style.unicode);
    }
    text_item(out, label, indent, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void text_add_warnings(struct text_out *out, char *const *warnings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

        text_add_clean(&text, warnings[i], out->style.unicode);
        text_item(out, "warning:", TEXT_INDENT, strbuf_text(&text));
        out->buffer->failed = out->buffer->failed || text.failed;
    }
}

void text_add_cost(struct strbuf *out, const struct cost *cost, bool unicode)
{
    const struct band *amount = &cost->amount;
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    plain_format(figure, amount->value, unicode);
    if (amount->value > 0 && amount->value < LEAST_MONEY)
        (void)snprintf(figure, sizeof(figure), "<0.000001");
    strbuf_printf(out, "%s\x1f%s", figure, cost->price.currency);
    if (amount->low < amount->high && fabs(amount->value) >= LEAST_MONEY) {
        plain_range_format(range, *amount, unicode);
        strbuf_add(out, " (");
        text_add_solid(out, range);
        strbuf_add(out, ")");
    }
    if (!isfinite(cost->price.per_kwh))
        return;
    if (cost->time_matched)
        plain_format(figure, cost->price.per_kwh, unicode);
    else /* as it was given: 0.25, not 0.250 */
        (void)number_format_double(figure, sizeof(figure), cost->price.per_kwh);
    strbuf_printf(out, " at %s a kWh%s", figure, cost->time_matched ? ", by the hour" : "");
}

void text_water_item(struct text_out *out, const struct water *water)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    if (water->source[0] == '\0' || !band_is_known(water->litres))
        return;
    plain_format(figure, water->litres.value, unicode);
    if (water->litres.value > 0 && water->litres.value < LEAST_LITRES)
        (void)snprintf(figure, sizeof(figure), "<0.000001");
    strbuf_printf(&text, "%s\x1flitres", figure);
    if (water->litres.low < water->litres.high && water->litres.value >= LEAST_LITRES) {
        plain_range_format(range, water->litres, unicode);
        strbuf_add(&text, " (");
        text_add_solid(&text, range);
        strbuf_add(&text, ")");
    }
    (void)number_format_double(figure, sizeof(figure), water->wue_l_per_kwh);
    strbuf_printf(&text, " on site at %s a kWh, ", figure);
    text_add_clean(&text, water->source, unicode);
    text_item(out, "water", TEXT_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}
