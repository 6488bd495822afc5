/* SPDX-License-Identifier: Apache-2.0 */
/* importers/seed_report.c - the original project's training_data.csv and its kin
 *
 * A row is a name, a value and mostly an empty cell. Files of ARM machines have units behind the
 * values ("12Wh", "50s"), colons behind names, and "After conversion " twice.
 */
#include "importers/seed_report.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/number.h"
#include "base/text.h"
#include "importers/importer.h"
#include "importers/totals_log.h"

/* The power of its parts was found by the likeness of their names, and the load is a mean. */
static const double BAND_RATIO = 1;

struct parse {
    struct log_text *text;
    struct local_time *time;
    struct seed_report *report;
    double kwh;
    double joules;
};

/* "12.5Wh" with the unit "Wh": the number before it. */
static bool take_figure(const char *cell, const char *unit, double *value_out)
{
    char number[64];
    size_t length = strlen(cell);
    size_t unit_length = strlen(unit);

    if (length > unit_length && strcmp(cell + length - unit_length, unit) == 0)
        length -= unit_length;
    while (length > 0 && cell[length - 1] == ' ')
        length--;
    if (length >= sizeof(number))
        return false;
    memcpy(number, cell, length);
    number[length] = '\0';
    return number_parse_double(number, value_out);
}

static int take_number(const struct parse *parse, const char *name, const char *cell,
                       const char *unit, double most, double *value_out, struct aico2_error *err)
{
    double value;

    if (!take_figure(cell, unit, &value) || !(value >= 0 && value <= most))
        return log_text_fail(parse->text, err, -EBADMSG, "'%.50s': '%.30s' is no number of %s",
                             name, cell, unit);
    *value_out = value;
    return 0;
}

static bool take_pair(const char **text, int most_digits, int64_t *value_out)
{
    int digits = 0;

    *value_out = 0;
    for (; digits < most_digits && isdigit((unsigned char)**text); digits++, (*text)++)
        *value_out = *value_out * 10 + (**text - '0');
    return digits > 0;
}

/* "07/11/2024 14:55" and "11/6/2023 10:47", month first, as a time that stamp_take() reads. */
static bool take_us_date(struct local_time *time, const char *cell, struct stamp *stamp_out)
{
    int64_t month, day, year, hour, minute;
    char text[64];

    if (!take_pair(&cell, 2, &month) || *cell++ != '/' || !take_pair(&cell, 2, &day) ||
        *cell++ != '/' || !take_pair(&cell, 4, &year) || *cell++ != ' ' ||
        !take_pair(&cell, 2, &hour) || *cell++ != ':' || !take_pair(&cell, 2, &minute) ||
        *cell != '\0')
        return false;
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:00", (int)year, (int)month,
                   (int)day, (int)hour, (int)minute);
    return stamp_take(time, text, stamp_out);
}

static int take_date(const struct parse *parse, const char *cell, struct aico2_error *err)
{
    struct stamp stamp;

    if (!take_us_date(parse->time, cell, &stamp) &&
        (!stamp_take(parse->time, cell, &stamp) || cell[stamp.length] != '\0'))
        return log_text_fail(parse->text, err, -EBADMSG,
                             "'datetime': '%.30s' is no date (07/11/2024 14:55 is meant)", cell);
    parse->report->end_ns = stamp.wall_ns;
    return 0;
}

/* ",CPU,0.66": mean loads in percent; of several instances the first counts. */
static int take_load(const struct parse *parse, const char *what, const char *cell,
                     struct aico2_error *err)
{
    double *ratio = strcmp(what, "CPU") == 0   ? &parse->report->cpu_ratio
                    : strcmp(what, "GPU") == 0 ? &parse->report->gpu_ratio
                                               : NULL;
    double percent;
    int r;

    if (ratio == NULL || isfinite(*ratio))
        return 0;
    r = take_number(parse, what, cell, "percent", 100.5, &percent, err);
    if (r == 0)
        *ratio = fmin(percent, 100) / 100;
    return r;
}

static bool take_text(const struct parse *parse, const char *name, const char *cell)
{
    struct seed_report *report = parse->report;
    const struct {
        const char *name;
        char *target;
        size_t size;
    } texts[] = {
        { "Operating System Name", report->os, sizeof(report->os) },
        { "Operating System Version", report->os_release, sizeof(report->os_release) },
        { "Computer Network Name", report->hostname, sizeof(report->hostname) },
        { "Architecture Information", report->arch, sizeof(report->arch) },
        { "CPU Model", report->cpu_model, sizeof(report->cpu_model) },
        { "GPU Model", report->gpu_model, sizeof(report->gpu_model) },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if (strcmp(name, texts[i].name) != 0)
            continue;
        text_copy_clean(texts[i].target, texts[i].size, cell);
        return true;
    }
    return false;
}

static int take_row(struct parse *parse, const char *name, const char *cell, const char *third,
                    struct aico2_error *err)
{
    static const char conversion[] = "After conversion";

    if (take_text(parse, name, cell))
        return 0;
    if (strncmp(name, "Estimated power consumption", 27) == 0)
        return take_number(parse, name, cell, "Wh", 1e9, &parse->report->energy_wh, err);
    if (strncmp(name, "duration", 8) == 0)
        return take_number(parse, name, cell, "s", 1e9, &parse->report->duration_seconds, err);
    if (strncmp(name, "datetime", 8) == 0)
        return take_date(parse, cell, err);
    if (strcmp(name, "After conversion kWh") == 0 ||
        (strncmp(name, conversion, sizeof(conversion) - 1) == 0 && strstr(cell, "kWh") != NULL))
        return take_number(parse, name, cell, "kWh", 1e6, &parse->kwh, err);
    if (strcmp(name, "After conversion J") == 0)
        return take_number(parse, name, cell, "J", 3.6e12, &parse->joules, err);
    if (third[0] != '\0')
        return take_load(parse, cell, third, err);
    return 0;
}

static int check(struct parse *parse, struct aico2_error *err)
{
    struct seed_report *report = parse->report;
    const char *lacks = NULL;

    if (!isfinite(report->energy_wh))
        report->energy_wh = isfinite(parse->kwh) ? parse->kwh * 1000 : parse->joules / 3600;
    if (!(report->energy_wh * 3600 >= TOTALS_LEAST_JOULES)) /* rounded away in short runs */
        lacks = "energy above 0 ('Estimated power consumption by CPU+GPU Wh')";
    else if (!(report->duration_seconds > 0))
        lacks = "duration above 0 ('duration')";
    else if (report->end_ns == INT64_MIN)
        lacks = "date ('datetime')";
    if (lacks != NULL)
        return aico2_error_set(err, -EBADMSG, "%.100s: the file has no %s", parse->text->name,
                               lacks);
    return 0;
}

int seed_report_parse(struct log_text *text, struct local_time *time,
                      struct seed_report *report_out, struct aico2_error *err)
{
    AICO2_CLEANUP(csv_reader_deinit) struct csv_reader csv = { 0 };
    struct seed_report report = {
        .cpu_ratio = NAN,
        .gpu_ratio = NAN,
        .energy_wh = NAN,
        .duration_seconds = NAN,
        .end_ns = INT64_MIN,
    };
    struct parse parse = { text, time, &report, NAN, NAN };
    int r;

    while ((r = log_text_next(text, err)) > 0) {
        csv_reader_restart(&csv, text->line);
        if (csv_reader_next(&csv, NULL) <= 0)
            r = log_text_fail(text, err, -EBADMSG, "no row of CSV");
        else
            r = take_row(&parse, csv.cells[0], csv.count > 1 ? csv.cells[1] : "",
                         csv.count > 2 ? csv.cells[2] : "", err);
        if (r < 0)
            return r;
    }
    if (r == 0)
        r = check(&parse, err);
    if (r == 0)
        *report_out = report;
    return r;
}

static void make_run(const struct seed_report *report, const struct import_settings *settings,
                     struct totals_run *run)
{
    const char *slash = strrchr(settings->path, '/');
    const char *name = slash != NULL ? slash + 1 : settings->path;
    struct totals_device *device;

    *run = (struct totals_run){ .facts = SERIES_FACTS_NULL, .end_ns = report->end_ns };
    run->start_ns = report->end_ns - (int64_t)(report->duration_seconds * 1e9);
    if (strncmp(name, "inference", 9) == 0)
        (void)snprintf(run->facts.stage, sizeof(run->facts.stage), "inference");
    (void)snprintf(run->facts.hostname, sizeof(run->facts.hostname), "%s", report->hostname);
    (void)snprintf(run->facts.os, sizeof(run->facts.os), "%s", report->os);
    (void)snprintf(run->facts.os_release, sizeof(run->facts.os_release), "%s", report->os_release);
    (void)snprintf(run->facts.arch, sizeof(run->facts.arch), "%s", report->arch);
    (void)snprintf(run->facts.cpu_model, sizeof(run->facts.cpu_model), "%s", report->cpu_model);
    device = totals_add(run, DEVICE_OTHER, BASIS_ASSUMED, "cpu+gpu", report->energy_wh * 3600,
                        BAND_RATIO);
    (void)snprintf(device->model, sizeof(device->model), "%.70s%s%.70s", report->cpu_model,
                   report->gpu_model[0] != '\0' ? ", " : "", report->gpu_model);
    (void)snprintf(device->note, sizeof(device->note),
                   "CPU and GPU together, by mean load and powers that were found by the likeness "
                   "of names; without memory; ended within the minute of its date");
    device->utilization_ratio = report->cpu_ratio;
}

static int seed_open(struct log_text *text, const struct import_settings *settings,
                     struct series **series_out, struct aico2_error *err)
{
    struct totals_run *run = malloc(sizeof(*run));
    struct local_time time = LOCAL_TIME_NULL;
    struct seed_report report;
    char **notes = NULL;
    size_t note_count = 0;
    int r = run == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;

    time.has_offset = settings->has_utc_offset;
    time.offset_seconds = settings->utc_offset_seconds;
    if (r == 0)
        r = seed_report_parse(text, &time, &report, err);
    if (r == 0) {
        make_run(&report, settings, run);
        run->digest = text->digest;
        local_time_note(&time, &notes, &note_count);
        r = totals_open(&importer_seed, run, 1, notes, note_count, series_out, err);
    } else {
        free(run);
    }
    log_text_close(text);
    return r;
}

static bool seed_recognise(const char *head)
{
    static const char first[] = "Operating System Name,";

    if (head[0] == '"')
        return strncmp(head + 1, "Operating System Name\",", sizeof(first)) == 0;
    return strncmp(head, first, sizeof(first) - 1) == 0;
}

const struct importer importer_seed = {
    .name = "seed",
    .summary = "the original project's training_data.csv, inference_data.csv, usage_data.csv",
    .recognise = seed_recognise,
    .open = seed_open,
};
