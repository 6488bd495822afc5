/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_emissions.c - what a run's energy came to: grams, water, money, everyday things */
#include "writers/report_emissions.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "base/number.h"
#include "writers/format.h"
#include "writers/text_parts.h"

enum { INDENT = TEXT_INDENT };

static const double EQUIVALENT_KM_LEAST = 1e-5;

/* What of the values was not measured. */
static void add_live_shares(struct strbuf *text, const struct report *report, bool unicode)
{
    const struct live *live = &report->live;
    char percent[FIGURE_SIZE];

    if (!live->asked || !report->time_matched)
        return;
    if (live->estimated_ratio > 0) {
        percent_format(percent, live->estimated_ratio, unicode);
        strbuf_printf(text, ", %s estimated", percent);
    }
    if (live->forecast_ratio > 0) {
        percent_format(percent, live->forecast_ratio, unicode);
        strbuf_printf(text, ", %s forecast", percent);
    }
}

/* What the grams of the electricity were computed with. */
static void add_factors(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    char pue[FIGURE_SIZE];

    pue_format(pue, report->pue, out->style.unicode);
    text_add_place(&text, &report->intensity, out->style.unicode);
    strbuf_add(&text, report->time_matched ? ", hour by hour" : "");
    add_live_shares(&text, report, out->style.unicode);
    strbuf_add(&text, "; ");
    text_add_solid(&text, "PUE ");
    text_add_solid(&text, pue);
    if (report->run.pue_source[0] != '\0') {
        strbuf_add(&text, " (");
        text_add_clean(&text, report->run.pue_source, out->style.unicode);
        strbuf_add(&text, ")");
    }
    text_item(out, NULL, INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_per_unit(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    char figure[FIGURE_SIZE];

    if (!isfinite(report->sci_gco2e_per_unit) || report->run.unit[0] == '\0')
        return;
    figure_format(figure, QUANTITY_GCO2E, report->sci_gco2e_per_unit, out->style.unicode);
    text_add_solid(&text, figure);
    strbuf_add(&text, " per ");
    text_add_clean(&text, report->run.unit, out->style.unicode);
    /* a count as it was given: 10, not 10.0 */
    (void)number_format_double(figure, sizeof(figure), report->run.units);
    strbuf_printf(&text, ", of which there were %s", figure);
    text_item(out, "SCI", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* "0.0021 EUR (0.0019 … 0.0024) at 0.25 a kWh" */
static void add_cost(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct cost *cost = &report->cost;

    if (cost->price.currency[0] == '\0')
        return;
    text_add_cost(&text, cost, out->style.unicode);
    text_item(out, "cost", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* Cards of one sort are one word: what there are eight of tells nobody more in eight. */
static double grams_of_component(const struct report *report, size_t first)
{
    double grams = 0;

    for (size_t i = 0; i < report->embodied_count; i++) {
        if (strcmp(report->embodied[i].component, report->embodied[first].component) != 0)
            continue;
        if (i < first)
            return NAN; /* said before */
        grams += report->embodied[i].gco2e.value;
    }
    return grams;
}

/* "CPU 1.20, RAM 0.50, board 3.10, chassis and supplies 12.4; not in it: disks, network" */
static void add_components(struct text_out *out, const struct report *report)
{
    static const char *const names[][2] = {
        { "cpu", "CPU" },
        { "gpu", "GPU" },
        { "memory", "RAM" },
        { "chassis", "chassis and supplies" },
        { "computer", "rest of the computer" },
    };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;

    for (size_t i = 0; i < report->embodied_count; i++) {
        const char *name = report->embodied[i].component;
        double grams = grams_of_component(report, i);
        char figure[FIGURE_SIZE];

        if (!isfinite(grams))
            continue;
        for (size_t j = 0; j < ARRAY_LENGTH(names); j++) {
            if (strcmp(report->embodied[i].component, names[j][0]) == 0)
                name = names[j][1];
        }
        figure_format_like(figure, QUANTITY_GCO2E, grams, report->embodied_gco2e.value, false,
                           unicode);
        strbuf_printf(&text, "%s%s%s\x1f", text.length > 0 ? ", " : "",
                      report->run.machine.virtualized && report->embodied[i].device[0] == '\0'
                          ? "the host's "
                          : "",
                      name);
        text_add_solid(&text, figure);
    }
    for (size_t i = 0; i < report->unmade_count; i++) {
        strbuf_add(&text, i > 0 ? ", " : text.length > 0 ? "; not in it: " : "not in it: ");
        text_add_clean(&text, report->unmade[i], unicode);
    }
    if (text.length > 0)
        text_item(out, NULL, INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void report_emissions_add(struct text_out *out, const struct report *report)
{
    double total = report->total_gco2e.value;

    text_grams_item(out, "carbon", report->operational_gco2e, total, "for the electricity",
                    "without energy there are no grams");
    add_factors(out, report);
    text_market_item(out, &report->market, total);
    if (report->run.embodied) {
        text_grams_item(out, "embodied", report->embodied_gco2e, total,
                        "this run's share of making the hardware",
                        "no figure for making this hardware");
        add_components(out, report);
        if (band_is_known(report->embodied_gco2e) && band_is_known(report->operational_gco2e))
            text_grams_item(out, "total", report->total_gco2e, total, "", "");
    }
    add_per_unit(out, report);
    text_water_item(out, &report->water);
    add_cost(out, report);
}

void report_equivalents_add(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool car = isfinite(report->car_km);
    bool tree = isfinite(report->tree_seedling_months);
    char figure[FIGURE_SIZE];

    /* a hair's breadth by car tells nobody anything */
    if ((!car && !tree) || (car && report->car_km < EQUIVALENT_KM_LEAST))
        return;
    strbuf_add(&text, "as much as ");
    if (car) {
        figure_format(figure, QUANTITY_METRES, report->car_km * 1000, out->style.unicode);
        text_add_solid(&text, figure);
        strbuf_add(&text, " by car");
    }
    strbuf_add(&text, car && tree ? ", or " : "");
    if (tree) {
        figure_format(figure, QUANTITY_SECONDS, report->tree_seedling_months * 2629800,
                      out->style.unicode);
        strbuf_add(&text, "what a tree seedling takes up in ");
        text_add_solid(&text, figure);
    }
    if (report->picture.count >= 1) {
        plain_format(figure, report->picture.count, out->style.unicode);
        strbuf_printf(&text, ", or %s\x1f", figure);
        text_add_clean(&text,
                       strcmp(figure, "1.00") == 0 ? report->picture.one : report->picture.many,
                       out->style.unicode);
    }
    text_item(out, NULL, 2, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}
