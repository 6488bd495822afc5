/* SPDX-License-Identifier: Apache-2.0 */
/* writers/prediction.c - what a whole training is foretold to use, as a line */
#include "writers/format.h"
#include "writers/text_out.h"
#include "writers/writer.h"

static void add_figure(struct strbuf *out, enum quantity quantity, struct band band, bool unicode)
{
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    figure_format(figure, quantity, band.value, unicode);
    text_add_solid(out, figure);
    range_format(range, quantity, band, band.value, unicode);
    strbuf_add(out, " (");
    text_add_solid(out, range);
    strbuf_add(out, ")");
}

void write_prediction(struct strbuf *out, const struct report *report, struct text_style style)
{
    const struct report_prediction *prediction = &report->prediction;

    if (prediction->basis != PREDICTION_FIRST_EPOCH &&
        prediction->basis != PREDICTION_STEADY_EPOCHS)
        return;
    strbuf_printf(out, "all %.0f epochs, after %.0f: ", prediction->epochs,
                  prediction->epochs_done);
    if (band_is_known(prediction->energy_joules)) {
        add_figure(out, QUANTITY_JOULES, prediction->energy_joules, style.unicode);
        strbuf_add(out, ", ");
    }
    add_figure(out, QUANTITY_SECONDS, prediction->duration_seconds, style.unicode);
    if (band_is_known(prediction->total_gco2e)) {
        strbuf_add(out, ", ");
        add_figure(out, QUANTITY_GCO2E, prediction->total_gco2e, style.unicode);
    }
}
