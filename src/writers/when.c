/* SPDX-License-Identifier: Apache-2.0 */
/* writers/when.c - the greenest stretch of time ahead, and how to start a job in it */
#include "writers/when_parts.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/text_parts.h"
#include "writers/writer.h"

void when_format_time(char text[WHEN_TIME_SIZE], int64_t wall_ns)
{
    struct tm local = when_local_time(wall_ns);

    if (strftime(text, WHEN_TIME_SIZE, "%Y-%m-%d %H:%M %Z", &local) == 0)
        text[0] = '\0';
}

void when_add_mean(struct strbuf *text, const struct when_stretch *stretch, bool unicode)
{
    const struct band band = { stretch->gco2e_per_kwh, stretch->low, stretch->high };
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    plain_format(figure, band.value, unicode);
    strbuf_printf(text, "%s gCO2e/kWh", figure);
    if (band.low < band.value || band.high > band.value) {
        plain_range_format(range, band, unicode);
        strbuf_printf(text, " (%s)", range);
    }
}

static void add_best(struct text_out *out, const struct when *when)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    int64_t wait_ns = when->best.start_ns - when->from_ns;
    struct tm local = when_local_time(when->best.start_ns);
    char start[WHEN_TIME_SIZE];
    char end[WHEN_TIME_SIZE];
    char wait[FIGURE_SIZE];

    (void)strftime(start, sizeof(start), "%Y-%m-%d %H:%M", &local);
    when_format_time(end, when->best.end_ns);
    seconds_format(wait, seconds_from_ns(wait_ns), out->style.unicode);
    when_add_mean(&text, &when->best, out->style.unicode);
    text_item(out, "best", TEXT_INDENT, strbuf_text(&text));
    if (wait_ns < WHEN_AT_ONCE_NS)
        text_itemf(out, NULL, TEXT_INDENT, "at once, until %s", end);
    else
        text_itemf(out, NULL, TEXT_INDENT, "%s to %s, in %s", start, end, wait);
    out->buffer->failed = out->buffer->failed || text.failed;
}

void when_add_saving(struct text_out *out, struct band saving_ratio)
{
    char percent[FIGURE_SIZE];

    if (!band_is_known(saving_ratio))
        return;
    percent_format(percent, saving_ratio.value, out->style.unicode);
    if (!(saving_ratio.low < saving_ratio.high)) {
        text_itemf(out, "saved", TEXT_INDENT, "%s of the grams for the electricity", percent);
        return;
    }
    text_itemf(out, "saved", TEXT_INDENT, "%s of the grams for the electricity (%.0f %s %.0f)",
               percent, 100 * saving_ratio.low, symbols_for(out->style.unicode)->dots,
               100 * saving_ratio.high);
}

static void add_now(struct text_out *out, const struct when *when)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (!isfinite(when->now.gco2e_per_kwh)) {
        text_item(out, "at once", TEXT_INDENT, "not known: the figures begin later");
        return;
    }
    when_add_mean(&text, &when->now, out->style.unicode);
    text_item(out, "at once", TEXT_INDENT, strbuf_text(&text));
    if (when->best.start_ns - when->from_ns >= WHEN_AT_ONCE_NS)
        when_add_saving(out, when->saving_ratio);
    out->buffer->failed = out->buffer->failed || text.failed;
}

void when_add_title(struct text_out *out, const struct when *when)
{
    char title[2 * FIGURE_SIZE + 32];
    char duration[FIGURE_SIZE];
    char within[FIGURE_SIZE];

    seconds_format(duration, seconds_from_ns(when->duration_ns), out->style.unicode);
    seconds_format(within, seconds_from_ns(when->until_ns - when->from_ns), out->style.unicode);
    (void)snprintf(title, sizeof(title), "aico2 when: %s within %s", duration, within);
    text_title(out, title, "");
}

static void add_forecast(struct strbuf *out, const struct when *when, bool unicode)
{
    char end[WHEN_TIME_SIZE];

    strbuf_add(out, "as foretold by ");
    text_add_clean(out, when->source, unicode);
    if (when->known_until_ns >= when->until_ns)
        return;
    when_format_time(end, when->known_until_ns);
    strbuf_printf(out, ", which ends at %s: what is later is not known", end);
}

void when_add_basis(struct strbuf *out, const struct when *when, bool unicode)
{
    switch (when->basis) {
    case WHEN_FORECAST:
        add_forecast(out, when, unicode);
        break;
    case WHEN_TYPICAL_DAY:
        strbuf_printf(out, "a typical day, the mean of %zu day%s of ", when->days,
                      when->days == 1 ? "" : "s");
        text_add_clean(out, when->source, unicode);
        strbuf_add(out, "; the band is from the lowest to the highest of these days");
        break;
    case WHEN_YEARLY:
        strbuf_add(out, "the yearly figure, no hour is known; ");
        text_add_clean(out, when->source, unicode);
        break;
    }
}

void write_when_text(struct strbuf *out, const struct when *when, struct text_style style)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf basis = { 0 };
    struct text_out text = text_out_begin(out, style);

    when_add_title(&text, when);
    add_best(&text, when);
    add_now(&text, when);
    when_add_starters(&text, when);
    when_add_basis(&basis, when, style.unicode);
    text_item(&text, "by", TEXT_INDENT, strbuf_text(&basis));
    out->failed = out->failed || basis.failed;
}

void write_when_wait(struct strbuf *out, const struct when *when, struct text_style style)
{
    char start[WHEN_TIME_SIZE];
    char wait[FIGURE_SIZE];

    when_format_time(start, when->best.start_ns);
    seconds_format(wait, seconds_from_ns(when->best.start_ns - when->from_ns), style.unicode);
    strbuf_printf(out, "waiting %s, until %s", wait, start);
}

void write_when_gain(struct strbuf *out, const struct when *when, struct text_style style)
{
    char figure[FIGURE_SIZE];

    plain_format(figure, when->best.gco2e_per_kwh, style.unicode);
    strbuf_printf(out, "%s gCO2e/kWh", figure);
    if (isfinite(when->now.gco2e_per_kwh)) {
        plain_format(figure, when->now.gco2e_per_kwh, style.unicode);
        strbuf_printf(out, " instead of %s", figure);
    }
    if (when->basis == WHEN_TYPICAL_DAY)
        strbuf_add(out, ", by a typical day");
}

void when_json_stretch(struct json_out *json, const char *key, const struct when_stretch *stretch)
{
    json_object_begin(json, key);
    json_wall_time(json, "start", stretch->start_ns);
    json_wall_time(json, "end", stretch->end_ns);
    json_figure(json, "gco2e_per_kwh", stretch->gco2e_per_kwh);
    json_figure(json, "low", stretch->low);
    json_figure(json, "high", stretch->high);
    json_object_end(json);
}

void when_json_saving(struct json_out *json, struct band saving_ratio)
{
    json_double(json, "saving_ratio", saving_ratio.value); /* below 0 it costs more */
    json_double(json, "saving_low_ratio", saving_ratio.low);
    json_double(json, "saving_high_ratio", saving_ratio.high);
}

void when_json_fields(struct json_out *json, const struct when *when)
{
    json_string(json, "basis", when_basis_name(when->basis));
    when_json_stretch(json, "best", &when->best);
    when_json_stretch(json, "now", &when->now);
    when_json_saving(json, when->saving_ratio);
    when_json_about(json, when);
}

void when_json_about(struct json_out *json, const struct when *when)
{
    json_figure(json, "duration_seconds", seconds_from_ns(when->duration_ns));
    json_figure(json, "within_seconds", seconds_from_ns(when->until_ns - when->from_ns));
    json_wall_time(json, "known_until", when->known_until_ns);
    if (when->basis == WHEN_TYPICAL_DAY)
        json_int(json, "days", (int64_t)when->days);
    else
        json_null(json, "days");
    json_text(json, "place", when->place.place);
    json_text(json, "source", when->source);
}

void write_when_json(struct strbuf *out, const struct when *when)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.when/1");
    when_json_fields(&json, when);
    json_object_end(&json);
}

void when_csv_stretch(struct csv_row *row, const char *what, const struct when_stretch *stretch,
                      enum when_basis basis)
{
    csv_row_text(row, what);
    csv_row_wall_time(row, stretch->start_ns);
    csv_row_wall_time(row, stretch->end_ns);
    csv_row_figure(row, stretch->gco2e_per_kwh);
    csv_row_figure(row, stretch->low);
    csv_row_figure(row, stretch->high);
    csv_row_text(row, when_basis_name(basis));
    csv_row_end(row);
}

void write_when_csv(struct strbuf *out, const struct when *when)
{
    struct csv_row row = csv_row_begin(out);

    strbuf_add(out, "what,start,end,gco2e_per_kwh,low,high,basis" CSV_LINE_END);
    when_csv_stretch(&row, "best", &when->best, when->basis);
    when_csv_stretch(&row, "now", &when->now, when->basis);
}
