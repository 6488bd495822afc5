/* SPDX-License-Identifier: Apache-2.0 */
/* writers/comparison.c - two runs side by side, with what can be said of the difference */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum { LABEL_COLUMNS = 20, CELL_COLUMNS = 12, VERDICT_INDENT = 15 };

/* How a row is spoken of; rows that are none of these are named by their field. */
static const struct phrase {
    const char *what;
    const char *label;
    const char *lower;
    const char *higher;
} phrases[] = {
    { "energy_joules", "energy", "used less energy", "used more energy" },
    { "total_joules", "energy", "used less energy", "used more energy" },
    { "total_gco2e", "carbon", "emitted less", "emitted more" },
    { "operational_gco2e", "carbon, electricity", "emitted less by its electricity",
      "emitted more by its electricity" },
    { "embodied_gco2e", "carbon, hardware", "has less of making the hardware",
      "has more of making the hardware" },
    { "duration_seconds", "duration", "was faster", "was slower" },
    { "cpu_seconds", "CPU time", "used less CPU time", "used more CPU time" },
    { "gco2e_per_unit", "carbon a unit", "emitted less a unit", "emitted more a unit" },
    { "cost", "cost", "cost less", "cost more" },
    { "water_litres", "water on site", "used less water", "used more water" },
    { "mean_power_watts", "mean power", "drew less power", "drew more power" },
};

static const struct phrase *phrase_for(const char *what)
{
    for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++) {
        if (strcmp(phrases[i].what, what) == 0)
            return &phrases[i];
    }
    return NULL;
}

static void add_label(struct strbuf *out, const struct compare_row *row, bool unicode)
{
    const struct phrase *phrase = phrase_for(row->what);
    AICO2_CLEANUP(strbuf_deinit) struct strbuf label = { 0 };

    strbuf_add(&label, phrase != NULL ? phrase->label : row->what);
    for (size_t i = 0; phrase == NULL && i < label.length; i++)
        label.text[i] = label.text[i] == '_' ? ' ' : label.text[i];
    text_cell_left(out, strbuf_text(&label), LABEL_COLUMNS, unicode);
    out->failed = out->failed || label.failed;
}

static void format_value(char out[FIGURE_SIZE], const char *unit, double value, double like,
                         bool with_unit, bool unicode)
{
    char digits[FIGURE_SIZE];

    if (strcmp(unit, "J") == 0) {
        figure_format_like(out, QUANTITY_JOULES, value, like, with_unit, unicode);
    } else if (strcmp(unit, "gCO2e") == 0) {
        figure_format_like(out, QUANTITY_GCO2E, value, like, with_unit, unicode);
    } else if (strcmp(unit, "W") == 0) {
        figure_format_like(out, QUANTITY_WATTS, value, like, with_unit, unicode);
    } else if (strcmp(unit, "s") == 0) {
        seconds_format(digits, fabs(value), unicode);
        (void)snprintf(out, FIGURE_SIZE, "%s%.40s", value < 0 ? "-" : "", digits);
    } else {
        plain_format(digits, value, unicode);
        with_unit = with_unit && isfinite(value);
        (void)snprintf(out, FIGURE_SIZE, "%.32s%s%.12s", digits,
                       with_unit && unit[0] != '\0' ? " " : "", with_unit ? unit : "");
    }
}

static double like_of(const struct compare_row *row)
{
    return isfinite(row->a) && row->a > row->b ? row->a : isfinite(row->b) ? row->b : row->a;
}

static void add_range(struct strbuf *out, const struct compare_row *row, double like, bool unicode)
{
    char low[FIGURE_SIZE];
    char high[FIGURE_SIZE];

    if (!isfinite(row->low) || !isfinite(row->high) || !(row->low < row->high))
        return; /* a time is known exactly */
    format_value(low, row->unit, row->low, like, false, unicode);
    format_value(high, row->unit, row->high, like, false, unicode);
    strbuf_printf(out, "  (%s %s %s)", low, symbols_for(unicode)->dots, high);
}

static void add_row(struct text_out *out, const struct compare_row *row)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf line = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf range = { 0 };
    bool unicode = out->style.unicode;
    double like = like_of(row);
    char cell[FIGURE_SIZE];

    strbuf_add(&line, "  ");
    add_label(&line, row, unicode);
    format_value(cell, row->unit, row->a, like, true, unicode);
    text_cell_right(&line, cell, CELL_COLUMNS);
    format_value(cell, row->unit, row->b, like, true, unicode);
    strbuf_add(&line, " ");
    text_cell_right(&line, cell, CELL_COLUMNS - 1);
    format_value(cell, row->unit, row->delta, like, true, unicode);
    strbuf_add(&line, " ");
    text_cell_right(&line, cell, CELL_COLUMNS - 1);
    add_range(&range, row, like, unicode);

    strbuf_add(out->buffer, strbuf_text(&line));
    if (text_columns(strbuf_text(&line)) + text_columns(strbuf_text(&range)) <= out->width) {
        strbuf_printf(out->buffer, "%s\n", strbuf_text(&range));
    } else {
        strbuf_add(out->buffer, "\n");
        text_item(out, NULL, 2 + LABEL_COLUMNS, strbuf_text(&range));
    }
    out->buffer->failed = out->buffer->failed || line.failed || range.failed;
}

static void add_phrase(struct strbuf *out, const struct compare_row *row, bool unicode)
{
    const struct phrase *phrase = phrase_for(row->what);

    strbuf_add(out, out->length == 0 ? "" : ", ");
    if (row->verdict == COMPARE_CANNOT_TELL) {
        text_add_clean(out, phrase != NULL ? phrase->label : row->what, unicode);
    } else if (phrase != NULL) {
        strbuf_add(out, row->verdict == COMPARE_LOWER ? phrase->lower : phrase->higher);
    } else {
        strbuf_printf(out, "is %s in ", compare_verdict_name(row->verdict));
        text_add_clean(out, row->what, unicode);
    }
}

/* The answer in words: what is sure of B, and what cannot be told. */
static void add_verdicts(struct text_out *out, const struct comparison *comparison)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf sure = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf unsure = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf unknown = { 0 };

    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compare_row *row = &comparison->rows[i];

        add_phrase(row->verdict != COMPARE_CANNOT_TELL ? &sure
                   : isfinite(row->delta)              ? &unsure
                                                       : &unknown,
                   row, out->style.unicode);
    }
    if (sure.length > 0)
        text_itemf(out, "surely", VERDICT_INDENT, "B %s", strbuf_text(&sure));
    if (unsure.length > 0)
        text_itemf(out, "cannot tell", VERDICT_INDENT, "%s: the band of the difference holds 0",
                   strbuf_text(&unsure));
    if (unknown.length > 0)
        text_itemf(out, "cannot tell", VERDICT_INDENT, "%s: a figure is unavailable",
                   strbuf_text(&unknown));
    out->buffer->failed = out->buffer->failed || sure.failed || unsure.failed || unknown.failed;
}

static void add_side(struct text_out *out, const char *letter, const char *name, const char *id)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
    size_t room;

    strbuf_add(&right, "run ");
    text_short_id(&right, id, out->style.unicode);
    room = out->width - text_columns(strbuf_text(&right)) - 1;
    strbuf_printf(out->buffer, "%s: ", letter);
    text_cell_left(out->buffer, name[0] != '\0' ? name : "a run", room - 3, out->style.unicode);
    strbuf_printf(out->buffer, " %s\n", strbuf_text(&right));
    out->buffer->failed = out->buffer->failed || right.failed;
}

void write_comparison_text(struct strbuf *out, const struct comparison *comparison,
                           struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    text.width = 80; /* a table has no narrower form */
    add_side(&text, "A", comparison->a_name, comparison->a);
    add_side(&text, "B", comparison->b_name, comparison->b);
    strbuf_printf(out, "  %-*s%*s%*s%*s\n", LABEL_COLUMNS, "", CELL_COLUMNS, "A", CELL_COLUMNS, "B",
                  CELL_COLUMNS, "B - A");
    for (size_t i = 0; i < comparison->row_count; i++)
        add_row(&text, &comparison->rows[i]);
    add_verdicts(&text, comparison);
}

/* What was paid for using electricity is below 0. */
static bool may_be_negative(const struct compare_row *row)
{
    return strcmp(row->what, "cost") == 0;
}

static void add_figure(struct json_out *json, const char *key, const struct compare_row *row,
                       double value)
{
    if (may_be_negative(row))
        json_double(json, key, value);
    else
        json_figure(json, key, value);
}

void write_comparison_json(struct strbuf *out, const struct comparison *comparison)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.compare/1");
    json_string(&json, "a", comparison->a);
    json_string(&json, "b", comparison->b);
    json_array_begin(&json, "rows");
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compare_row *row = &comparison->rows[i];

        json_object_begin(&json, NULL);
        json_string(&json, "what", row->what);
        add_figure(&json, "a", row, row->a);
        add_figure(&json, "b", row, row->b);
        json_double(&json, "delta", row->delta);
        json_double(&json, "low", row->low);
        json_double(&json, "high", row->high);
        json_string(&json, "verdict", compare_verdict_name(row->verdict));
        json_string(&json, "unit", row->unit);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_string(&json, "a_name", comparison->a_name);
    json_string(&json, "b_name", comparison->b_name);
    json_object_end(&json);
}

void write_comparison_csv(struct strbuf *out, const struct comparison *comparison)
{
    strbuf_add(out, "what,a,b,delta,low,high,verdict,unit" CSV_LINE_END);
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compare_row *row = &comparison->rows[i];
        struct csv_row cells = csv_row_begin(out);

        csv_row_text(&cells, row->what);
        if (may_be_negative(row)) {
            csv_row_number(&cells, row->a);
            csv_row_number(&cells, row->b);
        } else {
            csv_row_figure(&cells, row->a);
            csv_row_figure(&cells, row->b);
        }
        csv_row_number(&cells, row->delta);
        csv_row_number(&cells, row->low);
        csv_row_number(&cells, row->high);
        csv_row_text(&cells, compare_verdict_name(row->verdict));
        csv_row_text(&cells, row->unit);
        csv_row_end(&cells);
    }
}
