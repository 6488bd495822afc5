/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_quality.c - how far NVML's energy and power can be believed, by card and by method
 *
 * NVML API reference, nvmlDeviceGetPowerUsage; Yang, Adamek, Armour, arXiv 2312.02741. The figures
 * are those of docs/readers/nvml.md.
 */
#include "readers/nvml_quality.h"

#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"

/* Long steady runs 5 %, a quarter of the time seen 10 %, a module's meter 5 % (1 sigma). */
static const double BAND = 0.10;
static const double PART_TIME_BAND = 0.20;
static const double MODULE_BAND = 0.10;

static bool has_word(const char *name, const char *const words[], size_t count)
{
    for (const char *at = name; *at != '\0'; at += *at != '\0') {
        size_t length = strcspn(at, " -_/()");

        for (size_t i = 0; i < count; i++) {
            if (length == strlen(words[i]) && strncmp(at, words[i], length) == 0)
                return true;
        }
        at += length;
    }
    return false;
}

static bool is_ga100(const char *name)
{
    static const char *const words[] = { "A100", "A800", "A30", "A30X", "A100X", "GA100" };

    return has_word(name, words, ARRAY_LENGTH(words));
}

/* GA100 and GH100 parts: their sensor looks at 25 ms of each 100. */
static bool is_part_time(const char *name, unsigned architecture)
{
    static const char *const words[] = { "H100", "H800", "H200", "H20", "GH200", "GH100" };

    return architecture == NVML_ARCH_HOPPER || is_ga100(name) ||
           has_word(name, words, ARRAY_LENGTH(words));
}

bool nvml_is_superchip(const char *name)
{
    static const char *const words[] = { "GH200", "GB200", "GB300" };

    return has_word(name, words, ARRAY_LENGTH(words));
}

bool nvml_is_integrated(const char *name)
{
    static const char *const words[] = { "nvgpu", "Tegra", "Orin", "Xavier", "Thor", "Jetson" };

    return has_word(name, words, ARRAY_LENGTH(words));
}

double nvml_band_ratio(const char *name, unsigned architecture)
{
    return is_part_time(name, architecture) ? PART_TIME_BAND : BAND;
}

static enum power_time power_time(enum nvml_power_source source, const char *name,
                                  unsigned architecture)
{
    switch (source) {
    case NVML_POWER_INSTANT:
    case NVML_POWER_RING:
        return POWER_OF_THE_INSTANT;
    case NVML_POWER_AVERAGE:
        return POWER_MEAN_OF_A_SECOND;
    case NVML_POWER_USAGE:
        if (is_ga100(name))
            return POWER_OF_THE_INSTANT;
        if (architecture > NVML_ARCH_KEPLER && architecture < NVML_ARCH_AMPERE)
            return POWER_OF_THE_INSTANT;
        if (architecture >= NVML_ARCH_AMPERE && architecture <= NVML_ARCH_NEWEST)
            return POWER_MEAN_OF_A_SECOND;
        break;
    case NVML_POWER_NONE:
        break;
    }
    return POWER_TIME_UNKNOWN;
}

void nvml_quality_describe(const struct nvml_meter *meter, unsigned architecture,
                           struct device *device)
{
    static const char *const methods[] = {
        [POWER_TIME_UNKNOWN] = "integrated from power readings",
        [POWER_OF_THE_INSTANT] = "integrated from readings of the instant",
        [POWER_MEAN_OF_A_SECOND] = "integrated from power, means of 1 s that lag by as much",
    };

    device->band_ratio = nvml_band_ratio(device->model, architecture);
    device->power_time = power_time(meter->power, device->model, architecture);
    if (meter->part == NVML_PART_MODULE)
        device->band_ratio = MODULE_BAND;
    else if (is_part_time(device->model, architecture) &&
             (meter->energy != NVML_ENERGY_NONE || meter->power != NVML_POWER_NONE))
        text_append_note(device->note, sizeof(device->note),
                         "its sensor sees a quarter of the time: phases of less than 1 s may be "
                         "10-20 % off");
    if (meter->energy != NVML_ENERGY_NONE || meter->power == NVML_POWER_NONE)
        return;
    text_append_note(device->note, sizeof(device->note), methods[device->power_time]);
}
