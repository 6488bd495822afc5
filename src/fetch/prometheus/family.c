/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/family.c - metrics of exporters that tell energy, power or load, and what each of them counts
 *
 * Names, units and labels: the exporters' sources as of 2026, each to be seen in docs/prometheus.md.
 */
#include "fetch/prometheus/family.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"

/* clang-format off */
#define COUNTER .kind = SERIES_COUNTER
#define POWER .kind = SERIES_POWER
#define LOAD .kind = SERIES_UTILIZATION
#define NVIDIA .device = DEVICE_GPU, .vendor = "nvidia"
#define AMD .device = DEVICE_GPU, .vendor = "amd"
#define NO_MMIO "path!~\".*mmio.*\""

const struct family family_table[] = {
    /* of our own: unwrapped already; what it has modelled is no measurement */
    { "aico2_energy_joules_total", "aico2", 1, COUNTER, .rank = 0, .zone = "kind", .index = "device",
      .name = "device", .vendor = "any", .matchers = "basis=\"measured\"" },
    { "aico2_power_watts", "aico2", 1, POWER, .rank = 60, .zone = "kind", .index = "device",
      .name = "device", .vendor = "any", .matchers = "basis=\"measured\"" },

    /* GPUs: counters, powers, loads */
    { "nvidia_smi_energy_joules_total", "nvidia_gpu_exporter", 1, COUNTER, NVIDIA, .rank = 10,
      .uuid = "uuid" },
    { "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "dcgm", 1e-3, COUNTER, NVIDIA, .rank = 11,
      .flags = FAMILY_SENTINELS, .uuid = "UUID", .index = "gpu", .model = "modelName" },
    { "kepler_node_gpu_joules_total", "kepler", 1, COUNTER, NVIDIA, .form = FORM_SUM, .rank = 12,
      .uuid = "gpu_uuid", .index = "gpu", .model = "gpu_name", .part = "mode" },
    { "nvml_energy_consumption", "alumet", 1e-3, COUNTER, NVIDIA, .rank = 13, .flags = FAMILY_DELTAS,
      .uuid = "resource_id" },
    { "nvml_energy_consumption_alumet", "alumet", 1e-3, COUNTER, NVIDIA, .rank = 13,
      .flags = FAMILY_DELTAS, .uuid = "resource_id" },
    { "nvml_energy_consumption_mJ_alumet", "alumet", 1e-3, COUNTER, NVIDIA, .rank = 13,
      .flags = FAMILY_DELTAS, .uuid = "resource_id" },
    { "nvidia_smi_power_draw_watts", "nvidia_gpu_exporter", 1, POWER, NVIDIA, .rank = 30,
      .uuid = "uuid" },
    { "nvidia_smi_power_draw_average_watts", "nvidia_gpu_exporter", 1, POWER, NVIDIA, .rank = 31,
      .uuid = "uuid" },
    { "nvidia_smi_power_draw_instant_watts", "nvidia_gpu_exporter", 1, POWER, NVIDIA, .rank = 32,
      .uuid = "uuid" },
    { "DCGM_FI_DEV_POWER_USAGE", "dcgm", 1, POWER, NVIDIA, .rank = 33, .flags = FAMILY_SENTINELS,
      .uuid = "UUID", .index = "gpu", .model = "modelName" },
    { "DCGM_FI_DEV_POWER_USAGE_INSTANT", "dcgm", 1, POWER, NVIDIA, .rank = 34,
      .flags = FAMILY_SENTINELS, .uuid = "UUID", .index = "gpu", .model = "modelName" },
    { "kepler_node_gpu_watts", "kepler", 1, POWER, NVIDIA, .rank = 35, .uuid = "gpu_uuid",
      .index = "gpu", .model = "gpu_name" },
    { "nvml_instant_power", "alumet", 1e-3, POWER, NVIDIA, .rank = 36, .uuid = "resource_id" },
    { "nvml_instant_power_alumet", "alumet", 1e-3, POWER, NVIDIA, .rank = 36, .uuid = "resource_id" },
    { "nvml_instant_power_mW_alumet", "alumet", 1e-3, POWER, NVIDIA, .rank = 36,
      .uuid = "resource_id" },
    { "nvidia_smi_utilization_gpu_ratio", "nvidia_gpu_exporter", 1, LOAD, NVIDIA, .rank = 80,
      .uuid = "uuid" },
    { "DCGM_FI_DEV_GPU_UTIL", "dcgm", 1e-2, LOAD, NVIDIA, .rank = 81, .flags = FAMILY_SENTINELS,
      .uuid = "UUID", .index = "gpu", .model = "modelName" },
    { "amd_gpu_power", "amd_smi_exporter", 1e-6, POWER, AMD, .rank = 30, .index = "gpu_power",
      .model = "productname" },
    { "amd_gpu_use_percent", "amd_smi_exporter", 1e-2, LOAD, AMD, .rank = 80,
      .index = "gpu_use_percent", .model = "productname" },

    /* packages and DRAM: registers of RAPL as they are, then what others made of them */
    { "node_rapl_package_joules_total", "node_exporter", 1, COUNTER, .device = DEVICE_CPU, .rank = 10,
      .flags = FAMILY_WRAPS, .index = "index", .matchers = NO_MMIO },
    { "node_rapl_dram_joules_total", "node_exporter", 1, COUNTER, .device = DEVICE_DRAM, .rank = 10,
      .flags = FAMILY_WRAPS, .index = "index", .matchers = NO_MMIO },
    { "node_rapl_psys_joules_total", "node_exporter", 1, COUNTER, .device = DEVICE_BOARD, .rank = 20,
      .flags = FAMILY_WRAPS, .index = "index", .matchers = NO_MMIO },
    { "node_rapl_joules_total", "node_exporter", 1, COUNTER, .rank = 10, .flags = FAMILY_WRAPS,
      .zone = "rapl_zone", .index = "index",
      .matchers = "rapl_zone=~\"package.*|dram|psys\"," NO_MMIO },
    { "ceems_rapl_package_joules_total", "ceems", 1, COUNTER, .device = DEVICE_CPU, .rank = 11,
      .flags = FAMILY_WRAPS, .index = "index", .matchers = NO_MMIO },
    { "ceems_rapl_dram_joules_total", "ceems", 1, COUNTER, .device = DEVICE_DRAM, .rank = 11,
      .flags = FAMILY_WRAPS, .index = "index", .matchers = NO_MMIO },
    { "scaph_socket_energy_microjoules", "scaphandre", 1e-6, COUNTER, .device = DEVICE_CPU, .rank = 12,
      .index = "socket_id" },
    { "scaph_domain_energy_microjoules", "scaphandre", 1e-6, COUNTER, .rank = 12,
      .zone = "domain_name", .index = "socket_id", .matchers = "domain_name=\"dram\"" },
    { "kepler_node_cpu_joules_total", "kepler", 1, COUNTER, .rank = 13, .zone = "zone",
      .index = "path", .matchers = "zone=~\"package.*|dram|psys\"" },
    { "kepler_node_package_joules_total", "kepler", 1, COUNTER, .device = DEVICE_CPU, .form = FORM_SUM, .rank = 14,
      .index = "package", .part = "mode" },
    { "kepler_node_dram_joules_total", "kepler", 1, COUNTER, .device = DEVICE_DRAM, .form = FORM_SUM, .rank = 14,
      .index = "package", .part = "mode" },
    { "rapl_consumed_energy", "alumet", 1, COUNTER, .rank = 15, .flags = FAMILY_DELTAS,
      .zone = "domain", .index = "resource_id", .matchers = "domain=~\"package|dram|platform\"" },
    { "rapl_consumed_energy_alumet", "alumet", 1, COUNTER, .rank = 15, .flags = FAMILY_DELTAS,
      .zone = "domain", .index = "resource_id", .matchers = "domain=~\"package|dram|platform\"" },
    { "rapl_consumed_energy_J_alumet", "alumet", 1, COUNTER, .rank = 15, .flags = FAMILY_DELTAS,
      .zone = "domain", .index = "resource_id", .matchers = "domain=~\"package|dram|platform\"" },
    { "ceems_cray_pm_counters_energy_joules", "ceems", 1, COUNTER, .rank = 16, .zone = "domain",
      .matchers = "domain=~\"node|cpu|memory\"" },
    { "node_hwmon_energy_joule_total", "node_exporter", 1, COUNTER, .form = FORM_HWMON, .rank = 17 },
    { "kepler_node_cpu_watts", "kepler", 1, POWER, .rank = 30, .zone = "zone", .index = "path",
      .matchers = "zone=~\"package.*|dram|psys\"" },
    { "scaph_socket_power_microwatts", "scaphandre", 1e-6, POWER, .device = DEVICE_CPU, .rank = 31,
      .index = "socket_id" },
    { "scaph_domain_power_microwatts", "scaphandre", 1e-6, POWER, .rank = 31, .zone = "domain_name",
      .index = "socket_id", .matchers = "domain_name=\"dram\"" },
    { "node_hwmon_power_average_watt", "node_exporter", 1, POWER, .form = FORM_HWMON, .rank = 32 },
    { "node_hwmon_power_input_watt", "node_exporter", 1, POWER, .form = FORM_HWMON, .rank = 33 },
    { "node_hwmon_power_watt", "node_exporter", 1, POWER, .form = FORM_HWMON, .rank = 34 },

    /* the modules of NVIDIA Jetson, by their rails */
    { "node_hwmon_in_volts", "node_exporter", 1, POWER, .device = DEVICE_MODULE, .form = FORM_RAILS, .rank = 40,
      .part = "sensor" },
    { "integrated_power", "jetson_stats_node_exporter", 1e-3, POWER, .device = DEVICE_MODULE, .form = FORM_RAILS,
      .rank = 41, .part = "machine_part", .matchers = "statistic=\"power\"" },
    { "tegra_wattage_current_milliwatts", "jetson_exporter", 1e-3, POWER, .device = DEVICE_MODULE, .form = FORM_RAILS,
      .rank = 42, .part = "sensor" },
    { "integrated_power_mW", "jetson_stats_node_exporter", 1e-3, POWER, .device = DEVICE_MODULE, .rank = 43,
      .matchers = "statistic=\"power\"" },

    /* whole machines: shown beside their parts, never added */
    { "ipmi_dcmi_power_consumption_watts", "ipmi_exporter", 1, POWER, .device = DEVICE_BOARD, .rank = 30 },
    { "ceems_redfish_current_watts", "ceems", 1, POWER, .device = DEVICE_BOARD, .rank = 31 },
    { "ceems_ipmi_dcmi_current_watts", "ceems", 1, POWER, .device = DEVICE_BOARD, .rank = 32 },
    { "kepler_platform_watts", "kepler", 1, POWER, .device = DEVICE_BOARD, .rank = 33, .name = "chassis_id" },
    { "ipmi_power_watts", "ipmi_exporter", 1, POWER, .device = DEVICE_BOARD, .rank = 34, .name = "name",
      .matchers = "name=~\"(?i)(sys(tem)?|total)[ _]?power|pwr consumption|power meter\"" },
    { "scaph_host_energy_microjoules", "scaphandre", 1e-6, COUNTER, .device = DEVICE_BOARD, .rank = 50 },
    { "scaph_host_power_microwatts", "scaphandre", 1e-6, POWER, .device = DEVICE_BOARD, .rank = 51 },
    { "node_power_supply_power_watt", "node_exporter", 1, POWER, .device = DEVICE_BOARD, .form = FORM_SUPPLY,
      .rank = 55, .name = "power_supply" },

    /* where nothing tells energy: how busy it was */
    { "node_cpu_seconds_total", "node_exporter", 1, LOAD, .device = DEVICE_CPU, .form = FORM_CPU, .rank = 90,
      .matchers = "mode=\"idle\"" },
    { "node_memory_MemAvailable_bytes", "node_exporter", 1, LOAD, .device = DEVICE_MEMORY, .form = FORM_MEMORY,
      .rank = 90 },
};

const size_t family_count = ARRAY_LENGTH(family_table);

const char *const family_facts[] = {
    "node_uname_info",
    "node_boot_time_seconds",
    "node_memory_MemTotal_bytes",
    "node_hwmon_chip_names",
    "node_hwmon_sensor_label",
    "node_hwmon_curr_amps",
    "node_power_supply_info",
    "nvidia_smi_gpu_info",
    "nvidia_smi_enforced_power_limit_watts",
    "nvidia_smi_power_limit_watts",
    "nvidia_smi_memory_total_bytes",
    "DCGM_FI_DEV_POWER_MGMT_LIMIT",
    "DCGM_FI_DEV_FB_TOTAL",
};
/* clang-format on */

const size_t family_fact_count = ARRAY_LENGTH(family_facts);

const struct family *family_find(const char *metric)
{
    for (size_t i = 0; i < family_count; i++) {
        if (strcmp(family_table[i].metric, metric) == 0)
            return &family_table[i];
    }
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

const struct family *family_by_unit(const char *metric)
{
    static const struct family joules = { "", "other", 1, COUNTER, .device = DEVICE_OTHER };
    static const struct family watts = { "", "other", 1, POWER, .device = DEVICE_OTHER };

    if (ends_with(metric, "_joules_total") || ends_with(metric, "_joule_total"))
        return &joules;
    return ends_with(metric, "_watts") || ends_with(metric, "_watt") ? &watts : NULL;
}

bool family_device_kind(const struct family *family, const struct label_set *labels,
                        enum device_kind *kind_out)
{
    static const struct {
        const char *zone;
        enum device_kind kind;
    } zones[] = {
        { "package", DEVICE_CPU }, { "cpu", DEVICE_CPU },    { "dram", DEVICE_DRAM },
        { "memory", DEVICE_DRAM }, { "psys", DEVICE_BOARD }, { "platform", DEVICE_BOARD },
        { "node", DEVICE_BOARD },
    };
    const char *zone = family->zone != NULL ? label_of(labels, family->zone) : NULL;
    int own;

    if (zone == NULL) {
        *kind_out = family->device;
        return true;
    }
    if (strcmp(family->zone, "kind") == 0) {
        own = device_kind_parse(zone);
        if (own >= 0)
            *kind_out = (enum device_kind)own;
        return own >= 0;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(zones); i++) {
        size_t length = strlen(zones[i].zone);

        /* "package-0" of older kernels */
        if (strncmp(zone, zones[i].zone, length) == 0 &&
            (zone[length] == '\0' || zone[length] == '-')) {
            *kind_out = zones[i].kind;
            return true;
        }
    }
    return false;
}

bool family_is_sentinel(const struct family *family, double value)
{
    if ((family->flags & FAMILY_SENTINELS) == 0)
        return false;
    /* int64, int32 and doubles that DCGM keeps for "blank", "not found", "not supported" and "not permitted" */
    return value >= 9.2e18 || (value >= 2147483632.0 && value <= 2147483635.0) ||
           (value >= 1.40737488e14 && value <= 1.40737489e14);
}

double family_wrap_joules(double most_joules)
{
    /* 32 bits of 2^-16 J (AMD), of 15.3 µJ (DRAM of servers) and of 2^-14 J, as the kernel has them */
    static const double ranges[] = { 65532.610987, 65712.999613, 262143.328850 };

    for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++) {
        if (most_joules >= 0 && most_joules <= ranges[i])
            return ranges[i];
    }
    return 0;
}
