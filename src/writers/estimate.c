/* SPDX-License-Identifier: Apache-2.0 */
/* writers/estimate.c - a footprint that was computed without measuring, and what it assumed */
#include <math.h>
#include <string.h>

#include "model/units.h"
#include "writers/estimate_fields.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/text_parts.h"
#include "writers/writer.h"

static void add_energy(struct text_out *out, const struct estimate *estimate)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct band joules = band_scaled(estimate->energy_kwh, JOULES_PER_KWH);
    bool unicode = out->style.unicode;
    char figure[FIGURE_SIZE];

    text_add_band(&text, QUANTITY_JOULES, joules, joules.value, unicode);
    pue_format(figure, estimate->pue, unicode);
    strbuf_printf(&text, "  with PUE\x1f%s", figure);
    if (estimate->pue > 1) {
        figure_format_like(figure, QUANTITY_JOULES, estimate->it_energy_kwh * JOULES_PER_KWH,
                           joules.value, true, unicode);
        strbuf_add(&text, ", ");
        text_add_solid(&text, figure);
        strbuf_add(&text, " without");
    }
    text_item(out, "energy", TEXT_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_power(struct text_out *out, const struct estimate *estimate)
{
    static const char *const bases[] = {
        [POWER_OPTION] = "as given",
        [POWER_TABLE] = "from the table",
        [POWER_ASSUMED] = "assumed",
    };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    char figure[FIGURE_SIZE];

    if (!isfinite(estimate->power_watts)) /* the energy was given */
        return;
    figure_format(figure, QUANTITY_WATTS, estimate->power_watts, unicode);
    text_add_solid(&text, figure);
    strbuf_printf(&text, " at full load, %s", bases[estimate->power_basis]);
    /* the source mostly names the row that was found */
    if (estimate->power_model[0] != '\0' &&
        strstr(estimate->power_source, estimate->power_model) == NULL) {
        strbuf_add(&text, ": ");
        text_add_clean(&text, estimate->power_model, unicode);
    }
    if (estimate->power_source[0] != '\0') {
        strbuf_add(&text, " (");
        text_add_clean(&text, estimate->power_source, unicode);
        strbuf_add(&text, ")");
    }
    text_item(out, "power", TEXT_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* What each kind of device adds, where there are several. */
static void add_parts(struct text_out *out, const struct estimate *estimate)
{
    bool unicode = out->style.unicode;

    for (size_t i = 0; i < estimate->part_count && estimate->part_count > 1; i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
        const struct estimate_part *part = &estimate->parts[i];
        struct band joules = band_scaled(part->energy_kwh, JOULES_PER_KWH);

        text_add_band(&text, QUANTITY_JOULES, joules, joules.value, unicode);
        strbuf_printf(&text, "  %.0f %s", part->count, device_kind_name(part->kind));
        if (part->model[0] != '\0') {
            strbuf_add(&text, ": ");
            text_add_clean(&text, part->model, unicode);
        }
        if (part->utilization_ratio < 1)
            strbuf_printf(&text, " at %.4g\x1f%%", part->utilization_ratio * 100);
        text_item(out, i == 0 ? "of it" : NULL, TEXT_INDENT, strbuf_text(&text));
        out->buffer->failed = out->buffer->failed || text.failed;
    }
}

static void add_carbon(struct text_out *out, const struct estimate *estimate)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf place = { 0 };
    double total = estimate->total_gco2e.value;

    text_grams_item(out, "carbon", estimate->operational_gco2e, total, "for the electricity", "");
    text_add_place(&place, &estimate->intensity, out->style.unicode);
    text_item(out, NULL, TEXT_INDENT, strbuf_text(&place));
    text_market_item(out, &estimate->market, total);
    if (band_is_known(estimate->embodied_gco2e)) {
        text_grams_item(out, "embodied", estimate->embodied_gco2e, total,
                        "for these hours of the hardware's life", "");
        text_grams_item(out, "total", estimate->total_gco2e, total, "", "");
    }
    text_water_item(out, &estimate->water);
    if (estimate->cost.price.currency[0] != '\0') {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf cost = { 0 };

        text_add_cost(&cost, &estimate->cost, out->style.unicode);
        text_item(out, "cost", TEXT_INDENT, strbuf_text(&cost));
        out->buffer->failed = out->buffer->failed || cost.failed;
    }
    out->buffer->failed = out->buffer->failed || place.failed;
}

void write_estimate_text(struct strbuf *out, const struct estimate *estimate,
                         struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    text_title(&text, "aico2 estimate: computed, nothing was measured", "");
    add_energy(&text, estimate);
    add_parts(&text, estimate);
    add_power(&text, estimate);
    add_carbon(&text, estimate);
    for (size_t i = 0; i < estimate->assumption_count; i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf line = { 0 };

        text_add_clean(&line, estimate->assumptions[i], style.unicode);
        text_item(&text, i == 0 ? "assumed" : NULL, TEXT_INDENT, strbuf_text(&line));
        out->failed = out->failed || line.failed;
    }
}

static void add_json_parts(struct json_out *json, const struct estimate *estimate)
{
    json_array_begin(json, "parts");
    for (size_t i = 0; i < estimate->part_count; i++) {
        const struct estimate_part *part = &estimate->parts[i];

        json_object_begin(json, NULL);
        json_string(json, "kind", device_kind_name(part->kind));
        json_text(json, "model", part->model);
        json_figure(json, "count", part->count);
        json_figure(json, "hours", part->hours);
        json_figure(json, "power_watts", part->power_watts);
        json_string(json, "power_basis", power_basis_name(part->power_basis));
        json_text(json, "power_source", part->power_source);
        json_figure(json, "utilization_ratio", part->utilization_ratio);
        json_figure(json, "energy_kwh", part->energy_kwh.value);
        json_figure(json, "low_kwh", part->energy_kwh.low);
        json_figure(json, "high_kwh", part->energy_kwh.high);
        json_figure(json, "embodied_gco2e", part->embodied_gco2e.value);
        json_object_end(json);
    }
    json_array_end(json);
}

void estimate_json_fields(struct json_out *json, const struct estimate *estimate)
{
    const struct intensity *intensity = &estimate->intensity;

    json_figure(json, "energy_kwh", estimate->energy_kwh.value);
    json_figure(json, "it_energy_kwh", estimate->it_energy_kwh);
    json_figure(json, "low_kwh", estimate->energy_kwh.low);
    json_figure(json, "high_kwh", estimate->energy_kwh.high);
    json_figure(json, "operational_gco2e", estimate->operational_gco2e.value);
    json_figure(json, "embodied_gco2e", estimate->embodied_gco2e.value);
    json_figure(json, "total_gco2e", estimate->total_gco2e.value);
    json_figure(json, "low_gco2e", estimate->total_gco2e.low);
    json_figure(json, "high_gco2e", estimate->total_gco2e.high);
    json_figure(json, "power_watts", estimate->power_watts);
    json_string(json, "power_basis", power_basis_name(estimate->power_basis));
    json_text(json, "power_model", estimate->power_model);
    json_text(json, "power_source", estimate->power_source);
    json_text(json, "place", intensity->place);
    json_string(json, "place_basis", place_basis_name(intensity->place_basis));
    json_figure(json, "intensity_gco2e_per_kwh", intensity->gco2e_per_kwh.value);
    json_text(json, "intensity_source", intensity->source);
    json_figure(json, "pue", estimate->pue);
    json_strings(json, "assumptions", estimate->assumptions, estimate->assumption_count);
    json_figure(json, "intensity_low", intensity->gco2e_per_kwh.low);
    json_figure(json, "intensity_high", intensity->gco2e_per_kwh.high);
    json_text(json, "intensity_kind", intensity->kind);
    if (intensity->year > 0)
        json_int(json, "intensity_year", intensity->year);
    else
        json_null(json, "intensity_year");
    json_market(json, &estimate->market);
    json_strings(json, "warnings", estimate->warnings, estimate->warning_count);
    add_json_parts(json, estimate);
    json_figure(json, "servers_gco2e", estimate->servers_gco2e.value);
    json_figure(json, "servers_low_gco2e", estimate->servers_gco2e.low);
    json_figure(json, "servers_high_gco2e", estimate->servers_gco2e.high);
    json_cost(json, &estimate->cost);
    json_text(json, "pue_source", estimate->pue_source);
    json_water(json, &estimate->water);
}

void write_estimate_json(struct strbuf *out, const struct estimate *estimate)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.estimate/1");
    estimate_json_fields(&json, estimate);
    json_object_end(&json);
}

void estimate_csv_cells(struct csv_row *row, const struct estimate *estimate)
{
    csv_row_figure(row, estimate->energy_kwh.value);
    csv_row_figure(row, estimate->it_energy_kwh);
    csv_row_figure(row, estimate->energy_kwh.low);
    csv_row_figure(row, estimate->energy_kwh.high);
    csv_row_figure(row, estimate->operational_gco2e.value);
    csv_row_figure(row, estimate->embodied_gco2e.value);
    csv_row_figure(row, estimate->total_gco2e.value);
    csv_row_figure(row, estimate->total_gco2e.low);
    csv_row_figure(row, estimate->total_gco2e.high);
    csv_row_figure(row, estimate->power_watts);
    csv_row_text(row, power_basis_name(estimate->power_basis));
    csv_row_text(row, estimate->power_model);
    csv_row_text(row, estimate->power_source);
    csv_row_text(row, estimate->intensity.place);
    csv_row_text(row, place_basis_name(estimate->intensity.place_basis));
    csv_row_figure(row, estimate->intensity.gco2e_per_kwh.value);
    csv_row_text(row, estimate->intensity.source);
    csv_row_figure(row, estimate->pue);
    csv_row_text(row, estimate->intensity.kind);
    csv_row_figure(row, estimate->market.operational_gco2e.value);
    csv_row_figure(row, estimate->cost.amount.value);
    csv_row_text(row, estimate->cost.price.currency);
    csv_row_figure(row, estimate->water.litres.value);
}

void write_estimate_csv(struct strbuf *out, const struct estimate *estimate)
{
    struct csv_row row = csv_row_begin(out);

    strbuf_add(out, ESTIMATE_CSV_COLUMNS CSV_LINE_END);
    estimate_csv_cells(&row, estimate);
    csv_row_end(&row);
}
