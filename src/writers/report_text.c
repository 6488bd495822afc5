/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_text.c - the report of a run for people, in 80 columns */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "model/labels.h"
#include "writers/format.h"
#include "writers/report_devices.h"
#include "writers/report_emissions.h"
#include "writers/report_hosts.h"
#include "writers/report_title.h"
#include "writers/report_where.h"
#include "writers/text_out.h"
#include "writers/text_parts.h"
#include "writers/writer.h"

enum { INDENT = TEXT_INDENT, TASKS_MAX = 10, TASK_CELL = 12 };

/* ", idle 2.60": a part of what stands before it on the line, in its unit. */
static void add_part(struct strbuf *out, const char *before, double joules, double whole,
                     bool unicode, const char *after)
{
    char figure[FIGURE_SIZE];

    figure_format_like(figure, QUANTITY_JOULES, joules, whole, false, unicode);
    strbuf_add(out, before);
    text_add_solid(out, figure);
    strbuf_add(out, after);
}

/* "6.35 Wh (6.05 … 6.66): 5.62 active + 0.73 of the idle" */
static void add_total(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    bool machine = report->run.scope == SCOPE_MACHINE;
    double whole = report->total.value;

    text_add_band(&text, QUANTITY_JOULES, report->total, whole, unicode);
    if (!band_is_known(report->total)) {
        strbuf_add(&text, "  nothing could be measured or modelled: see `aico2\x1f"
                          "doctor`");
    } else if (machine) {
        add_part(&text, ": the job ", report->job_joules, whole, unicode, "");
        add_part(&text, ", others ", report->others_joules, whole, unicode, "");
        add_part(&text, ", idle ", report->idle_joules, whole, unicode, "");
    } else {
        add_part(&text, ": ", report->job_joules, whole, unicode,
                 "\x1f"
                 "active");
        if (report->run.idle == IDLE_NONE)
            strbuf_add(&text, ", no share of the idle");
        else
            add_part(&text, " + ", report->idle_share_joules, whole, unicode,
                     report->run.idle == IDLE_ALL ? ", all of the idle" : " of the idle");
    }
    text_item(out, machine ? "machine" : "this job", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* What the devices of the table drew beside this job: it may be a thousand times as much. */
static void add_rest(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    double idle = figure_not_negative(report->idle_joules - report->idle_share_joules);
    double whole = report->others_joules + idle;
    double like = figure_like_beside(QUANTITY_JOULES, whole, report->total.value);
    char figure[FIGURE_SIZE];

    if (report->run.scope == SCOPE_MACHINE || !isfinite(whole))
        return;
    figure_format_like(figure, QUANTITY_JOULES, whole, like, true, out->style.unicode);
    text_add_solid(&text, figure);
    add_part(&text, " not of this job: others ", report->others_joules, like, out->style.unicode,
             "");
    add_part(&text, ", idle ", idle, like, out->style.unicode, "");
    text_item(out, "the rest", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* "62.5 µWh (60.0 … 65.0) by aico2 itself, among the others" */
static void add_own_use(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (!(report->own_energy.value > 0))
        return;
    text_add_band(&text, QUANTITY_JOULES, report->own_energy, report->own_energy.value,
                  out->style.unicode);
    strbuf_add(&text, " by aico2 itself, among the others");
    text_item(out, "own use", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* How much of the table is a sensor's, in a sentence. */
static void add_measured(struct text_out *out, const struct report *report)
{
    bool modelled = false;
    bool assumed = false;
    const char *rest;
    char percent[FIGURE_SIZE];

    if (!isfinite(report->measured_ratio))
        return;
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *device = &report->devices[i];

        if (device->device.kind == DEVICE_BOARD || device->inside_module ||
            !band_is_known(device->energy))
            continue;
        modelled = modelled || device->device.basis == BASIS_MODELLED;
        assumed = assumed || device->device.basis == BASIS_ASSUMED;
    }
    rest = modelled && assumed ? "modelled or assumed" : assumed ? "assumed" : "modelled";
    percent_format(percent, report->measured_ratio, out->style.unicode);
    if (!modelled && !assumed)
        text_item(out, "measured", INDENT, "all of it");
    else if (!(report->measured_ratio > 0))
        text_itemf(out, "measured", INDENT, "nothing: every figure is %s, hence the wide bands",
                   rest);
    else
        text_itemf(out, "measured", INDENT, "%s of the energy in the table; the rest is %s",
                   percent, rest);
}

static void add_saving(struct strbuf *text, double ratio, const char *when, bool unicode)
{
    char percent[FIGURE_SIZE];

    if (!isfinite(ratio))
        return;
    percent_format(percent, fabs(ratio), unicode);
    strbuf_add(text, ", ");
    text_add_solid(text, percent);
    strbuf_printf(text, " %s %s", ratio < 0 ? "more" : "less", when);
}

/* "2 h 00 min for a greener time, 58 % less for the electricity, 60 % less foretold" */
static void add_wait(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct run_wait *wait = &report->wait;
    bool unicode = out->style.unicode;
    char waited[FIGURE_SIZE];

    if (wait->asked_wall_ns <= 0)
        return;
    seconds_format(waited, seconds_from_ns(report->run.started_wall_ns - wait->asked_wall_ns),
                   unicode);
    strbuf_printf(&text, "%s for a greener time", waited);
    add_saving(&text, wait->saving_ratio, "for the electricity", unicode);
    add_saving(&text, wait->expected_ratio, "foretold", unicode);
    text_item(out, "waited", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_tasks(struct text_out *out, const struct report *report)
{
    bool unicode = out->style.unicode;
    size_t named = 0;

    for (size_t i = 0; i < report->task_count; i++) {
        const struct report_task *task = &report->tasks[i];
        AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
        char cell[FIGURE_SIZE];
        size_t columns;

        if (task->name[0] == '\0' || ++named > TASKS_MAX)
            continue;
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
    if (named > TASKS_MAX)
        text_itemf(out, NULL, INDENT, "and %zu more task%s: --json has them all", named - TASKS_MAX,
                   named - TASKS_MAX == 1 ? "" : "s");
}

static void add_prediction(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    write_prediction(&text, report, out->style);
    if (text.length > 0)
        text_item(out, "predicted", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_budget(struct text_out *out, const struct report *report)
{
    const struct report_budget *budget = &report->budget;
    char percent[FIGURE_SIZE];

    if (budget->unit[0] == '\0')
        return;
    percent_format(percent, budget->used / budget->amount, out->style.unicode);
    text_itemf(out, "budget", INDENT, "%s of %s used%s%s", percent, report->training.budget,
               strcmp(report->training.budget_state, "within") == 0 ? "" : "; ",
               strcmp(report->training.budget_state, "within") == 0 ? ""
               : strcmp(report->training.budget_state, "stopped") == 0
                   ? "the command was stopped (SIGTERM)"
               : strcmp(report->training.budget_state, "signalled") == 0
                   ? "the command was told (SIGUSR1)"
                   : "the command went on");
}

/* The place first: grams differ by more between two countries than between two methods. */
static void add_place_hint(struct strbuf *text, const struct report *report, bool unicode)
{
    if (strcmp(report->intensity.kind, "user") == 0)
        return;
    if (report->intensity.place_basis != PLACE_WORLD) {
        if (report->live.asked && !(report->live.known_ratio >= 1))
            strbuf_printf(text,
                          "`aico2\x1f"
                          "recompute\x1f%.26s\x1f--provider\x1fNAME` once the "
                          "values are published",
                          report->run.id);
        else if (!report->time_matched)
            strbuf_add(text, "--provider\x1f"
                             "auto for the hours' own intensity");
        return;
    }
    if (report->suggested_country[0] == '\0') {
        strbuf_add(text, "--country\x1f"
                         "CC for the place, which was not given");
        return;
    }
    strbuf_printf(text, "the place was not given: --country\x1f%.2s if it is ",
                  report->suggested_country);
    text_add_clean(text,
                   report->suggested_country_name[0] != '\0' ? report->suggested_country_name
                                                             : report->suggested_country,
                   unicode);
    strbuf_add(text, ", as its time zone suggests");
}

/* A processor of our own that goes by its name; the meters of a host tell nothing of its guests. */
static bool may_be_calibrated(const struct report *report, const struct device *device)
{
    return device->kind == DEVICE_CPU && device->basis != BASIS_MEASURED &&
           !report->run.machine.virtualized && strncmp(device->rated_source, "calibrated", 10) != 0;
}

static void add_hints(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct label server; /* what it was told of, or out of a log, can be mended elsewhere, if at all */
    bool here = !labels_get(report->run.labels, "server_url", &server) &&
                report->run.state != RUN_IMPORTED;
    bool modelled = false;
    bool by_name = false;

    for (size_t i = 0; here && i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        by_name = by_name || may_be_calibrated(report, device);
        modelled = modelled || (device->basis != BASIS_MEASURED &&
                                (device->kind == DEVICE_CPU || device->kind == DEVICE_GPU));
    }
    add_place_hint(&text, report, out->style.unicode);
    if (modelled)
        strbuf_printf(&text,
                      "%s`aico2\x1f"
                      "doctor` for what is not measured",
                      text.length > 0 ? "; " : "");
    if (by_name)
        strbuf_add(&text, "; `aico2\x1f"
                          "calibrate` for this machine's own model");
    if (text.length > 0)
        text_item(out, "more accurate:", 17, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* A note of the table above that was a warning too is not said again. */
static bool is_a_note(const struct report *report, const char *warning)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;
        size_t length = strlen(device->id);

        if (strncmp(warning, device->id, length) == 0 && strncmp(warning + length, ": ", 2) == 0 &&
            strcmp(warning + length + 2, device->note) == 0)
            return true;
    }
    return false;
}

static void add_warnings(struct text_out *out, const struct report *report)
{
    for (size_t i = 0; i < report->warning_count; i++) {
        if (!is_a_note(report, report->warnings[i]))
            text_add_warnings(out, &report->warnings[i], 1);
    }
}

void write_report_text(struct strbuf *out, const struct report *report, struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    report_title_add(&text, report);
    report_where_add(&text, report->run.labels);
    report_devices_table(&text, report);
    report_hosts_add(&text, report);
    add_total(&text, report);
    add_rest(&text, report);
    add_own_use(&text, report);
    add_measured(&text, report);
    report_emissions_add(&text, report);
    add_wait(&text, report);
    report_equivalents_add(&text, report);
    add_tasks(&text, report);
    add_prediction(&text, report);
    add_budget(&text, report);
    report_devices_remarks(&text, report);
    text_add_list(&text, "not counted:", INDENT + 3, report->missing, report->missing_count);
    add_warnings(&text, report);
    add_hints(&text, report);
}
