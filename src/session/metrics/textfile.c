/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/textfile.c - a history as metrics for node_exporter's textfile collector
 *
 * The machine's energy is that of the whole history, each stretch of time of a device once, whichever runs
 * watched it.
 */
#include "session/metrics/textfile.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/ulid.h"
#include "model/units.h"
#include "session/metrics/device_counters.h"
#include "session/metrics/floor.h"
#include "session/metrics/lately.h"
#include "session/metrics/settled.h"
#include "writers/metrics_text.h"

/* Below this part of what was told before it is another history. */
static const double SAME_HISTORY_RATIO = 0.99;

/* Only what adds up over a history: no power, no load, no gaps of a time when nobody measured. */
static void keep_sums(struct device_counters *counters)
{
    const struct rising unknown = { 0, NAN };

    for (size_t i = 0; i < counters->count; i++) {
        struct device_counter *item = &counters->items[i];

        item->watts = NAN;
        item->utilization_ratio = NAN;
        item->gap_seconds = unknown;
        item->active_joules = unknown;
        item->embodied = unknown;
    }
    counters->late_ticks = unknown;
    counters->own_joules = unknown;
}

static int count_history(struct history *history, const struct textfile *textfile,
                         const struct settled *settled, struct device_counters *counters,
                         struct aico2_error *err)
{
    struct history_record record;
    struct report report;
    int r = settled_read(settled, history, textfile->now_wall_ns, &record, err);

    if (r < 0)
        return r;
    ulid_make(record.run.id, textfile->now_wall_ns);
    record.run.pue = textfile->basis->pue;
    r = report_build(&record, textfile->basis, &report, err);
    history_record_deinit(&record);
    if (r < 0)
        return r;
    r = device_counters_take(counters, &report);
    report_deinit(&report);
    if (r < 0)
        return aico2_error_set(err, r, "out of memory");
    keep_sums(counters);
    return 0;
}

/* --- grams --- */

/* Grams are a line over joules: from a point on, by so much a joule. */
struct line {
    double joules;
    double gco2e;
    double gco2e_per_joule;
};

static const struct {
    const char *name;
    size_t offset;
} line_notes[] = {
    { "aico2_since_joules", offsetof(struct line, joules) },
    { "aico2_since_gco2e", offsetof(struct line, gco2e) },
    { "aico2_since_gco2e_per_joule", offsetof(struct line, gco2e_per_joule) },
};

enum { METER_LABELS = 4 };

static void label_meter(const struct device_counter *item, struct metric_label labels[METER_LABELS])
{
    labels[0] = (struct metric_label){ "device", item->device.id };
    labels[1] = (struct metric_label){ "kind", device_kind_name(item->device.kind) };
    labels[2] = (struct metric_label){ "reader", item->device.reader };
    labels[3] = (struct metric_label){ "basis", basis_name(item->device.basis) };
}

static bool find_line(const struct metric_floor *floor, const struct metric_label *labels,
                      struct line *line_out)
{
    struct line line;

    for (size_t i = 0; i < ARRAY_LENGTH(line_notes); i++) {
        double value;

        if (!metric_floor_get(floor, line_notes[i].name, labels, METER_LABELS, &value))
            return false;
        memcpy((char *)&line + line_notes[i].offset, &value, sizeof(value));
    }
    *line_out = line;
    return true;
}

static double gco2e_at(const struct line *line, double joules)
{
    return line->gco2e + fmax(joules - line->joules, 0) * line->gco2e_per_joule;
}

/* Another place or PUE than the last time bends the line there: what was told stays told. */
static struct line line_of(const struct metric_floor *floor, const struct metric_label *labels,
                           double joules, double gco2e_per_joule)
{
    struct line line = { .gco2e_per_joule = gco2e_per_joule };
    struct line before;
    double told;

    if (!find_line(floor, labels, &before) ||
        !metric_floor_get(floor, "aico2_energy_joules_total", labels, METER_LABELS, &told) ||
        joules < told * SAME_HISTORY_RATIO)
        return line;
    if (before.gco2e_per_joule == gco2e_per_joule)
        return before;
    line.joules = told;
    line.gco2e = gco2e_at(&before, told);
    return line;
}

/* A line for each counter, and the grams by it. What is part of no sum has none. */
static int draw_lines(struct device_counters *counters, const struct metric_floor *floor,
                      double gco2e_per_joule, struct line **lines_out)
{
    struct line *lines = calloc(counters->count + 1, sizeof(*lines));

    if (lines == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < counters->count; i++) {
        struct device_counter *item = &counters->items[i];
        const double joules = rising_total(item->joules);
        struct metric_label labels[METER_LABELS];

        lines[i] = (struct line){ NAN, NAN, NAN };
        if (!item->added || !isfinite(joules))
            continue;
        label_meter(item, labels);
        lines[i] = line_of(floor, labels, joules, gco2e_per_joule);
        item->gco2e = (struct rising){ 0, gco2e_at(&lines[i], joules) };
    }
    *lines_out = lines;
    return 0;
}

static void write_lines(struct strbuf *out, const struct device_counters *counters,
                        const struct line *lines)
{
    AICO2_CLEANUP(metrics_deinit) struct metrics notes = { 0 };

    for (size_t k = 0; k < ARRAY_LENGTH(line_notes); k++) {
        metrics_family(&notes, METRIC_GAUGE, line_notes[k].name, "", "");
        for (size_t i = 0; i < counters->count; i++) {
            struct metric_label labels[METER_LABELS];
            double value;

            label_meter(&counters->items[i], labels);
            memcpy(&value, (const char *)&lines[i] + line_notes[k].offset, sizeof(value));
            metrics_sample(&notes, value, labels, METER_LABELS);
        }
    }
    metrics_write_notes(out, &notes);
}

/* --- */

static int write_all(const struct textfile *textfile, struct device_counters *counters,
                     const struct metrics_runs *runs, const struct metric_floor *floor,
                     const struct settled *settled, struct strbuf *out, struct aico2_error *err)
{
    const struct intensity *intensity = &textfile->basis->intensity;
    const struct metrics_source source = {
        .counters = counters->count > 0 ? counters : NULL,
        .intensity = intensity,
        .runs = runs->items,
        .run_count = runs->count,
        .node = textfile->node,
        .names = textfile->names,
    };
    AICO2_CLEANUP(metrics_deinit) struct metrics metrics = { 0 };
    AICO2_CLEANUP(freep) struct line *lines = NULL;
    const double gco2e_per_joule =
        textfile->basis->pue * intensity->gco2e_per_kwh.value / JOULES_PER_KWH;

    if (draw_lines(counters, floor, gco2e_per_joule, &lines) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    metrics_of_report(&metrics, &source);
    if (metrics.failed)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    metric_floor_apply(floor, &metrics);
    write_metrics(out, &metrics, METRICS_PROMETHEUS);
    write_lines(out, counters, lines);
    if (settled->until_wall_ns > 0)
        settled_write(out, settled);
    return 0;
}

static int read_and_write(struct history *history, const struct textfile *textfile,
                          const struct metric_floor *floor, struct settled *settled,
                          struct strbuf *out, struct aico2_error *err)
{
    AICO2_CLEANUP(device_counters_deinit) struct device_counters counters = { 0 };
    AICO2_CLEANUP(metrics_runs_deinit) struct metrics_runs runs = { 0 };
    int r = settled_advance(settled, history, textfile->now_wall_ns, err);

    if (r == 0)
        r = count_history(history, textfile, settled, &counters, err);
    if (r == 0)
        r = runs_lately(history, textfile->now_wall_ns - textfile->ended_within_ns,
                        textfile->runs_most, &runs, err);
    metrics_runs_coarsen(&runs);
    return r < 0 ? r : write_all(textfile, &counters, &runs, floor, settled, out, err);
}

int textfile_make(struct history *history, const struct textfile *textfile, const char *previous,
                  struct strbuf *out, struct aico2_error *err)
{
    struct device_counters counters = { 0 };
    struct metrics_runs runs = { 0 };
    AICO2_CLEANUP(metric_floor_deinit) struct metric_floor floor = { 0 };
    AICO2_CLEANUP(settled_deinit) struct settled settled = { 0 };
    const char *text = previous != NULL ? previous : "";

    if (metric_floor_parse(text, &floor) < 0 || settled_parse(text, &settled) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return history == NULL ? write_all(textfile, &counters, &runs, &floor, &settled, out, err)
                           : read_and_write(history, textfile, &floor, &settled, out, err);
}
