/* SPDX-License-Identifier: Apache-2.0 */
/* writers/when.c - the greenest stretch of time ahead, and how to start a job in it */
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

enum { TIME_SIZE = 64 };

/* A start within a minute is not worth waiting for: neither at(1) nor cron know less. */
static const int64_t AT_ONCE_NS = 60 * NSEC_PER_SEC;

/* Here, on the clock on the wall; rounded up to the minute that at(1) and cron know. */
static struct tm local_time(int64_t wall_ns)
{
    const int64_t minute_ns = 60 * NSEC_PER_SEC;
    time_t seconds = (time_t)((wall_ns + minute_ns - 1) / minute_ns * 60);
    struct tm local = { 0 };

    (void)localtime_r(&seconds, &local);
    return local;
}

/* "2026-11-27 04:00 CET" */
static void format_end(char text[TIME_SIZE], int64_t wall_ns)
{
    struct tm local = local_time(wall_ns);

    if (strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M %Z", &local) == 0)
        text[0] = '\0';
}

static void add_mean(struct strbuf *text, const struct when_stretch *stretch, bool unicode)
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
    struct tm local = local_time(when->best.start_ns);
    char start[TIME_SIZE];
    char end[TIME_SIZE];
    char wait[FIGURE_SIZE];

    (void)strftime(start, sizeof(start), "%Y-%m-%d %H:%M", &local);
    format_end(end, when->best.end_ns);
    seconds_format(wait, seconds_from_ns(wait_ns), out->style.unicode);
    add_mean(&text, &when->best, out->style.unicode);
    text_item(out, "best", TEXT_INDENT, strbuf_text(&text));
    if (wait_ns < AT_ONCE_NS)
        text_itemf(out, NULL, TEXT_INDENT, "at once, until %s", end);
    else
        text_itemf(out, NULL, TEXT_INDENT, "%s to %s, in %s", start, end, wait);
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_now(struct text_out *out, const struct when *when)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    char percent[FIGURE_SIZE];

    if (!isfinite(when->now.gco2e_per_kwh)) {
        text_item(out, "at once", TEXT_INDENT, "not known: the figures begin later");
        return;
    }
    add_mean(&text, &when->now, out->style.unicode);
    text_item(out, "at once", TEXT_INDENT, strbuf_text(&text));
    if (when->best.start_ns - when->from_ns >= AT_ONCE_NS && isfinite(when->saving_ratio)) {
        percent_format(percent, when->saving_ratio, out->style.unicode);
        text_itemf(out, "saved", TEXT_INDENT, "%s of the grams for the electricity", percent);
    }
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_ways(struct text_out *out, const struct when *when)
{
    struct tm local = local_time(when->best.start_ns);
    char at[TIME_SIZE];
    char begin[TIME_SIZE];

    if (when->best.start_ns - when->from_ns < AT_ONCE_NS)
        return;
    (void)strftime(at, sizeof(at), "%Y%m%d%H%M", &local);
    (void)strftime(begin, sizeof(begin), "%Y-%m-%dT%H:%M:00", &local);
    text_itemf(out, "start by", TEXT_INDENT, "at -t %s", at);
    text_itemf(out, NULL, TEXT_INDENT, "sbatch --begin=%s", begin);
    text_itemf(out, NULL, TEXT_INDENT, "cron: %d %d %d %d *", local.tm_min, local.tm_hour,
               local.tm_mday, local.tm_mon + 1);
}

void write_when_text(struct strbuf *out, const struct when *when, struct text_style style)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf title = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf basis = { 0 };
    struct text_out text = text_out_begin(out, style);
    char duration[FIGURE_SIZE];
    char within[FIGURE_SIZE];

    seconds_format(duration, seconds_from_ns(when->duration_ns), style.unicode);
    seconds_format(within, seconds_from_ns(when->until_ns - when->from_ns), style.unicode);
    strbuf_printf(&title, "aico2 when: %s within %s", duration, within);
    text_title(&text, strbuf_text(&title), "");
    add_best(&text, when);
    add_now(&text, when);
    add_ways(&text, when);
    if (when->basis == WHEN_FORECAST) {
        strbuf_add(&basis, "as foretold by ");
        text_add_clean(&basis, when->source, style.unicode);
        if (when->known_until_ns < when->until_ns) {
            char end[TIME_SIZE];

            format_end(end, when->known_until_ns);
            strbuf_printf(&basis, ", which ends at %s: what is later is not known", end);
        }
    } else {
        strbuf_printf(&basis, "a typical day, the mean of %zu day%s of ", when->days,
                      when->days == 1 ? "" : "s");
        text_add_clean(&basis, when->source, style.unicode);
        strbuf_add(&basis, "; the band is from the lowest to the highest of these days");
    }
    text_item(&text, "by", TEXT_INDENT, strbuf_text(&basis));
    out->failed = out->failed || title.failed || basis.failed;
}

void write_when_wait(struct strbuf *out, const struct when *when, struct text_style style)
{
    char start[TIME_SIZE];
    char wait[FIGURE_SIZE];
    char figure[FIGURE_SIZE];

    format_end(start, when->best.start_ns);
    seconds_format(wait, seconds_from_ns(when->best.start_ns - when->from_ns), style.unicode);
    plain_format(figure, when->best.gco2e_per_kwh, style.unicode);
    strbuf_printf(out, "waiting %s, until %s: %s", wait, start, figure);
    if (isfinite(when->now.gco2e_per_kwh)) {
        plain_format(figure, when->now.gco2e_per_kwh, style.unicode);
        strbuf_printf(out, " instead of %s", figure);
    }
    strbuf_add(out, " gCO2e/kWh");
    if (when->basis == WHEN_TYPICAL_DAY)
        strbuf_add(out, ", by a typical day");
}

static void add_stretch(struct json_out *json, const char *key, const struct when_stretch *stretch)
{
    json_object_begin(json, key);
    json_wall_time(json, "start", stretch->start_ns);
    json_wall_time(json, "end", stretch->end_ns);
    json_figure(json, "gco2e_per_kwh", stretch->gco2e_per_kwh);
    json_figure(json, "low", stretch->low);
    json_figure(json, "high", stretch->high);
    json_object_end(json);
}

void write_when_json(struct strbuf *out, const struct when *when)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.when/1");
    json_string(&json, "basis", when_basis_name(when->basis));
    add_stretch(&json, "best", &when->best);
    add_stretch(&json, "now", &when->now);
    json_figure(&json, "saving_ratio", when->saving_ratio);
    json_figure(&json, "duration_seconds", seconds_from_ns(when->duration_ns));
    json_figure(&json, "within_seconds", seconds_from_ns(when->until_ns - when->from_ns));
    json_wall_time(&json, "known_until", when->known_until_ns);
    if (when->basis == WHEN_TYPICAL_DAY)
        json_int(&json, "days", (int64_t)when->days);
    else
        json_null(&json, "days");
    json_text(&json, "place", when->place.place);
    json_text(&json, "source", when->source);
    json_object_end(&json);
}

void write_when_csv(struct strbuf *out, const struct when *when)
{
    const struct when_stretch *const stretches[] = { &when->best, &when->now };
    static const char *const names[] = { "best", "now" };
    struct csv_row row = csv_row_begin(out);

    strbuf_add(out, "what,start,end,gco2e_per_kwh,low,high,basis" CSV_LINE_END);
    for (size_t i = 0; i < 2; i++) {
        csv_row_text(&row, names[i]);
        csv_row_wall_time(&row, stretches[i]->start_ns);
        csv_row_wall_time(&row, stretches[i]->end_ns);
        csv_row_figure(&row, stretches[i]->gco2e_per_kwh);
        csv_row_figure(&row, stretches[i]->low);
        csv_row_figure(&row, stretches[i]->high);
        csv_row_text(&row, when_basis_name(when->basis));
        csv_row_end(&row);
    }
}
