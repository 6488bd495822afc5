/* SPDX-License-Identifier: Apache-2.0 */
/* writers/runs.c - the list of runs */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum {
    ID_SHORTEST = 10, /* the time in an id: its own unless two began in one millisecond */
    STARTED_COLUMNS = 16,
    STATE_COLUMNS = 9,
    DURATION_COLUMNS = 11, /* "12 min 30 s" */
    CELL_COLUMNS = 10,
};

static size_t common_length(const char *a, const char *b)
{
    size_t length = 0;

    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

/* The shortest ids that tell these runs apart; `show` and the others take a prefix. */
static size_t id_columns(const struct run_row *rows, size_t count)
{
    size_t columns = ID_SHORTEST;

    /* newest first: ids with a common start are neighbours */
    for (size_t i = 1; i < count; i++) {
        size_t common = common_length(rows[i - 1].id, rows[i].id);

        if (common < ULID_SIZE - 1 && common + 1 > columns)
            columns = common + 1;
    }
    return columns;
}

static void add_started(struct strbuf *out, int64_t wall_ns, bool unicode)
{
    time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
    struct tm local;
    char text[40];

    if (wall_ns == 0 || localtime_r(&seconds, &local) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local) == 0)
        text_cell_left(out, symbols_for(unicode)->dash, STARTED_COLUMNS, unicode);
    else
        text_cell_left(out, text, STARTED_COLUMNS, unicode);
}

static void add_text_row(struct text_out *out, const struct run_row *row, size_t id_width)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf left = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
    bool unicode = out->style.unicode;
    char cell[FIGURE_SIZE];
    size_t taken;

    text_add_clean(&left, row->id, false);
    if (left.length > id_width) {
        left.length = id_width;
        left.text[id_width] = '\0';
    }
    text_pad(&left, left.length, id_width);
    strbuf_add(&left, " ");
    add_started(&left, row->started_wall_ns, unicode);
    strbuf_add(&left, " ");

    strbuf_add(&right, " ");
    text_cell_left(&right, run_state_name(row->state), STATE_COLUMNS, unicode);
    seconds_format(cell, row->duration_seconds, unicode);
    strbuf_add(&right, " ");
    text_cell_right(&right, cell, DURATION_COLUMNS);
    figure_format(cell, QUANTITY_JOULES, row->total_joules, unicode);
    strbuf_add(&right, " ");
    text_cell_right(&right, cell, CELL_COLUMNS - 1);
    figure_format(cell, QUANTITY_GCO2E, row->total_gco2e, unicode);
    strbuf_add(&right, " ");
    text_cell_right(&right, cell, CELL_COLUMNS);

    taken = text_columns(strbuf_text(&left)) + text_columns(strbuf_text(&right));
    strbuf_add(out->buffer, strbuf_text(&left));
    text_cell_left(out->buffer, row->name, taken < out->width ? out->width - taken : 0, unicode);
    strbuf_printf(out->buffer, "%s\n", strbuf_text(&right));
    out->buffer->failed = out->buffer->failed || left.failed || right.failed;
}

static void add_text_heading(struct text_out *out, size_t id_width)
{
    size_t right = 1 + STATE_COLUMNS + 1 + DURATION_COLUMNS + CELL_COLUMNS + 1 + CELL_COLUMNS;
    size_t left = id_width + 1 + STARTED_COLUMNS + 1;

    text_cell_left(out->buffer, "run", id_width, false);
    strbuf_add(out->buffer, " ");
    text_cell_left(out->buffer, "started", STARTED_COLUMNS, false);
    strbuf_add(out->buffer, " ");
    text_cell_left(out->buffer, "name", left + right < out->width ? out->width - left - right : 0,
                   false);
    strbuf_add(out->buffer, " ");
    text_cell_left(out->buffer, "state", STATE_COLUMNS, false);
    strbuf_add(out->buffer, " ");
    text_cell_right(out->buffer, "duration", DURATION_COLUMNS);
    text_cell_right(out->buffer, "energy", CELL_COLUMNS);
    strbuf_add(out->buffer, " ");
    text_cell_right(out->buffer, "carbon", CELL_COLUMNS);
    strbuf_add(out->buffer, "\n");
}

void write_runs_text(struct strbuf *out, const struct run_row *rows, size_t count, const char *next,
                     struct text_style style)
{
    struct text_out text = text_out_begin(out, style);
    size_t id_width = id_columns(rows, count);

    if (count == 0) {
        strbuf_add(out, "no runs yet\n");
        return;
    }
    text.width = 80; /* a list has no narrower form */
    add_text_heading(&text, id_width);
    for (size_t i = 0; i < count; i++)
        add_text_row(&text, &rows[i], id_width);
    if (next != NULL && next[0] != '\0') {
        strbuf_add(out, "older ones: aico2 runs --cursor ");
        text_add_clean(out, next, false); /* of a file that may be anybody's */
        strbuf_add(out, "\n");
    }
}

static void add_json_fields(struct json_out *json, const struct run_row *row)
{
    json_string(json, "id", row->id);
    json_string(json, "name", row->name);
    json_string(json, "stage", row->stage);
    json_string(json, "state", run_state_name(row->state));
    json_wall_time(json, "started_at", row->started_wall_ns);
    json_figure(json, "duration_seconds", row->duration_seconds);
    json_figure(json, "total_joules", row->total_joules);
    json_figure(json, "total_gco2e", row->total_gco2e);
}

static void add_json_row(struct json_out *json, const struct run_row *row)
{
    json_object_begin(json, NULL);
    add_json_fields(json, row);
    json_object_end(json);
}

static void add_json_detail(struct json_out *json, const struct run_detail *detail)
{
    json_figure(json, "low_joules", detail->total_joules.low);
    json_figure(json, "high_joules", detail->total_joules.high);
    json_figure(json, "low_gco2e", detail->total_gco2e.low);
    json_figure(json, "high_gco2e", detail->total_gco2e.high);
    json_text(json, "place", detail->place);
    json_figure(json, "intensity_gco2e_per_kwh", detail->intensity_gco2e_per_kwh);
    json_text(json, "hardware", detail->hardware);
    json_figure(json, "measured_ratio", detail->measured_ratio);
    json_text(json, "unit", detail->unit);
    json_figure(json, "units", detail->units);
    json_figure(json, "gco2e_per_unit", detail->gco2e_per_unit);
}

void write_run_line(struct strbuf *out, const struct run_row *row)
{
    struct json_out json;

    json_out_init_line(&json, out);
    add_json_row(&json, row);
}

void write_runs_detailed_json(struct strbuf *out, const struct run_row *rows,
                              const struct run_detail *details, size_t count, const char *next)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.runs/1");
    json_array_begin(&json, "runs");
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&json, NULL);
        add_json_fields(&json, &rows[i]);
        if (details != NULL)
            add_json_detail(&json, &details[i]);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_text(&json, "next", next == NULL ? "" : next);
    json_object_end(&json);
}

void write_runs_json(struct strbuf *out, const struct run_row *rows, size_t count, const char *next)
{
    write_runs_detailed_json(out, rows, NULL, count, next);
}

void write_runs_csv(struct strbuf *out, const struct run_row *rows, size_t count)
{
    strbuf_add(out, "id,name,stage,state,started_at,duration_seconds,total_joules,"
                    "total_gco2e" CSV_LINE_END);
    for (size_t i = 0; i < count; i++) {
        struct csv_row row = csv_row_begin(out);

        csv_row_text(&row, rows[i].id);
        csv_row_text(&row, rows[i].name);
        csv_row_text(&row, rows[i].stage);
        csv_row_text(&row, run_state_name(rows[i].state));
        csv_row_wall_time(&row, rows[i].started_wall_ns);
        csv_row_figure(&row, rows[i].duration_seconds);
        csv_row_figure(&row, rows[i].total_joules);
        csv_row_figure(&row, rows[i].total_gco2e);
        csv_row_end(&row);
    }
}
