/* SPDX-License-Identifier: Apache-2.0 */
/* writers/seed_csv.c - the original project's training_data.csv, with the joules right
 *
 * Its readers take rows by their first cell, and the usage of CPU, RAM and GPU from the second,
 * third and fourth cell that is not empty in the third column. Rows 1 to 19 and their commas are as
 * there; what differs: joules are Wh times 3600 (there a thousand times that), and kWh keep all
 * their digits (there six decimals, which is 0 for a short run).
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "model/units.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/seed_usage.h"
#include "writers/writer.h"

/* "key,value,": every row of text has a third, empty cell. */
static void add_text(struct strbuf *out, const char *key, const char *value)
{
    struct csv_row row = csv_row_begin(out);

    csv_row_text(&row, key);
    csv_row_text(&row, value);
    csv_row_text(&row, "");
    csv_row_end(&row);
}

static void add_figure(struct strbuf *out, const char *key, double value)
{
    struct csv_row row = csv_row_begin(out);

    csv_row_text(&row, key);
    csv_row_figure(&row, value);
    csv_row_text(&row, "");
    csv_row_end(&row);
}

static void add_usage(struct strbuf *out, const char *instance, const char *type, double percent,
                      const char *unknown)
{
    struct csv_row row = csv_row_begin(out);

    csv_row_text(&row, instance);
    csv_row_text(&row, type);
    if (isfinite(percent))
        csv_row_figure(&row, percent);
    else
        csv_row_text(&row, unknown);
    csv_row_text(&row, "");
    csv_row_end(&row);
}

static void add_machine(struct strbuf *out, const struct report *report)
{
    const struct machine *machine = &report->run.machine;
    char text[512];

    add_text(out, "Operating System Name", machine->os);
    add_text(out, "Operating System Version", machine->os_release);
    add_text(out, "Computer Network Name", machine->hostname);
    add_text(out, "Processor Information", machine->arch);
    add_text(out, "Architecture Information", machine->arch);
    (void)snprintf(text, sizeof(text), "%s-%s-%s", machine->os, machine->os_release, machine->arch);
    add_text(out, "Platform Information", text);
    (void)snprintf(text, sizeof(text),
                   "uname_result(system='%s', node='%s', release='%s', version='', machine='%s')",
                   machine->os, machine->hostname, machine->os_release, machine->arch);
    add_text(out, "Complete System Information", text);
    add_text(out, "CPU Model", machine->cpu_model);
    add_text(out, "GPU Model", seed_gpu_model(report));
}

/* A machine without a GPU has no GPU usage: 0.0 would claim a GPU that idles, and unavailable is an
 * empty cell in all our CSV. For the GPU it can be one, as nothing follows it; CPU and RAM say
 * "n/a", because an empty cell would move the next one's figure under their name in the original's
 * readers. These refuse a file with fewer than four third cells ("does not contain enough data"),
 * so such a file gets a further row behind all others; see add_filler(). */
static bool add_usages(struct strbuf *out, const struct report *report)
{
    const struct seed_usage usage = seed_usage_of(report);
    struct csv_row row = csv_row_begin(out);

    csv_row_text(&row, "Instance");
    csv_row_text(&row, "Resource Type");
    csv_row_text(&row, "Average Usage (%)");
    csv_row_text(&row, "");
    csv_row_end(&row);
    add_usage(out, "node", "CPU", usage.cpu_percent, "n/a");
    add_usage(out, "node", "RAM", usage.ram_percent, "n/a");
    add_usage(out, "gpu", "GPU", usage.gpu_percent, "");
    return isfinite(usage.gpu_percent);
}

static void add_filler(struct strbuf *out)
{
    add_usage(out, "gpu", "no GPU usage", NAN, "n/a");
}

static void add_local_time(struct strbuf *out, int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
    struct tm local;
    char text[40] = "";

    if (wall_ns != 0 && localtime_r(&seconds, &local) != NULL)
        (void)strftime(text, sizeof(text), "%m/%d/%Y %H:%M", &local);
    add_text(out, "datetime", text);
}

static void add_embodied(struct strbuf *out, const struct report *report)
{
    struct strbuf number = { 0 };
    struct csv_row cell = csv_row_begin(&number);
    struct csv_row row = csv_row_begin(out);

    csv_row_figure(&cell, report->embodied_gco2e.value);
    if (number.length > 0)
        strbuf_add(&number, " gCO2e");
    csv_row_text(&row, "Manifacture Comsumption"); /* spelled as its readers look for it */
    csv_row_text(&row, strbuf_text(&number));
    csv_row_end(&row);
    out->failed = out->failed || number.failed;
    strbuf_deinit(&number);
}

int format_seed_csv(struct strbuf *out, const struct report *report, struct aico2_error *err)
{
    bool complete;

    add_machine(out, report);
    complete = add_usages(out, report);
    add_figure(out, "Estimated power consumption by CPU+GPU Wh", report->total.value / 3600);
    add_figure(out, "After conversion kWh", report->total.value / JOULES_PER_KWH);
    add_figure(out, "After conversion J", report->total.value);
    add_figure(out, "duration", seconds_from_ns(report->run.duration_ns));
    add_local_time(out, report->run.ended_wall_ns);
    add_embodied(out, report);
    if (!complete)
        add_filler(out);
    return out->failed ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

int write_seed_csv(const char *path, const struct report *report, struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    int r = format_seed_csv(&text, report, err);

    return r < 0 ? r : write_file_atomic(path, &text, err);
}
