/* SPDX-License-Identifier: Apache-2.0 */
/* writers/intensity.c - what a kilowatt-hour emits, in one place or in many */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/live_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum {
    PLACE_COLUMNS = 18,
    VALUE_COLUMNS = 6,
    BAND_COLUMNS = 15,
    YEAR_COLUMNS = 6,
    KIND_COLUMNS = 6, /* "  LA A" */
    SOURCE_COLUMNS = 9
};

static void add_value(struct strbuf *out, const struct intensity *intensity, bool unicode)
{
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];

    plain_format(figure, intensity->gco2e_per_kwh.value, unicode);
    strbuf_printf(out, "%s gCO2e/kWh", figure);
    if (intensity->gco2e_per_kwh.low < intensity->gco2e_per_kwh.value ||
        intensity->gco2e_per_kwh.high > intensity->gco2e_per_kwh.value) {
        plain_range_format(range, intensity->gco2e_per_kwh, unicode);
        strbuf_printf(out, " (%s)", range);
    }
}

/* "lifecycle-average, 2024, Ember, quality A" */
static void add_about(struct strbuf *about, const struct intensity *intensity, bool unicode)
{
    text_add_clean(about, intensity->kind[0] != '\0' ? intensity->kind : "of unknown kind",
                   unicode);
    if (intensity->year > 0)
        strbuf_printf(about, ", %d", intensity->year);
    if (intensity->source[0] != '\0') {
        strbuf_add(about, ", ");
        text_add_clean(about, intensity->source, unicode);
    }
    if (intensity->quality[0] != '\0') {
        strbuf_add(about, ", quality ");
        text_add_clean(about, intensity->quality, unicode);
    }
}

static void add_other(struct text_out *out, const struct intensity *other)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    add_value(&text, other, out->style.unicode);
    strbuf_add(&text, ": ");
    add_about(&text, other, out->style.unicode);
    if (other->note[0] != '\0') {
        strbuf_add(&text, "; ");
        text_add_clean(&text, other->note, out->style.unicode);
    }
    text_item(out, "also", 2 + 4 + 2, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void write_intensity_text(struct strbuf *out, const struct intensity *intensity,
                          const struct intensity *others, size_t other_count,
                          struct text_style style)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf value = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf name = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf about = { 0 };
    struct text_out text = text_out_begin(out, style);

    strbuf_add(&name, intensity->name[0] != '\0' ? intensity->name : "intensity as given");
    /* a cloud region's name holds its code */
    if (intensity->place[0] != '\0' && strchr(intensity->place, ':') == NULL)
        strbuf_printf(&name, " (%s)", intensity->place);
    add_value(&value, intensity, style.unicode);
    text_title(&text, strbuf_text(&name), strbuf_text(&value));

    add_about(&about, intensity, style.unicode);
    text_item(&text, NULL, 2, strbuf_text(&about));
    if (intensity->note[0] != '\0') {
        out->failed = out->failed || about.failed;
        strbuf_deinit(&about);
        text_add_clean(&about, intensity->note, style.unicode);
        text_item(&text, NULL, 2, strbuf_text(&about));
    }
    for (size_t i = 0; i < other_count; i++)
        add_other(&text, &others[i]);
    out->failed = out->failed || value.failed || name.failed || about.failed;
}

/* "LA": life-cycle, average. The line below the list says so. */
static void add_kind(struct strbuf *out, const struct intensity *intensity)
{
    static const struct {
        const char *kind;
        const char *letters;
    } kinds[] = {
        { "lifecycle-average", "LA" },  { "lifecycle-consumption", "LC" },
        { "lifecycle-marginal", "LM" }, { "direct-average", "DA" },
        { "direct-consumption", "DC" }, { "direct-marginal", "DM" },
    };
    const char *letters = "--";

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (strcmp(kinds[i].kind, intensity->kind) == 0)
            letters = kinds[i].letters;
    }
    strbuf_printf(out, "  %s %-1s", letters, intensity->quality);
}

static void add_row(struct text_out *out, const struct intensity *intensity)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf left = { 0 };
    bool unicode = out->style.unicode;
    char cell[RANGE_SIZE];
    size_t taken;

    strbuf_add(&right, " ");
    plain_format(cell, intensity->gco2e_per_kwh.value, unicode);
    text_cell_right(&right, cell, VALUE_COLUMNS);
    plain_range_format(cell, intensity->gco2e_per_kwh, unicode);
    strbuf_add(&right, "  ");
    text_pad(&right, text_columns(cell), BAND_COLUMNS);
    strbuf_add(&right, cell);
    if (intensity->year > 0)
        (void)snprintf(cell, sizeof(cell), "%d", intensity->year);
    else
        (void)snprintf(cell, sizeof(cell), "%s", symbols_for(unicode)->dash);
    text_cell_right(&right, cell, YEAR_COLUMNS);
    add_kind(&right, intensity);
    strbuf_add(&right, "  ");
    text_add_short(&right,
                   intensity->source_short[0] != '\0' ? intensity->source_short : intensity->source,
                   SOURCE_COLUMNS, unicode);

    text_cell_left(&left, intensity->place, PLACE_COLUMNS, unicode);
    strbuf_add(&left, " ");
    taken = PLACE_COLUMNS + 1 + 1 + VALUE_COLUMNS + 2 + BAND_COLUMNS + YEAR_COLUMNS + KIND_COLUMNS +
            2 + SOURCE_COLUMNS;
    if (text_columns(strbuf_text(&right)) > taken - PLACE_COLUMNS - 1)
        taken = text_columns(strbuf_text(&right)) + PLACE_COLUMNS + 1;
    strbuf_add(out->buffer, strbuf_text(&left));
    text_cell_left(out->buffer, intensity->name, taken < out->width ? out->width - taken : 0,
                   unicode);
    strbuf_printf(out->buffer, "%s\n", strbuf_text(&right));
    out->buffer->failed = out->buffer->failed || left.failed || right.failed;
}

void write_intensity_list_text(struct strbuf *out, const struct intensity *list, size_t count,
                               struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    text.width = 80; /* a list has no narrower form */
    text_cell_left(out, "place", PLACE_COLUMNS, false);
    strbuf_printf(out, " %-13s %6s  %15s%6s  %s\n", "name", "g/kWh", "95 % band", "year",
                  "kind  source");
    for (size_t i = 0; i < count; i++)
        add_row(&text, &list[i]);
    strbuf_add(out,
               "kind: L life-cycle, D direct; A average, C of consumption, M marginal; grade\n");
}

static void add_figure(struct json_out *json, const struct intensity *intensity)
{
    json_figure(json, "gco2e_per_kwh", intensity->gco2e_per_kwh.value);
    json_text(json, "kind", intensity->kind);
    if (intensity->year > 0)
        json_int(json, "year", intensity->year);
    else
        json_null(json, "year");
    json_text(json, "source", intensity->source);
    json_figure(json, "low", intensity->gco2e_per_kwh.low);
    json_figure(json, "high", intensity->gco2e_per_kwh.high);
}

/* The fields of one place, in an object that is open. */
static void add_fields(struct json_out *json, const struct intensity *intensity)
{
    json_text(json, "place", intensity->place);
    json_text(json, "name", intensity->name);
    add_figure(json, intensity);
    json_text(json, "country", intensity->country);
    json_text(json, "country3", intensity->country3);
    json_string(json, "place_basis", place_basis_name(intensity->place_basis));
    json_text(json, "quality", intensity->quality);
    json_text(json, "note", intensity->note);
}

static void add_others(struct json_out *json, const struct intensity *others, size_t count)
{
    json_array_begin(json, "alternatives");
    for (size_t i = 0; i < count; i++) {
        json_object_begin(json, NULL);
        add_figure(json, &others[i]);
        json_text(json, "quality", others[i].quality);
        json_text(json, "note", others[i].note);
        json_object_end(json);
    }
    json_array_end(json);
}

void write_intensity_json(struct strbuf *out, const struct intensity *intensity,
                          const struct intensity *others, size_t other_count,
                          const struct live_view *live)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.intensity/1");
    add_fields(&json, intensity);
    add_others(&json, others, other_count);
    if (live != NULL)
        json_live_view(&json, live);
    json_object_end(&json);
}

void write_intensity_list_json(struct strbuf *out, const struct intensity *list, size_t count)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_array_begin(&json, "places");
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&json, NULL);
        add_fields(&json, &list[i]);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}

void write_intensity_list_csv(struct strbuf *out, const struct intensity *list, size_t count)
{
    strbuf_add(out, "place,name,gco2e_per_kwh,kind,year,source,low,high,quality,note" CSV_LINE_END);
    for (size_t i = 0; i < count; i++) {
        struct csv_row row = csv_row_begin(out);

        csv_row_text(&row, list[i].place);
        csv_row_text(&row, list[i].name);
        csv_row_figure(&row, list[i].gco2e_per_kwh.value);
        csv_row_text(&row, list[i].kind);
        if (list[i].year > 0)
            csv_row_int(&row, list[i].year);
        else
            csv_row_text(&row, "");
        csv_row_text(&row, list[i].source);
        csv_row_figure(&row, list[i].gco2e_per_kwh.low);
        csv_row_figure(&row, list[i].gco2e_per_kwh.high);
        csv_row_text(&row, list[i].quality);
        csv_row_text(&row, list[i].note);
        csv_row_end(&row);
    }
}
