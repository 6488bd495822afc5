/* SPDX-License-Identifier: Apache-2.0 */
/* writers/when_places.c - the greenest stretch of time ahead in several places */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "writers/csv_row.h"
#include "writers/json_parts.h"
#include "writers/text_parts.h"
#include "writers/when_parts.h"

enum { PLACE_COLUMNS = 14, FIGURE_COLUMNS = 9 };

static const char *name_of(const struct when *when)
{
    return when->place.name[0] != '\0' ? when->place.name : when->place.place;
}

/* "France (FR): "; a cloud region's name holds its code. */
static void add_name(struct strbuf *out, const struct when *when, bool unicode)
{
    text_add_clean(out, name_of(when), unicode);
    if (when->place.name[0] != '\0' && strchr(when->place.place, ':') == NULL) {
        strbuf_add(out, " (");
        text_add_clean(out, when->place.place, unicode);
        strbuf_add(out, ")");
    }
    strbuf_add(out, ": ");
}

static void add_start(struct text_out *out, const struct when *when)
{
    char start[WHEN_TIME_SIZE];
    char end[WHEN_TIME_SIZE];
    char wait[FIGURE_SIZE];
    int64_t wait_ns = when->best.start_ns - when->from_ns;

    when_format_time(end, when->best.end_ns);
    if (when->basis == WHEN_YEARLY) {
        text_item(out, NULL, TEXT_INDENT, "at any time: no hour is known");
    } else if (wait_ns < WHEN_AT_ONCE_NS) {
        text_itemf(out, NULL, TEXT_INDENT, "at once, until %s", end);
    } else {
        when_format_time(start, when->best.start_ns);
        seconds_format(wait, seconds_from_ns(wait_ns), out->style.unicode);
        text_itemf(out, NULL, TEXT_INDENT, "%s to %s, in %s", start, end, wait);
    }
}

static void add_row(struct text_out *out, const struct when *when)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf row = { 0 };
    char figure[FIGURE_SIZE];
    char start[WHEN_TIME_SIZE];

    text_cell_left(&row, when->place.place, PLACE_COLUMNS, out->style.unicode);
    strbuf_add(&row, " ");
    plain_format(figure, when->best.gco2e_per_kwh, out->style.unicode);
    text_cell_right(&row, figure, FIGURE_COLUMNS);
    strbuf_add(&row, " ");
    plain_format(figure, when->now.gco2e_per_kwh, out->style.unicode);
    text_cell_right(&row, figure, FIGURE_COLUMNS);
    strbuf_add(&row, "  ");
    when_format_time(start, when->best.start_ns);
    if (when->basis == WHEN_YEARLY)
        strbuf_add(&row, "any time (yearly)");
    else if (when->best.start_ns - when->from_ns < WHEN_AT_ONCE_NS)
        strbuf_add(&row, "at once");
    else
        strbuf_add(&row, start);
    if (when->basis == WHEN_TYPICAL_DAY)
        strbuf_add(&row, " (typical day)");
    strbuf_printf(out->buffer, "  %s\n", strbuf_text(&row));
    out->buffer->failed = out->buffer->failed || row.failed;
}

static void add_rows(struct text_out *out, const struct when_choice *choice)
{
    strbuf_add(out->buffer, "\n  place               best   at once  start\n");
    for (size_t i = 0; i < choice->count; i++)
        add_row(out, &choice->places[i]);
}

void write_when_places_text(struct strbuf *out, const struct when_choice *choice,
                            struct text_style style)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf best_text = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf here_text = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf basis = { 0 };
    const struct when *best = &choice->places[choice->best];
    const struct when *here = &choice->places[0];
    struct text_out text = text_out_begin(out, style);

    when_add_title(&text, best);
    add_name(&best_text, best, style.unicode);
    when_add_mean(&best_text, &best->best, style.unicode);
    text_item(&text, "best", TEXT_INDENT, strbuf_text(&best_text));
    add_start(&text, best);
    add_name(&here_text, here, style.unicode);
    if (isfinite(here->now.gco2e_per_kwh))
        when_add_mean(&here_text, &here->now, style.unicode);
    else
        strbuf_add(&here_text, "not known: the figures begin later");
    text_item(&text, "at once", TEXT_INDENT, strbuf_text(&here_text));
    if (choice->saving_ratio.value > 0)
        when_add_saving(&text, choice->saving_ratio);
    when_add_starters(&text, best);
    when_add_basis(&basis, best, style.unicode);
    text_item(&text, "by", TEXT_INDENT, strbuf_text(&basis));
    add_rows(&text, choice);
    if (choice->kinds_differ)
        text_item(&text, "note", TEXT_INDENT,
                  "the figures are not all of one kind (yearly or by the hour, life-cycle or "
                  "direct): small differences between places say nothing");
    out->failed = out->failed || best_text.failed || here_text.failed || basis.failed;
}

static void add_place(struct json_out *json, const struct when *when)
{
    json_object_begin(json, NULL);
    json_text(json, "name", when->place.name);
    json_text(json, "kind", when->basis == WHEN_YEARLY ? when->place.kind : "user");
    when_json_fields(json, when);
    json_object_end(json);
}

void write_when_places_json(struct strbuf *out, const struct when_choice *choice)
{
    const struct when *best = &choice->places[choice->best];
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.when/1");
    json_string(&json, "basis", when_basis_name(best->basis));
    when_json_stretch(&json, "best", &best->best);
    when_json_stretch(&json, "now", &choice->places[0].now);
    when_json_saving(&json, choice->saving_ratio);
    when_json_about(&json, best);
    json_text(&json, "place_now", choice->places[0].place.place);
    json_bool(&json, "kinds_differ", choice->kinds_differ);
    json_array_begin(&json, "places");
    for (size_t i = 0; i < choice->count; i++)
        add_place(&json, &choice->places[i]);
    json_array_end(&json);
    json_object_end(&json);
}

void write_when_places_csv(struct strbuf *out, const struct when_choice *choice)
{
    struct csv_row row = csv_row_begin(out);

    strbuf_add(out, "place,what,start,end,gco2e_per_kwh,low,high,basis" CSV_LINE_END);
    for (size_t i = 0; i < choice->count; i++) {
        const struct when *when = &choice->places[i];

        csv_row_text(&row, when->place.place);
        when_csv_stretch(&row, "best", &when->best, when->basis);
        csv_row_text(&row, when->place.place);
        when_csv_stretch(&row, "now", &when->now, when->basis);
    }
}
