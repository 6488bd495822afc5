/* SPDX-License-Identifier: Apache-2.0 */
/* writers/recomputed.c - many runs before and after, a row each, written as they come */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/text_parts.h"
#include "writers/writer.h"

enum { ID_COLUMNS = 10, NAME_COLUMNS = 18, CELL_COLUMNS = 12, PLACE_COLUMNS = 9 };

#define SIDE_COLUMNS(side)                                                                      \
    side "_place," side "_kind," side "_gco2e_per_kwh," side "_pue," side "_time_matched," side \
         "_operational_gco2e," side "_total_gco2e," side "_low_"                                \
         "gco2e," side "_high_gco2e"

void write_recomputed_begin(struct recomputed_out *rows, enum recomputed_form form,
                            struct strbuf *out, struct text_style style)
{
    *rows = (struct recomputed_out){ .form = form, .out = out, .style = style };
    if (form == RECOMPUTED_JSON) {
        json_out_init(&rows->json, out);
        json_object_begin(&rows->json, NULL);
        json_string(&rows->json, "schema", "aico2.recompute/1");
        json_array_begin(&rows->json, "rows");
    } else if (form == RECOMPUTED_CSV) {
        strbuf_add(out, "id,name,stage,started_at,duration_seconds,total_joules," SIDE_COLUMNS(
                            "before") "," SIDE_COLUMNS("after") ",saved_as" CSV_LINE_END);
    } else {
        text_cell_left(out, "run", ID_COLUMNS, false);
        strbuf_add(out, " ");
        text_cell_left(out, "name", NAME_COLUMNS, false);
        text_cell_right(out, "energy", CELL_COLUMNS);
        strbuf_add(out, "  ");
        text_cell_left(out, "before", PLACE_COLUMNS - 2, false);
        text_cell_right(out, "", CELL_COLUMNS - 2);
        strbuf_add(out, "  after\n");
    }
}

static void json_side(struct json_out *json, const char *key, const struct recomputed_side *side)
{
    json_object_begin(json, key);
    json_text(json, "place", side->place);
    json_text(json, "intensity_kind", side->kind);
    json_figure(json, "intensity_gco2e_per_kwh", side->gco2e_per_kwh);
    json_figure(json, "pue", side->pue);
    json_bool(json, "time_matched", side->time_matched);
    json_figure(json, "operational_gco2e", side->operational_gco2e);
    json_figure(json, "total_gco2e", side->total_gco2e.value);
    json_figure(json, "low_gco2e", side->total_gco2e.low);
    json_figure(json, "high_gco2e", side->total_gco2e.high);
    json_object_end(json);
}

static void add_json_row(struct json_out *json, const struct recomputed_row *row)
{
    json_object_begin(json, NULL);
    json_text(json, "id", row->run.id);
    json_string(json, "name", row->run.name);
    json_string(json, "stage", row->run.stage);
    json_wall_time(json, "started_at", row->run.started_wall_ns);
    json_figure(json, "duration_seconds", row->run.duration_seconds);
    json_figure(json, "total_joules", row->run.total_joules);
    json_side(json, "before", &row->before);
    json_side(json, "after", &row->after);
    json_text(json, "saved_as", row->saved_as);
    json_strings(json, "warnings", row->warnings, row->warning_count);
    json_object_end(json);
}

static void csv_side(struct csv_row *csv, const struct recomputed_side *side)
{
    csv_row_text(csv, side->place);
    csv_row_text(csv, side->kind);
    csv_row_figure(csv, side->gco2e_per_kwh);
    csv_row_figure(csv, side->pue);
    csv_row_text(csv, side->time_matched ? "true" : "false");
    csv_row_figure(csv, side->operational_gco2e);
    csv_row_figure(csv, side->total_gco2e.value);
    csv_row_figure(csv, side->total_gco2e.low);
    csv_row_figure(csv, side->total_gco2e.high);
}

static void add_csv_row(struct strbuf *out, const struct recomputed_row *row)
{
    struct csv_row csv = csv_row_begin(out);

    csv_row_text(&csv, row->run.id);
    csv_row_text(&csv, row->run.name);
    csv_row_text(&csv, row->run.stage);
    csv_row_wall_time(&csv, row->run.started_wall_ns);
    csv_row_figure(&csv, row->run.duration_seconds);
    csv_row_figure(&csv, row->run.total_joules);
    csv_side(&csv, &row->before);
    csv_side(&csv, &row->after);
    csv_row_text(&csv, row->saved_as);
    csv_row_end(&csv);
}

/* "FR 1.23 gCO2e" */
static void add_side(struct strbuf *out, const struct recomputed_side *side, bool unicode)
{
    char figure[FIGURE_SIZE];

    text_cell_left(out, side->place[0] != '\0' ? side->place : "given", PLACE_COLUMNS - 2, unicode);
    figure_format(figure, QUANTITY_GCO2E, side->total_gco2e.value, unicode);
    text_cell_right(out, figure, CELL_COLUMNS - 2);
}

static void add_text_row(struct recomputed_out *rows, const struct recomputed_row *row)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf id = { 0 };
    struct strbuf *out = rows->out;
    bool unicode = rows->style.unicode;
    char figure[FIGURE_SIZE];

    text_add_clean(&id, row->run.id, false); /* of a file that may be anybody's */
    strbuf_printf(out, "%.*s ", ID_COLUMNS, strbuf_text(&id));
    out->failed = out->failed || id.failed;
    text_cell_left(out, row->run.name, NAME_COLUMNS, unicode);
    figure_format(figure, QUANTITY_JOULES, row->run.total_joules, unicode);
    text_cell_right(out, figure, CELL_COLUMNS);
    strbuf_add(out, "  ");
    add_side(out, &row->before, unicode);
    strbuf_add(out, "  ");
    add_side(out, &row->after, unicode);
    strbuf_add(out, "\n");
}

void write_recomputed_row(struct recomputed_out *rows, const struct recomputed_row *row)
{
    if (rows->form == RECOMPUTED_JSON)
        add_json_row(&rows->json, row);
    else if (rows->form == RECOMPUTED_CSV)
        add_csv_row(rows->out, row);
    else
        add_text_row(rows, row);
}

static void json_total(struct json_out *json, const char *key, struct band total, const char *kind)
{
    json_object_begin(json, key);
    json_figure(json, "total_gco2e", total.value);
    json_figure(json, "low_gco2e", total.low);
    json_figure(json, "high_gco2e", total.high);
    json_text(json, "intensity_kind", kind);
    json_object_end(json);
}

static void add_total_line(struct text_out *out, const char *label, struct band total,
                           const char *kind)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    figure_format(figure, QUANTITY_GCO2E, total.value, out->style.unicode);
    text_add_solid(&text, figure);
    if (total.low < total.high) {
        range_format(range, QUANTITY_GCO2E, total, total.value, out->style.unicode);
        strbuf_add(&text, " (");
        text_add_solid(&text, range);
        strbuf_add(&text, ")");
    }
    strbuf_add(&text, ", ");
    strbuf_add(&text, kind[0] != '\0' ? kind : "of several kinds: not a sum to be quoted");
    text_item(out, label, 10, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* null where no run has a unit, or they make no score together. */
static void json_score(struct json_out *json, const struct recomputed_totals *totals)
{
    const struct recomputed_score *score = &totals->score;
    struct band per_unit;

    if (recomputed_score_of(totals, &per_unit) != NULL) {
        json_null(json, "sci");
        return;
    }
    json_object_begin(json, "sci");
    json_string(json, "unit", score->unit);
    json_figure(json, "units", score->units);
    json_figure(json, "gco2e_per_unit", per_unit.value);
    json_figure(json, "low_gco2e_per_unit", per_unit.low);
    json_figure(json, "high_gco2e_per_unit", per_unit.high);
    json_string(json, "role", run_sci_role(score->stage));
    json_int(json, "runs_without_units", (int64_t)score->uncounted);
    json_object_end(json);
}

/* "33.0 mgCO2e (25.0 … 46.0) per epoch, of which there were 40 (2 runs of none)" */
static void add_score_line(struct text_out *out, const struct recomputed_totals *totals)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct recomputed_score *score = &totals->score;
    bool unicode = out->style.unicode;
    struct band per_unit;
    const char *why = recomputed_score_of(totals, &per_unit);
    char figure[FIGURE_SIZE];

    if (why != NULL) {
        if (why[0] != '\0')
            text_itemf(out, "SCI", 10, "%s  %s", symbols_for(unicode)->dash, why);
        return;
    }
    text_add_band(&text, QUANTITY_GCO2E, per_unit, per_unit.value, unicode);
    strbuf_add(&text, " per ");
    text_add_clean(&text, score->unit, unicode);
    (void)number_format_double(figure, sizeof(figure), score->units);
    strbuf_printf(&text, ", of which there were %s", figure);
    if (score->uncounted > 0)
        strbuf_printf(&text, "; %zu %s of none", score->uncounted,
                      score->uncounted == 1 ? "run" : "runs");
    text_item(out, "SCI", 10, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void write_recomputed_end(struct recomputed_out *rows, const struct recomputed_totals *totals)
{
    char figure[FIGURE_SIZE];

    if (rows->form == RECOMPUTED_JSON) {
        json_array_end(&rows->json);
        json_object_begin(&rows->json, "totals");
        json_int(&rows->json, "runs", (int64_t)totals->runs);
        json_figure(&rows->json, "total_joules", totals->total_joules);
        json_total(&rows->json, "before", totals->before_gco2e, totals->before_kind);
        json_total(&rows->json, "after", totals->after_gco2e, totals->after_kind);
        json_score(&rows->json, totals);
        json_object_end(&rows->json);
        json_object_end(&rows->json);
    } else if (rows->form == RECOMPUTED_TEXT) {
        struct text_out text = text_out_begin(rows->out, rows->style);

        figure_format(figure, QUANTITY_JOULES, totals->total_joules, rows->style.unicode);
        text_itemf(&text, "all", 10, "%zu %s, %s", totals->runs, totals->runs == 1 ? "run" : "runs",
                   figure);
        add_total_line(&text, "before", totals->before_gco2e, totals->before_kind);
        add_total_line(&text, "after", totals->after_gco2e, totals->after_kind);
        add_score_line(&text, totals);
    }
}
