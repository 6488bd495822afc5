/* SPDX-License-Identifier: Apache-2.0 */
/* writers/estimate_rows.c - many estimates, a row each, written as they come */
#include "model/units.h"
#include "writers/estimate_fields.h"
#include "writers/format.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum { NAME_COLUMNS = 22, ENERGY_COLUMNS = 12 };

void write_estimate_rows_begin(struct estimate_rows *rows, enum estimate_form form,
                               struct strbuf *out, struct text_style style)
{
    *rows = (struct estimate_rows){ .form = form, .out = out, .style = style };
    if (form == ESTIMATE_JSON) {
        json_out_init(&rows->json, out);
        json_object_begin(&rows->json, NULL);
        json_string(&rows->json, "schema", "aico2.estimates/1");
        json_array_begin(&rows->json, "rows");
    } else if (form == ESTIMATE_CSV) {
        strbuf_add(out, "line,name," ESTIMATE_CSV_COLUMNS CSV_LINE_END);
    } else {
        struct text_out text = text_out_begin(out, style);

        text_title(&text, "aico2 estimate: computed, nothing was measured", "");
        strbuf_add(out, "  name");
        text_pad(out, 6, 2 + NAME_COLUMNS + 2);
        text_cell_right(out, "energy", ENERGY_COLUMNS);
        strbuf_add(out, "  all carbon\n");
    }
}

static void add_text_row(struct estimate_rows *rows, size_t line, const char *name,
                         const struct estimate *estimate)
{
    bool unicode = rows->style.unicode;
    struct strbuf *out = rows->out;
    struct band total = estimate->total_gco2e;
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];
    char number[32];

    (void)snprintf(number, sizeof(number), "line %zu", line);
    strbuf_add(out, "  ");
    text_cell_left(out, name[0] != '\0' ? name : number, NAME_COLUMNS, unicode);
    strbuf_add(out, "  ");
    figure_format(figure, QUANTITY_JOULES, estimate->energy_kwh.value * JOULES_PER_KWH, unicode);
    text_cell_right(out, figure, ENERGY_COLUMNS);
    strbuf_add(out, "  ");
    figure_format(figure, QUANTITY_GCO2E, total.value, unicode);
    strbuf_add(out, figure);
    if (total.low < total.high) {
        range_format(range, QUANTITY_GCO2E, total, total.value, unicode);
        strbuf_printf(out, " (%s)", range);
    }
    strbuf_add(out, "\n");
}

void write_estimate_row(struct estimate_rows *rows, size_t line, const char *name,
                        const struct estimate *estimate)
{
    if (rows->form == ESTIMATE_JSON) {
        json_object_begin(&rows->json, NULL);
        json_int(&rows->json, "line", (int64_t)line);
        json_text(&rows->json, "name", name);
        estimate_json_fields(&rows->json, estimate);
        json_object_end(&rows->json);
    } else if (rows->form == ESTIMATE_CSV) {
        struct csv_row row = csv_row_begin(rows->out);

        csv_row_int(&row, (int64_t)line);
        csv_row_text(&row, name);
        estimate_csv_cells(&row, estimate);
        csv_row_end(&row);
    } else {
        add_text_row(rows, line, name, estimate);
    }
}

void write_estimate_rows_end(struct estimate_rows *rows)
{
    if (rows->form != ESTIMATE_JSON)
        return;
    json_array_end(&rows->json);
    json_object_end(&rows->json);
}
