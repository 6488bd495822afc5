/* SPDX-License-Identifier: Apache-2.0 */
/* writers/export.c - the runs of a history, written as they come
 *
 * CSV begins with CodeCarbon's columns, so that its users' notebooks read it; what it has no column for
 * stands behind them. JSON is whole reports.
 */
#include "base/attributes.h"
#include "model/labels.h"
#include "writers/codecarbon_csv.h"
#include "writers/csv_row.h"
#include "writers/json_parts.h"
#include "writers/version.h"
#include "writers/writer.h"

static const char *const own_columns[] = {
    "stage",
    "state",
    "started_at",
    "ended_at",
    "total_joules",
    "low_joules",
    "high_joules",
    "operational_gco2e",
    "embodied_gco2e",
    "total_gco2e",
    "low_gco2e",
    "high_gco2e",
    "intensity_gco2e_per_kwh",
    "intensity_source",
    "recomputed_from",
};

/* Whose work it was: docs/report.md. */
static const char *const labels[] = { "job_id",    "user", "account",   "cluster",
                                      "namespace", "pod",  "container", "node" };

void write_export_begin(struct export_out *rows, enum export_form form, struct strbuf *out)
{
    struct csv_row row = csv_row_begin(out);

    *rows = (struct export_out){ .form = form, .out = out };
    if (form == EXPORT_JSON) {
        json_out_init(&rows->json, out);
        json_object_begin(&rows->json, NULL);
        json_string(&rows->json, "schema", "aico2.export/1");
        json_string(&rows->json, "aico2_version", AICO2_VERSION);
        json_array_begin(&rows->json, "runs");
        return;
    }
    codecarbon_columns(&row);
    for (size_t i = 0; i < ARRAY_LENGTH(own_columns); i++)
        csv_row_text(&row, own_columns[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(labels); i++)
        csv_row_text(&row, labels[i]);
    csv_row_end(&row);
}

static void add_own_cells(struct csv_row *row, const struct report *report)
{
    const struct run *run = &report->run;

    csv_row_text(row, run->stage);
    csv_row_text(row, run_state_name(run->state));
    csv_row_wall_time(row, run->started_wall_ns);
    csv_row_wall_time(row, run->ended_wall_ns);
    csv_row_figure(row, report->total.value);
    csv_row_figure(row, report->total.low);
    csv_row_figure(row, report->total.high);
    csv_row_figure(row, report->operational_gco2e.value);
    csv_row_figure(row, report->embodied_gco2e.value);
    csv_row_figure(row, report->total_gco2e.value);
    csv_row_figure(row, report->total_gco2e.low);
    csv_row_figure(row, report->total_gco2e.high);
    csv_row_figure(row, report->intensity.gco2e_per_kwh.value);
    csv_row_text(row, report->intensity.source);
    csv_row_text(row, report->recomputed_from);
}

void write_export_run(struct export_out *rows, const struct report *report)
{
    struct csv_row row = csv_row_begin(rows->out);

    if (rows->form == EXPORT_JSON) {
        write_report_object(&rows->json, report);
        return;
    }
    codecarbon_cells(&row, report);
    add_own_cells(&row, report);
    for (size_t i = 0; i < ARRAY_LENGTH(labels); i++) {
        struct label label;
        const bool known = labels_get(report->run.labels, labels[i], &label);

        csv_row_text(&row, known ? label.value : "");
    }
    csv_row_end(&row);
}

void write_export_end(struct export_out *rows)
{
    if (rows->form != EXPORT_JSON)
        return;
    json_array_end(&rows->json);
    json_object_end(&rows->json);
}
