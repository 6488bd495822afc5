/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_text.c - the report of a run for people, in 80 columns */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "writers/format.h"
#include "writers/report_devices.h"
#include "writers/text_out.h"
#include "writers/text_parts.h"
#include "writers/writer.h"

enum { INDENT = TEXT_INDENT, TOTAL_INDENT = 30, TASKS_MAX = 10, TASK_CELL = 12 };

static void add_ending(struct strbuf *out, const struct run *run)
{
    int number = run->exit_status >= 128 ? run->exit_status - 128 : -1;
    const char *signal_name = number > 0 ? sigabbrev_np(number) : NULL;

    switch (run->state) {
    case RUN_RUNNING:
        strbuf_add(out, "still running");
        return;
    case RUN_TIMED_OUT:
        strbuf_add(out, "timed out");
        return;
    case RUN_RECOVERED:
        strbuf_add(out, "recovered, end unknown");
        return;
    case RUN_IMPORTED:
        strbuf_add(out, "imported");
        return;
    case RUN_SIGNALLED:
        if (signal_name != NULL)
            strbuf_printf(out, "killed by SIG%s", signal_name);
        else if (number > 0)
            strbuf_printf(out, "killed by signal %d", number);
        else
            strbuf_add(out, "killed by a signal");
        return;
    case RUN_FINISHED:
    case RUN_FAILED:
        if (run->exit_status >= 0)
            strbuf_printf(out, "exit %d", run->exit_status);
        else
            strbuf_add(out, run->state == RUN_FAILED ? "failed" : "finished");
        return;
    }
}

/* The name gives way to what is right of it. */
static void add_title(struct text_out *out, const struct run *run)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf ending = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf left = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
    char seconds[FIGURE_SIZE];
    size_t taken;

    seconds_format(seconds, seconds_from_ns(run->duration_ns), out->style.unicode);
    strbuf_printf(&ending, ", %s, ", seconds);
    add_ending(&ending, run);
    if (run->id[0] != '\0') {
        strbuf_add(&right, "run ");
        text_short_id(&right, run->id, out->style.unicode);
    }
    taken = strlen("aico2: ") + text_columns(strbuf_text(&ending)) +
            text_columns(strbuf_text(&right)) + 1;
    strbuf_add(&left, "aico2: ");
    (void)text_add_short(&left, run->name[0] != '\0' ? run->name : "a run",
                         taken < out->width ? out->width - taken : 0, out->style.unicode);
    strbuf_add(&left, strbuf_text(&ending));
    text_title(out, strbuf_text(&left), strbuf_text(&right));
    out->buffer->failed = out->buffer->failed || ending.failed || left.failed || right.failed;
}

static void add_like(struct strbuf *out, const char *before, double joules, double like, bool unicode,
                     const char *after)
{
    char figure[FIGURE_SIZE];

    figure_format_like(figure, QUANTITY_JOULES, joules, like, false, unicode);
    strbuf_add(out, before);
    text_add_solid(out, figure);
    strbuf_add(out, after);
}

/* "6.35 Wh  (5.62 active + 0.73 of the idle)" */
static void add_total(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    double like = report->total.value;
    char figure[FIGURE_SIZE];

    figure_format(figure, QUANTITY_JOULES, report->total.value, unicode);
    text_add_solid(&text, figure);
    if (!band_is_known(report->total)) {
        strbuf_add(&text, "  (nothing was measured or modelled)");
    } else if (report->run.scope == SCOPE_MACHINE) {
        add_like(&text, "  (job ", report->job_joules, like, unicode, "");
        add_like(&text, ", others ", report->others_joules, like, unicode, "");
        add_like(&text, ", idle ", report->idle_joules, like, unicode, ")");
    } else {
        add_like(&text, "  (", report->job_joules, like, unicode, " active");
        if (report->run.idle == IDLE_NONE)
            strbuf_add(&text, ", no share of the idle)");
        else
            add_like(&text, " + ", report->idle_share_joules, like, unicode,
                     report->run.idle == IDLE_ALL ? ", all of the idle)" : " of the idle)");
    }
    text_item(out, report->run.scope == SCOPE_MACHINE ? "this machine" : "this job", TOTAL_INDENT,
              strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* "6.05 … 6.66;  others 0.41, idle left 0.49" */
static void add_total_range(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    double like = report->total.value;
    double left = report->idle_joules - report->idle_share_joules;
    char range[RANGE_SIZE];
    char percent[FIGURE_SIZE];

    if (!band_is_known(report->total))
        return;
    range_format(range, QUANTITY_JOULES, report->total, like, unicode);
    text_add_solid(&text, range);
    if (report->run.scope == SCOPE_JOB) {
        add_like(&text, ";  others ", report->others_joules, like, unicode, "");
        add_like(&text, ", idle left ", figure_not_negative(left), like, unicode, "");
    }
    if (isfinite(report->measured_ratio)) {
        percent_format(percent, report->measured_ratio, unicode);
        strbuf_add(&text, ";  ");
        text_add_solid(&text, percent);
        strbuf_add(&text, " measured");
    }
    text_item(out, NULL, TOTAL_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_carbon(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    char pue[FIGURE_SIZE];

    pue_format(pue, report->pue, unicode);
    text_add_grams(&text, report->operational_gco2e, unicode);
    strbuf_add(&text, "  ");
    text_add_place(&text, &report->intensity, unicode);
    strbuf_add(&text, report->time_matched ? ", hour by hour" : "");
    strbuf_add(&text, "; ");
    text_add_solid(&text, "PUE ");
    text_add_solid(&text, pue);
    text_item(out, "carbon", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_emissions(struct text_out *out, const struct report *report)
{
    char figure[FIGURE_SIZE];

    add_carbon(out, report);
    if (report->run.embodied) {
        text_grams_item(out, "embodied", report->embodied_gco2e,
                       "  (no figure for making this hardware)");
        if (band_is_known(report->embodied_gco2e))
            text_grams_item(out, "total", report->total_gco2e, "");
    }
    if (isfinite(report->sci_gco2e_per_unit) && report->run.unit[0] != '\0') {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

        figure_format(figure, QUANTITY_GCO2E, report->sci_gco2e_per_unit, out->style.unicode);
        text_add_solid(&text, figure);
        strbuf_add(&text, " per ");
        text_add_clean(&text, report->run.unit, out->style.unicode);
        plain_format(figure, report->run.units, out->style.unicode);
        strbuf_printf(&text, ", of which there were %s", figure);
        text_item(out, "SCI", INDENT, strbuf_text(&text));
    }
    if (isfinite(report->water_litres)) {
        plain_format(figure, report->water_litres, out->style.unicode);
        text_itemf(out, "water", INDENT, "%s litres", figure);
    }
}

static void add_equivalents(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool car = isfinite(report->car_km);
    bool tree = isfinite(report->tree_seedling_months);
    char figure[FIGURE_SIZE];

    if (!car && !tree)
        return;
    strbuf_add(&text, "as much as ");
    if (car) {
        figure_format(figure, QUANTITY_METRES, report->car_km * 1000, out->style.unicode);
        text_add_solid(&text, figure);
        strbuf_add(&text, " by car");
    }
    strbuf_add(&text, car && tree ? ", or " : "");
    if (tree) {
        figure_format(figure, QUANTITY_SECONDS, report->tree_seedling_months * 2629800,
                      out->style.unicode);
        strbuf_add(&text, "what a tree seedling takes up in ");
        text_add_solid(&text, figure);
    }
    text_item(out, NULL, 2, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_tasks(struct text_out *out, const struct report *report)
{
    bool unicode = out->style.unicode;

    for (size_t i = 0; i < report->task_count && i < TASKS_MAX; i++) {
        const struct report_task *task = &report->tasks[i];
        AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
        char cell[FIGURE_SIZE];
        size_t columns;

        seconds_format(cell, task->duration_seconds, unicode);
        text_cell_right(&right, cell, TASK_CELL);
        figure_format(cell, QUANTITY_JOULES, task->energy_joules, unicode);
        strbuf_add(&right, " ");
        text_cell_right(&right, cell, TASK_CELL);
        figure_format(cell, QUANTITY_GCO2E, task->total_gco2e, unicode);
        strbuf_add(&right, " ");
        text_cell_right(&right, cell, TASK_CELL);
        columns = text_columns(strbuf_text(&right)) + INDENT + 1;
        strbuf_add(out->buffer, "  task      ");
        text_cell_left(out->buffer, task->name, columns < out->width ? out->width - columns : 0,
                       unicode);
        strbuf_printf(out->buffer, " %s\n", strbuf_text(&right));
        out->buffer->failed = out->buffer->failed || right.failed;
    }
    if (report->task_count > TASKS_MAX)
        text_itemf(out, NULL, INDENT, "and %zu more tasks: --json has them all",
                   report->task_count - TASKS_MAX);
}

static void add_suggestion(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf name = { 0 };

    if (report->intensity.place_basis != PLACE_WORLD || report->suggested_country[0] == '\0')
        return;
    text_add_clean(&name, report->suggested_country_name[0] != '\0' ? report->suggested_country_name
                                                                    : report->suggested_country,
                   out->style.unicode);
    text_itemf(out, NULL, 2,
               "place not given: world average; this machine's time zone suggests %s: "
               "--country\x1f%.2s", strbuf_text(&name), report->suggested_country);
    out->buffer->failed = out->buffer->failed || name.failed;
}

static void add_hints(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool world = report->intensity.place_basis == PLACE_WORLD;
    bool by_hand = strcmp(report->intensity.kind, "user") == 0;
    bool modelled = false;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        modelled = modelled || (device->basis != BASIS_MEASURED && (device->kind == DEVICE_CPU ||
                                                                    device->kind == DEVICE_GPU));
    }
    if (world)
        strbuf_add(&text, "--country for the place");
    else if (!report->time_matched && !by_hand)
        strbuf_add(&text, "--provider for the hour's intensity");
    if (modelled)
        strbuf_printf(&text, "%s`aico2\x1f"
                             "doctor` for what can be measured here",
                      text.length > 0 ? "; " : "");
    if (text.length > 0)
        text_item(out, "more accurate:", 17, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void write_report_text(struct strbuf *out, const struct report *report, struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    add_title(&text, &report->run);
    report_devices_table(&text, report);
    add_total(&text, report);
    add_total_range(&text, report);
    add_emissions(&text, report);
    add_equivalents(&text, report);
    add_tasks(&text, report);
    report_devices_remarks(&text, report);
    text_add_list(&text, "not counted:", INDENT + 3, report->missing, report->missing_count);
    text_add_warnings(&text, report->warnings, report->warning_count);
    add_suggestion(&text, report);
    add_hints(&text, report);
}
