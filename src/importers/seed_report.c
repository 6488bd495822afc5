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
#include "importers/totals_log.h"

struct parse {
    struct log_text *text;
    struct local_time *time;
    struct seed_report *report;
    double kwh;
    double joules;
    double ram; /* as it stands there: percent, of an ARM machine a fraction */
    bool is_arm;
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
static int take_load(struct parse *parse, const char *what, const char *cell,
                     struct aico2_error *err)
{
    double *ratio = strcmp(what, "CPU") == 0   ? &parse->report->cpu_ratio
                    : strcmp(what, "GPU") == 0 ? &parse->report->gpu_ratio
                    : strcmp(what, "RAM") == 0 ? &parse->ram
                                               : NULL;
    double percent;
    int r;

    if (ratio == NULL || isfinite(*ratio))
        return 0;
    r = take_number(parse, what, cell, "percent", 100.5, &percent, err);
    if (r == 0)
        *ratio = fmin(percent, 100) / (ratio == &parse->ram ? 1 : 100);
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
    if (strncmp(name, "duration", 8) == 0) {
        parse->is_arm = name[8] == ':';
        return take_number(parse, name, cell, "s", 1e9, &parse->report->duration_seconds, err);
    }
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
    report->ram_ratio = parse->is_arm && parse->ram <= 1 ? parse->ram : parse->ram / 100;
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
        .ram_ratio = NAN,
        .energy_wh = NAN,
        .duration_seconds = NAN,
        .end_ns = INT64_MIN,
    };
    struct parse parse = {
        .text = text,
        .time = time,
        .report = &report,
        .kwh = NAN,
        .joules = NAN,
        .ram = NAN,
    };
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
