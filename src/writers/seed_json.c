/* SPDX-License-Identifier: Apache-2.0 */
/* writers/seed_json.c - the answers of the original project's two backends: their keys, order, units and types */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/number.h"
#include "writers/seed_usage.h"
#include "writers/writer.h"

/* A whole number keeps its ".0", as there: who reads them tells the two apart. */
static void add_number(struct json_out *json, const char *key, double value)
{
    char text[32];

    json_double(json, key, value);
    if (isfinite(value) && number_format_double(text, sizeof(text), value) > 0 &&
        strpbrk(text, ".e") == NULL)
        strbuf_add(json->buffer, ".0");
}

static void add_percent(struct json_out *json, const char *key, double percent)
{
    char text[34] = "n/a"; /* the type is fixed, and 0 would claim a device that idles */

    if (isfinite(percent)) {
        size_t length = number_format_double(text, 32, percent);

        if (strpbrk(text, ".e") == NULL)
            (void)snprintf(text + length, sizeof(text) - length, ".0");
    }
    json_string(json, key, text);
}

static const char *known(const char *text)
{
    return text[0] == '\0' ? "n/a" : text;
}

/* Local, without a zone, in microseconds. */
static void format_local(char *text, size_t size, int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
    struct tm local;
    size_t length;

    text[0] = '\0';
    if (localtime_r(&seconds, &local) == NULL)
        return;
    length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &local);
    (void)snprintf(text + length, size - length, ".%06d", (int)(wall_ns % NSEC_PER_SEC / 1000));
}

void write_seed_footprint(struct strbuf *out, const struct seed_footprint *footprint)
{
    const struct report *report = footprint->report;
    const struct seed_usage usage = seed_usage_of(report);
    struct json_out json;
    char now[48];

    format_local(now, sizeof(now), footprint->answered_wall_ns);
    json_out_init_line(&json, out);
    json_object_begin(&json, NULL);
    add_number(&json, "energy consumption (Wh)", report->total.value / 3600);
    add_number(&json, "carbon emission (gCO2e)", report->operational_gco2e.value);
    add_number(&json, "km driven by a car (Km)", footprint->car_km);
    add_number(&json, "trees seeding per month", footprint->tree_seedling_months);
    json_string(&json, "os", known(report->run.machine.os));
    json_string(&json, "CPU", known(report->run.machine.cpu_model));
    json_string(&json, "GPU", known(seed_gpu_model(report)));
    add_percent(&json, "CPU average usage (%)", usage.cpu_percent);
    add_percent(&json, "RAM average usage (%)", usage.ram_percent);
    add_percent(&json, "GPU average usage (%)", usage.gpu_percent);
    add_number(&json, "runtime (s)", seconds_from_ns(report->run.duration_ns));
    json_string(&json, "data&time", now);
    json_object_end(&json);
}

/* Percents that a ring is drawn of: null, and not 0, where nothing was read. */
static void add_usage(struct json_out *json, const char *used, const char *unused, double percent)
{
    add_number(json, used, percent);
    add_number(json, unused, 100 - percent);
}

void write_seed_page_data(struct strbuf *out, const struct seed_footprint *footprint)
{
    const struct report *report = footprint->report;
    const struct seed_usage usage = seed_usage_of(report);
    struct json_out json;
    char now[48];

    format_local(now, sizeof(now), footprint->answered_wall_ns);
    json_out_init_line(&json, out);
    json_object_begin(&json, NULL);
    json_object_begin(&json, "data");
    add_number(&json, "carKm", footprint->car_km);
    add_number(&json, "treeSeed", footprint->tree_seedling_months);
    json_string(&json, "systemName", known(report->run.machine.os));
    json_string(&json, "cpuName", known(report->run.machine.cpu_model));
    json_string(&json, "gpuName", known(seed_gpu_model(report)));
    add_number(&json, "energyConsumption", report->total.value / 3600);
    add_number(&json, "carbonEmission", report->operational_gco2e.value);
    add_number(&json, "runtime", seconds_from_ns(report->run.duration_ns));
    json_string(&json, "dateTime", now);
    add_usage(&json, "cpuUsage", "cpuFreeToUse", usage.cpu_percent);
    add_usage(&json, "gpuUsage", "gpuFreeToUse", usage.gpu_percent);
    json_object_end(&json);
    json_object_end(&json);
}
