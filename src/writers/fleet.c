/* SPDX-License-Identifier: Apache-2.0 */
/* writers/fleet.c - what many machines used, by whose work or which machine it was */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "model/fleet.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum {
    NAME_COLUMNS = 28,
    CELL_COLUMNS = 10,
    RANGE_COLUMNS = 19,
    SHARE_COLUMNS = 6,
    NOTE_INDENT = 12,
    TIME_SIZE = 32,
};

/* Of many machines, which may be in many zones: UTC. */
static void format_time(char text[TIME_SIZE], int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
    struct tm utc;

    if (gmtime_r(&seconds, &utc) == NULL || strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M", &utc) == 0)
        text[0] = '\0';
}

/* A row without a name: what no label claims. */
static const char *const nobody[] = {
    [FLEET_JOB] = "(no job)",
    [FLEET_USER] = "(no user)",
    [FLEET_PROJECT] = "(no project)",
    [FLEET_NODE] = "(no node)",
};

static void add_row(struct text_out *out, const struct fleet *fleet, const struct fleet_row *row,
                    const char *name)
{
    bool unicode = out->style.unicode;
    char cell[RANGE_SIZE];

    strbuf_add(out->buffer, "  ");
    text_cell_left(out->buffer, name, NAME_COLUMNS, unicode);
    figure_format(cell, QUANTITY_JOULES, row->joules, unicode);
    strbuf_add(out->buffer, " ");
    text_cell_right(out->buffer, cell, CELL_COLUMNS);
    figure_format(cell, QUANTITY_GCO2E, row->gco2e.value, unicode);
    strbuf_add(out->buffer, " ");
    text_cell_right(out->buffer, cell, CELL_COLUMNS);
    range_format(cell, QUANTITY_GCO2E, row->gco2e, row->gco2e.value, unicode);
    strbuf_add(out->buffer, " ");
    text_cell_right(out->buffer, cell, RANGE_COLUMNS);
    percent_format(cell, row->joules / fleet->total.joules, unicode);
    strbuf_add(out->buffer, " ");
    text_cell_right(out->buffer, cell, SHARE_COLUMNS);
    strbuf_add(out->buffer, "\n");
}

/* What is not shown of a long list, so that the rows still add up. */
static void add_rest(struct text_out *out, const struct fleet *fleet, size_t shown)
{
    struct fleet_row rest = { .gco2e = { 0, 0, 0 } };
    char name[48];

    if (shown >= fleet->row_count)
        return;
    for (size_t i = shown; i < fleet->row_count; i++) {
        rest.joules += fleet->rows[i].joules;
        rest.gco2e = band_sum(rest.gco2e, fleet->rows[i].gco2e);
    }
    (void)snprintf(name, sizeof(name), "%zu more", fleet->row_count - shown);
    add_row(out, fleet, &rest, name);
}

static void add_place(struct text_out *out, const struct fleet_place *place)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    char energy[FIGURE_SIZE];
    char carbon[FIGURE_SIZE];
    char mean[FIGURE_SIZE];
    char matched[FIGURE_SIZE];

    figure_format(energy, QUANTITY_JOULES, place->joules, unicode);
    figure_format(carbon, QUANTITY_GCO2E, place->gco2e.value, unicode);
    text_add_clean(&text, place->name[0] != '\0' ? place->name : "(no place)", unicode);
    strbuf_printf(&text, ": %s, %s", energy, carbon);
    plain_format(mean, place->intensity.gco2e_per_kwh.value, unicode);
    if (place->matched_ratio < 1) {
        percent_format(matched, 1 - place->matched_ratio, unicode);
        strbuf_printf(&text, "; %s of it by a yearly %s g/kWh, ", matched, mean);
        text_add_clean(&text, place->intensity.name, unicode);
    } else {
        strbuf_add(&text, "; each hour by its own intensity");
    }
    text_item(out, NULL, NOTE_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_heading(struct text_out *out, const struct fleet *fleet)
{
    char from[TIME_SIZE];
    char to[TIME_SIZE];
    AICO2_CLEANUP(strbuf_deinit) struct strbuf left = { 0 };

    format_time(from, fleet->from_wall_ns);
    format_time(to, fleet->to_wall_ns);
    strbuf_printf(&left, "aico2: fleet, %s to %s UTC", from, to);
    text_title(out, strbuf_text(&left), fleet->server);
    strbuf_printf(out->buffer, "  %-*s %*s %*s %*s %*s\n", NAME_COLUMNS, fleet_by_name(fleet->by),
                  CELL_COLUMNS, "energy", CELL_COLUMNS, "carbon", RANGE_COLUMNS, "band",
                  SHARE_COLUMNS, "share");
    out->buffer->failed = out->buffer->failed || left.failed;
}

void write_fleet_text(struct strbuf *out, const struct fleet *fleet, size_t limit,
                      struct text_style style)
{
    struct text_out text = text_out_begin(out, style);
    size_t shown = fleet->row_count < limit ? fleet->row_count : limit;
    char pue[FIGURE_SIZE];

    text.width = 80; /* a table has no narrower form */
    add_heading(&text, fleet);
    for (size_t i = 0; i < shown; i++)
        add_row(&text, fleet, &fleet->rows[i],
                fleet->rows[i].name[0] != '\0' ? fleet->rows[i].name : nobody[fleet->by]);
    add_rest(&text, fleet, shown);
    add_row(&text, fleet, &fleet->total, "total");
    pue_format(pue, fleet->pue, style.unicode);
    text_itemf(&text, "by place", NOTE_INDENT, "PUE %s; the band is the intensity's alone", pue);
    for (size_t i = 0; i < fleet->place_count; i++)
        add_place(&text, &fleet->places[i]);
    for (size_t i = 0; i < fleet->note_count; i++)
        text_item(&text, i == 0 ? "note" : NULL, NOTE_INDENT, fleet->notes[i]);
}

static void add_json_row(struct json_out *json, const struct fleet_row *row)
{
    json_figure(json, "total_joules", row->joules);
    json_figure(json, "operational_gco2e", row->gco2e.value);
    json_figure(json, "low_gco2e", row->gco2e.low);
    json_figure(json, "high_gco2e", row->gco2e.high);
}

void write_fleet_json(struct strbuf *out, const struct fleet *fleet)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.fleet/1");
    json_string(&json, "by", fleet_by_name(fleet->by));
    json_wall_time(&json, "started_at", fleet->from_wall_ns);
    json_wall_time(&json, "ended_at", fleet->to_wall_ns);
    json_text(&json, "server", fleet->server);
    json_double(&json, "pue", fleet->pue);
    add_json_row(&json, &fleet->total);
    json_array_begin(&json, "rows");
    for (size_t i = 0; i < fleet->row_count; i++) {
        json_object_begin(&json, NULL);
        json_text(&json, fleet_by_name(fleet->by), fleet->rows[i].name);
        add_json_row(&json, &fleet->rows[i]);
        if (fleet->by == FLEET_NODE)
            json_figure(&json, "hours", fleet->rows[i].hours);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_array_begin(&json, "places");
    for (size_t i = 0; i < fleet->place_count; i++) {
        const struct fleet_place *place = &fleet->places[i];

        json_object_begin(&json, NULL);
        json_text(&json, "place", place->name);
        json_figure(&json, "total_joules", place->joules);
        json_figure(&json, "operational_gco2e", place->gco2e.value);
        json_figure(&json, "low_gco2e", place->gco2e.low);
        json_figure(&json, "high_gco2e", place->gco2e.high);
        json_figure(&json, "time_matched_ratio", place->matched_ratio);
        json_figure(&json, "yearly_gco2e_per_kwh", place->intensity.gco2e_per_kwh.value);
        json_text(&json, "yearly_source", place->intensity.source);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_strings(&json, "notes", fleet->notes, fleet->note_count);
    json_object_end(&json);
}

void write_fleet_csv(struct strbuf *out, const struct fleet *fleet)
{
    strbuf_printf(out, "%s,total_joules,operational_gco2e,low_gco2e,high_gco2e,hours" CSV_LINE_END,
                  fleet_by_name(fleet->by));
    for (size_t i = 0; i < fleet->row_count; i++) {
        struct csv_row row = csv_row_begin(out);

        csv_row_text(&row, fleet->rows[i].name);
        csv_row_figure(&row, fleet->rows[i].joules);
        csv_row_figure(&row, fleet->rows[i].gco2e.value);
        csv_row_figure(&row, fleet->rows[i].gco2e.low);
        csv_row_figure(&row, fleet->rows[i].gco2e.high);
        csv_row_figure(&row, fleet->rows[i].hours);
        csv_row_end(&row);
    }
}
