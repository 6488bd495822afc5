/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/hwmon.c - what the power and energy sensors of node_exporter's hwmon collector are of
 *
 * Chip names are the kernel's (Documentation/hwmon). Grace's power meters tell by their label what they cover.
 */
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "fetch/prometheus/survey.h"

/* The value of a label in the row of a table of names that has the same chip and sensor. */
static const char *look_up(const struct survey *survey, const struct seen_series *series,
                           const char *metric, bool by_sensor, const char *label)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct seen_series *row = &survey->series[i];

        if (row->host == series->host && strcmp(seen_metric(row), metric) == 0 &&
            strcmp(label_of(&row->labels, "chip"), label_of(&series->labels, "chip")) == 0 &&
            (!by_sensor ||
             strcmp(label_of(&row->labels, "sensor"), label_of(&series->labels, "sensor")) == 0))
            return label_of(&row->labels, label);
    }
    return "";
}

const char *hwmon_chip(const struct survey *survey, const struct seen_series *series)
{
    const char *name = look_up(survey, series, "node_hwmon_chip_names", false, "chip_name");

    return name[0] != '\0' ? name : label_of(&series->labels, "chip");
}

const char *hwmon_label(const struct survey *survey, const struct seen_series *series)
{
    const char *label = look_up(survey, series, "node_hwmon_sensor_label", true, "label");

    return label[0] != '\0' ? label : label_of(&series->labels, "sensor");
}

/* The number a text ends in; -1: none. */
static int32_t number_at_end(const char *text)
{
    size_t length = strlen(text);
    size_t begin = length;

    while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9')
        begin--;
    return begin < length && length - begin < 6 ? (int32_t)strtol(text + begin, NULL, 10) : -1;
}

bool hwmon_kind(const struct survey *survey, const struct seen_series *series,
                enum device_kind *kind_out, int32_t *index_out, const char **vendor_out,
                char name_out[96])
{
    static const struct {
        const char *chip;
        const char *label; /* how it begins; NULL: any */
        enum device_kind kind;
        const char *vendor;
    } rows[] = {
        { "amd_energy", "Esocket", DEVICE_CPU, NULL }, /* its Ecore's are in there */
        { "fam15h_power", NULL, DEVICE_CPU, NULL },
        { "amdgpu", NULL, DEVICE_GPU, "amd" },
        { "i915", "energy", DEVICE_GPU, "intel" }, /* unlabelled: of the card */
        { "xe", "card", DEVICE_GPU, "intel" },
        { "power_meter", "Module Power", DEVICE_MODULE, NULL },
        { "power_meter", "Grace Power", DEVICE_CPU, NULL },
        { "power_meter", "CPU Power", DEVICE_PART, NULL }, /* within Grace's */
        { "power_meter", "SysIO Power", DEVICE_PART, NULL },
        { "power_meter", "power1", DEVICE_BOARD, NULL }, /* unlabelled: ACPI's, of the machine */
    };
    const char *chip = hwmon_chip(survey, series);
    const char *label = hwmon_label(survey, series);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (strcmp(rows[i].chip, chip) != 0 ||
            (rows[i].label != NULL && strncmp(rows[i].label, label, strlen(rows[i].label)) != 0))
            continue;
        *kind_out = rows[i].kind;
        *vendor_out = rows[i].vendor;
        *index_out =
            rows[i].label != NULL && rows[i].kind != DEVICE_BOARD ? number_at_end(label) : -1;
        text_copy_clean(name_out, 96, label);
        return true;
    }
    return false;
}
