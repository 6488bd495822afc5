/* SPDX-License-Identifier: Apache-2.0 */
/* writers/live.c - the intensity of this hour and the next ones, as a provider tells them */
#include "writers/live_parts.h"

#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "writers/csv_row.h"
#include "writers/json_parts.h"
#include "writers/text_parts.h"
#include "writers/writer.h"

enum { TIME_SIZE = 64 };

static const char *quality_name(enum intensity_point_quality quality)
{
    static const char *const names[] = {
        [POINT_MEASURED] = "measured",
        [POINT_ESTIMATED] = "estimated",
        [POINT_FORECAST] = "forecast",
    };

    return names[quality];
}

/* The value that holds at the view's time; NULL: none does. */
static const struct intensity_point *point_now(const struct live_view *view)
{
    const struct intensity_point *now = NULL;

    for (size_t i = 0; i < view->series->count; i++) {
        if (view->series->points[i].wall_ns <= view->now_wall_ns)
            now = &view->series->points[i];
    }
    return now != NULL && isfinite(now->gco2e_per_kwh) ? now : NULL;
}

/* The newest that is known, where none holds now: providers publish late. */
static const struct intensity_point *point_latest(const struct live_view *view)
{
    const struct intensity_point *latest = NULL;

    for (size_t i = 0; i < view->series->count; i++) {
        const struct intensity_point *point = &view->series->points[i];

        if (point->wall_ns <= view->now_wall_ns && isfinite(point->gco2e_per_kwh))
            latest = point;
    }
    return latest;
}

void json_live_chain(struct json_out *json, const struct live *live)
{
    json_array_begin(json, "fallbacks");
    for (uint32_t i = 0; i < live->step_count; i++) {
        const struct fetch_step *step = &live->steps[i];

        json_object_begin(json, NULL);
        json_string(json, "provider", step->provider);
        json_string(json, "outcome", fetch_outcome_name(step->outcome));
        json_text(json, "reason", step->reason);
        json_object_end(json);
    }
    json_array_end(json);
}

static void add_point(struct json_out *json, const char *key, const struct intensity_point *point)
{
    if (point == NULL) {
        json_null(json, key);
        return;
    }
    json_object_begin(json, key);
    json_wall_time(json, "time", point->wall_ns);
    json_figure(json, "gco2e_per_kwh", point->gco2e_per_kwh);
    json_string(json, "quality", quality_name(point->quality));
    json_object_end(json);
}

void json_live_view(struct json_out *json, const struct live_view *view)
{
    const struct intensity_origin *origin = &view->live->origin;

    json_object_begin(json, "live");
    json_text(json, "provider", origin->provider);
    json_text(json, "zone", origin->zone);
    json_text(json, "kind", origin->kind);
    json_text(json, "source", origin->source);
    json_text(json, "licence", origin->licence);
    json_wall_time(json, "fetched_at", origin->fetched_wall_ns);
    add_point(json, "now", point_now(view));
    add_point(json, "latest", point_latest(view));
    json_live_chain(json, view->live);
    json_array_begin(json, "points"); /* a value of null: nothing is known from there on */
    for (size_t i = 0; i < view->series->count; i++)
        add_point(json, NULL, &view->series->points[i]);
    json_array_end(json);
    json_object_end(json);
}

/* "12:30 CET", here. */
static void format_time(char text[TIME_SIZE], int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
    struct tm local = { 0 };

    if (localtime_r(&seconds, &local) == NULL ||
        strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M %Z", &local) == 0)
        text[0] = '\0';
}

static void add_value(struct text_out *out, const char *label, const struct intensity_point *point,
                      const char *about)
{
    char figure[FIGURE_SIZE];
    char time[TIME_SIZE];

    plain_format(figure, point->gco2e_per_kwh, out->style.unicode);
    format_time(time, point->wall_ns);
    text_itemf(out, label, TEXT_INDENT, "%s gCO2e/kWh, %s, %s%s", figure,
               quality_name(point->quality), about, time);
}

/* The lowest and the highest of the hours to come. */
static void add_ahead(struct text_out *out, const struct live_view *view)
{
    const struct intensity_point *low = NULL;
    const struct intensity_point *high = NULL;

    for (size_t i = 0; i < view->series->count; i++) {
        const struct intensity_point *point = &view->series->points[i];

        if (point->wall_ns <= view->now_wall_ns || !isfinite(point->gco2e_per_kwh))
            continue;
        if (low == NULL || point->gco2e_per_kwh < low->gco2e_per_kwh)
            low = point;
        if (high == NULL || point->gco2e_per_kwh > high->gco2e_per_kwh)
            high = point;
    }
    if (low == NULL)
        return;
    add_value(out, "ahead", low, "lowest, from ");
    add_value(out, NULL, high, "highest, from ");
}

/* What a server said is part of the reason. */
static void add_asked(struct text_out *out, const struct fetch_step *step)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf said = { 0 };

    text_add_clean(&said, step->provider, out->style.unicode);
    strbuf_printf(&said, ": %s%s", fetch_outcome_name(step->outcome),
                  step->reason[0] != '\0' ? ", " : "");
    text_add_clean(&said, step->reason, out->style.unicode);
    text_item(out, "asked", TEXT_INDENT, strbuf_text(&said));
    out->buffer->failed = out->buffer->failed || said.failed;
}

void write_live_text(struct strbuf *out, const struct live_view *view, struct text_style style)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf by = { 0 };
    const struct intensity_origin *origin = &view->live->origin;
    const struct intensity_point *now = point_now(view);
    const struct intensity_point *latest = point_latest(view);
    struct text_out text = text_out_begin(out, style);

    if (now != NULL)
        add_value(&text, "live", now, "since ");
    else if (latest != NULL)
        add_value(&text, "live", latest, "newest known, of ");
    else
        text_item(&text, "live", TEXT_INDENT, "nothing is known of this hour");
    add_ahead(&text, view);
    if (view->series->count > 0) {
        text_add_clean(&by, origin->kind[0] != '\0' ? origin->kind : "of unknown kind",
                       style.unicode);
        strbuf_add(&by, ", ");
        text_add_clean(&by, origin->source, style.unicode);
        if (origin->licence[0] != '\0') {
            strbuf_add(&by, ", ");
            text_add_clean(&by, origin->licence, style.unicode);
        }
        text_item(&text, "by", TEXT_INDENT, strbuf_text(&by));
    }
    for (uint32_t i = 0; i < view->live->step_count; i++) {
        const struct fetch_step *step = &view->live->steps[i];

        if (step->outcome != FETCH_USED)
            add_asked(&text, step);
    }
    out->failed = out->failed || by.failed;
}

void write_live_csv(struct strbuf *out, const struct live_view *view)
{
    struct csv_row row = csv_row_begin(out);

    strbuf_add(out, "time,gco2e_per_kwh" CSV_LINE_END);
    for (size_t i = 0; i < view->series->count; i++) {
        const struct intensity_point *point = &view->series->points[i];

        if (!isfinite(point->gco2e_per_kwh))
            continue;
        csv_row_wall_time(&row, point->wall_ns);
        csv_row_figure(&row, point->gco2e_per_kwh);
        csv_row_end(&row);
    }
}
