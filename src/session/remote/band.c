/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/band.c - how well what an exporter reads is metered: as by a reader of our own */
#include "session/remote/band.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "readers/cpuinfo.h"
#include "readers/nvml_quality.h"
#include "readers/rapl.h"

/* A meter that nobody here knows: one of --match, another maker's card. */
static const double UNKNOWN_BAND = 0.20;
static const double SENSOR_BAND = 0.10; /* hwmon, ACPI, IPMI, Redfish, the rails of a Jetson */
static const double CRAY_BAND = 0.06;
static const double BATTERY_BAND = 0.30;
/* Sandy and Ivy Bridge modelled what their counter says. */
static const double EARLY_BAND = 0.30;

static bool has_any(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(text, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Their processors' and memories' figures are RAPL's, whatever they call them. */
static bool is_rapl(const struct remote_device *device)
{
    static const char *const exporters[] = { "kepler", "scaphandre", "ceems", "alumet", "aico2" };
    bool socket = device->device_kind == DEVICE_CPU || device->device_kind == DEVICE_DRAM;

    return strstr(device->metric, "rapl") != NULL ||
           (socket && has_any(device->exporter, exporters, ARRAY_LENGTH(exporters)));
}

static bool is_nvidia(const struct remote_device *device)
{
    static const char *const makers[] = { "AMD", "Radeon", "Instinct", "Intel" };
    static const char *const ways[] = { "dcgm", "DCGM", "nvidia", "nvml", "kepler", "aico2" };

    return !has_any(device->model, makers, ARRAY_LENGTH(makers)) &&
           (has_any(device->exporter, ways, ARRAY_LENGTH(ways)) ||
            has_any(device->metric, ways, ARRAY_LENGTH(ways)));
}

/* "E5-2670 0", "E5-2680 v2": of Xeons; nobody exports what a desktop of 2012 draws by its name. */
static bool is_early(const struct machine *machine)
{
    static const char *const words[] = { " 0 @", " v2 @" };

    return has_any(machine->cpu_model, words, ARRAY_LENGTH(words));
}

static double rapl_ratio(const struct remote_device *device, const struct machine *machine)
{
    struct cpuinfo info = {
        .family = machine->cpu_family,
        .model = machine->cpu_model_number,
        .arm_implementer = -1,
        .arm_part = -1,
    };
    double ratio;

    (void)snprintf(info.vendor, sizeof(info.vendor), "%s", machine->cpu_vendor);
    (void)snprintf(info.model_name, sizeof(info.model_name), "%s", machine->cpu_model);
    ratio = rapl_band_ratio(device->device_kind, &info);
    return is_early(machine) && ratio < EARLY_BAND ? EARLY_BAND : ratio;
}

double remote_band_ratio(const struct remote_device *device, const struct machine *machine)
{
    static const char *const sensors[] = { "hwmon",  "ipmi",  "redfish",
                                           "jetson", "tegra", "integrated_power" };

    if (is_rapl(device))
        return rapl_ratio(device, machine);
    if (strstr(device->metric, "power_supply") != NULL)
        return BATTERY_BAND;
    if (strstr(device->metric, "cray") != NULL)
        return CRAY_BAND;
    if (has_any(device->metric, sensors, ARRAY_LENGTH(sensors)) ||
        has_any(device->exporter, sensors, ARRAY_LENGTH(sensors)))
        return SENSOR_BAND;
    if (device->device_kind == DEVICE_GPU && is_nvidia(device))
        return nvml_band_ratio(device->model, 0);
    return UNKNOWN_BAND;
}
