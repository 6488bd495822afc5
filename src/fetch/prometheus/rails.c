/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/rails.c - the module of an NVIDIA Jetson out of the rails that an exporter shows */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "fetch/prometheus/survey.h"

enum { RAILS_MAX = 32 };

/* What the exporter calls a rail; "" for what is none: a channel that is not wired, or the sum of shunts. */
static const char *rail_name(const struct survey *survey, const struct seen_series *series)
{
    const char *name;

    if (strcmp(seen_metric(series), "node_hwmon_in_volts") != 0)
        return label_of(&series->labels, series->family->part);
    name = hwmon_label(survey, series);
    if (strncmp(hwmon_chip(survey, series), "ina", 3) != 0 || strcmp(name, "NC") == 0 ||
        strcmp(name, "sum of shunt voltages") == 0)
        return "";
    return name;
}

/* "in1" is of the rail that "curr1" is of. */
static uint32_t current_of(const struct survey *survey, const struct seen_series *volts)
{
    const char *sensor = label_of(&volts->labels, "sensor");

    for (size_t i = 0; strncmp(sensor, "in", 2) == 0 && i < survey->count; i++) {
        const struct seen_series *row = &survey->series[i];
        const char *other = label_of(&row->labels, "sensor");

        if (row->host == volts->host && strcmp(seen_metric(row), "node_hwmon_curr_amps") == 0 &&
            strncmp(other, "curr", 4) == 0 && strcmp(other + 4, sensor + 2) == 0 &&
            label_set_equal_but(&row->labels, &volts->labels, "sensor"))
            return (uint32_t)i;
    }
    return SERIES_NONE_INDEX;
}

bool rails_make(const struct survey *survey, const struct family *family, uint32_t host,
                struct candidate *module_out)
{
    const char *names[RAILS_MAX];
    struct term terms[RAILS_MAX];
    struct rails_total total;
    size_t count = 0;

    for (size_t i = 0; i < survey->count && count < RAILS_MAX; i++) {
        const struct seen_series *series = &survey->series[i];
        bool needs_current = strcmp(family->metric, "node_hwmon_in_volts") == 0;

        if (series->host != host || series->family != family ||
            rail_name(survey, series)[0] == '\0')
            continue;
        names[count] = rail_name(survey, series);
        terms[count] = (struct term){
            .series = (uint32_t)i,
            .factor = needs_current ? current_of(survey, series) : SERIES_NONE_INDEX,
        };
        if (!needs_current || terms[count].factor != SERIES_NONE_INDEX)
            count++;
    }
    rails_choose_module(names, count, &total);
    if (total.count == 0)
        return false;
    *module_out = (struct candidate){
        .family = family,
        .host = host,
        .kind = DEVICE_MODULE,
        .index = 0,
        .term_count = (uint32_t)total.count,
    };
    for (size_t i = 0; i < total.count; i++) {
        module_out->terms[i] = terms[total.index[i]];
        text_append(module_out->name, sizeof(module_out->name), "%s%s", i > 0 ? " + " : "",
                    names[total.index[i]]);
    }
    (void)snprintf(module_out->model, sizeof(module_out->model), "NVIDIA Jetson %s", total.board);
    return true;
}
