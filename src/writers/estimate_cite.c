/* SPDX-License-Identifier: Apache-2.0 */
/* writers/estimate_cite.c - an estimate as a paragraph for a paper or a model card */
#include <math.h>
#include <string.h>

#include "model/units.h"
#include "writers/format.h"
#include "writers/text_out.h"
#include "writers/version.h"
#include "writers/writer.h"

/* "450 MWh (115 to 784)": in words, since "..." in a paper is an omission. */
static void add_band(struct strbuf *out, enum quantity quantity, struct band band, double like,
                     bool unicode)
{
    char figure[FIGURE_SIZE];
    char low[FIGURE_SIZE];
    char high[FIGURE_SIZE];

    figure_format_like(figure, quantity, band.value, like, true, unicode);
    text_add_solid(out, figure);
    if (!(band.low < band.value || band.high > band.value))
        return;
    figure_format_like(low, quantity, band.low, like, false, unicode);
    figure_format_like(high, quantity, band.high, like, false, unicode);
    strbuf_printf(out, " (%s to %s)", low, high);
}

/* "8 NVIDIA A100-SXM4-40GB (400 W each at full load, used at 50 %)" */
static void add_device(struct strbuf *out, const struct estimate_part *part, bool unicode)
{
    static const char *const bases[] = {
        [POWER_OPTION] = " as given",
        [POWER_TABLE] = " at full load",
        [POWER_ASSUMED] = " assumed at full load",
    };
    const char *noun = part->kind == DEVICE_GPU   ? "GPU"
                       : part->kind == DEVICE_CPU ? "CPU"
                                                  : "device";
    char watts[FIGURE_SIZE];

    if (part->count > 1)
        strbuf_printf(out, "%.0f ", part->count);
    if (part->model[0] != '\0')
        text_add_clean(out, part->model, unicode);
    else
        strbuf_printf(out, "%s%s%s", part->count > 1 ? "" : "a ", noun, part->count > 1 ? "s" : "");
    figure_format(watts, QUANTITY_WATTS, part->power_watts, unicode);
    strbuf_add(out, " (");
    text_add_solid(out, watts);
    strbuf_printf(out, "%s%s", part->count > 1 ? " each" : "", bases[part->power_basis]);
    if (part->utilization_ratio < 1)
        strbuf_printf(out, ", used at %.4g\x1f%%", part->utilization_ratio * 100);
    strbuf_add(out, ")");
}

static void add_part(struct strbuf *out, const struct estimate_part *part, bool unicode)
{
    char figure[FIGURE_SIZE];

    if (!isfinite(part->hours)) { /* the energy was given */
        strbuf_add(out, "electricity of known amount");
        return;
    }
    if (part->kind == DEVICE_MEMORY) {
        figure_format(figure, QUANTITY_WATTS, part->power_watts, unicode);
        strbuf_printf(out, "%.10g hours of memory of ", part->hours);
        text_add_solid(out, figure);
        return;
    }
    strbuf_printf(out, "%.10g %shour%s on ", part->count * part->hours,
                  part->kind == DEVICE_GPU   ? "GPU-"
                  : part->kind == DEVICE_CPU ? "CPU-"
                  : part->count > 1          ? "device-"
                                             : "",
                  part->count * part->hours == 1 ? "" : "s");
    add_device(out, part, unicode);
}

static void add_parts(struct strbuf *out, const struct estimate *estimate, bool unicode)
{
    strbuf_add(out, "The computation took ");
    for (size_t i = 0; i < estimate->part_count; i++) {
        if (i > 0)
            strbuf_add(out, i + 1 < estimate->part_count ? ", " : " and ");
        add_part(out, &estimate->parts[i], unicode);
    }
    strbuf_add(out, ". ");
}

static void add_energy(struct strbuf *out, const struct estimate *estimate, bool unicode)
{
    struct band joules = band_scaled(estimate->energy_kwh, JOULES_PER_KWH);
    char pue[FIGURE_SIZE];

    strbuf_add(out,
               isfinite(estimate->power_watts) ? "Its energy is estimated at " : "Its energy is ");
    add_band(out, QUANTITY_JOULES, joules, joules.value, unicode);
    pue_format(pue, estimate->pue, unicode);
    if (estimate->pue > 1)
        strbuf_printf(out, ", a power usage effectiveness of %s included. ", pue);
    else
        strbuf_add(out, ", nothing being added for cooling and distribution. ");
}

/* "At 44.2 gCO2e/kWh (37.6 to 50.8; France, 2024, Ember, ...)" */
static void add_intensity(struct strbuf *out, const struct intensity *intensity, bool unicode)
{
    const struct band band = intensity->gco2e_per_kwh;
    char figure[FIGURE_SIZE];
    char end[FIGURE_SIZE];

    plain_format(figure, band.value, unicode);
    strbuf_printf(out, "At %s\x1fgCO2e/kWh (", figure);
    if (band.low < band.value || band.high > band.value) {
        plain_format(figure, band.low, unicode);
        plain_format(end, band.high, unicode);
        strbuf_printf(out, "%s to %s; ", figure, end);
    }
    if (strcmp(intensity->kind, "user") == 0 || intensity->source[0] == '\0') {
        strbuf_add(out, "as given)");
        return;
    }
    text_add_clean(out, intensity->name, unicode);
    if (intensity->year > 0)
        strbuf_printf(out, ", %d", intensity->year);
    strbuf_printf(out, ", %s; ", intensity->kind);
    text_add_clean(out, intensity->source, unicode);
    strbuf_add(out, ")");
}

static void add_carbon(struct strbuf *out, const struct estimate *estimate, bool unicode)
{
    double total = estimate->total_gco2e.value;
    struct band embodied = estimate->embodied_gco2e;

    add_intensity(out, &estimate->intensity, unicode);
    strbuf_add(out, " that is ");
    add_band(out, QUANTITY_GCO2E, estimate->operational_gco2e, total, unicode);
    if (!band_is_known(embodied)) {
        strbuf_add(out, "; the making of the hardware is not counted. ");
        return;
    }
    strbuf_add(out, ". Making the hardware adds ");
    add_band(out, QUANTITY_GCO2E, embodied,
             figure_like_beside(QUANTITY_GCO2E, embodied.value, total), unicode);
    strbuf_add(out, " for these hours of its life, ");
    add_band(out, QUANTITY_GCO2E, estimate->total_gco2e, total, unicode);
    strbuf_add(out, " in all. ");
}

void write_estimate_cite(struct strbuf *out, const struct estimate *estimate,
                         struct text_style style)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct text_out lines = text_out_begin(out, style);
    struct band total = estimate->total_gco2e;

    add_parts(&text, estimate, style.unicode);
    add_energy(&text, estimate, style.unicode);
    add_carbon(&text, estimate, style.unicode);
    strbuf_add(&text, "These figures are computed, not measured, and what is not named is not "
                      "counted");
    if (total.low < total.value || total.high > total.value)
        strbuf_add(&text, "; ranges are meant to hold the true value in 95\x1f% of cases");
    strbuf_add(&text, ". They were computed with AI_Co2_Calculator (aico2 " AICO2_VERSION ").");
    text_go_on(&lines, 0, strbuf_text(&text));
    out->failed = out->failed || text.failed;
}
