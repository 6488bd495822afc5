/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/foreign.c - the same figures under the names of other exporters
 *
 * Kepler from 0.10 on, Scaphandre from 0.5 on: what their dashboards ask of a node. Energy of single
 * processes and pods is not among it.
 */
#include "session/metrics/foreign.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "session/metrics/coarse.h"

enum { LABELS_MAX = 5, INDEX_SIZE = 16 };

/* What a series is of, and so which labels it has. */
enum series_of {
    OF_ZONE,   /* zone, path, node_name: a meter of Kepler's CPU zones */
    OF_GPU,    /* gpu, gpu_uuid, gpu_name, vendor, node_name */
    OF_NODE,   /* node_name: the mean of all */
    OF_SOCKET, /* socket_id */
    OF_DOMAIN, /* domain_id, domain_name, socket_id */
    OF_HOST,   /* none: the sum of all */
};

struct foreign {
    enum metrics_names names;
    enum metric_type type;
    enum series_of of;
    const char *name;
    const char *unit;
    const char *help;
    bool (*takes)(const struct device_counter *item);
    double (*value)(const struct device_counter *item);
};

/* --- which devices --- */

static bool is_cpu(const struct device_counter *item)
{
    return item->device.kind == DEVICE_CPU;
}

static bool is_dram(const struct device_counter *item)
{
    return item->device.kind == DEVICE_DRAM || item->device.kind == DEVICE_MEMORY;
}

static bool is_psys(const struct device_counter *item)
{
    return item->device.kind == DEVICE_BOARD && strcmp(item->device.reader, "rapl") == 0;
}

static bool is_zone(const struct device_counter *item)
{
    return is_cpu(item) || is_dram(item) || is_psys(item);
}

static bool is_gpu(const struct device_counter *item)
{
    return item->device.kind == DEVICE_GPU;
}

static bool is_added(const struct device_counter *item)
{
    return item->added;
}

/* --- which figure --- */

static double joules(const struct device_counter *item)
{
    return coarse_joules(rising_total(item->joules));
}

static double watts(const struct device_counter *item)
{
    return coarse_watts(item->watts);
}

/* As Kepler splits it: energy times load is active. */
static double active_joules(const struct device_counter *item)
{
    return coarse_joules(rising_total(item->active_joules));
}

static double active_watts(const struct device_counter *item)
{
    return coarse_watts(item->watts * item->utilization_ratio);
}

static double idle_watts(const struct device_counter *item)
{
    return coarse_watts(item->watts * (1 - item->utilization_ratio));
}

static double load(const struct device_counter *item)
{
    return coarse_ratio(item->utilization_ratio);
}

static double microjoules(const struct device_counter *item)
{
    return round(joules(item) * 1e6);
}

static double microwatts(const struct device_counter *item)
{
    return round(watts(item) * 1e6);
}

#define KEPLER METRICS_KEPLER
#define SCAPH METRICS_SCAPHANDRE

static const struct foreign table[] = {
    { KEPLER, METRIC_COUNTER, OF_ZONE, "kepler_node_cpu_joules_total", "joules",
      "Energy consumption of cpu at node level in joules", is_zone, joules },
    { KEPLER, METRIC_GAUGE, OF_ZONE, "kepler_node_cpu_watts", "watts",
      "Power consumption of cpu at node level in watts", is_zone, watts },
    { KEPLER, METRIC_COUNTER, OF_ZONE, "kepler_node_cpu_active_joules_total", "joules",
      "Energy consumption of cpu in active state at node level in joules", is_cpu, active_joules },
    { KEPLER, METRIC_GAUGE, OF_ZONE, "kepler_node_cpu_active_watts", "watts",
      "Power consumption of cpu in active state at node level in watts", is_cpu, active_watts },
    { KEPLER, METRIC_GAUGE, OF_ZONE, "kepler_node_cpu_idle_watts", "watts",
      "Power consumption of cpu in idle state at node level in watts", is_cpu, idle_watts },
    { KEPLER, METRIC_GAUGE, OF_NODE, "kepler_node_cpu_usage_ratio", "ratio",
      "CPU usage ratio of a node (value between 0.0 and 1.0)", is_cpu, load },
    { KEPLER, METRIC_COUNTER, OF_GPU, "kepler_node_gpu_joules_total", "joules",
      "Energy consumption of gpu at node level in joules", is_gpu, joules },
    { KEPLER, METRIC_GAUGE, OF_GPU, "kepler_node_gpu_watts", "watts",
      "Power consumption of gpu at node level in watts", is_gpu, watts },
    { SCAPH, METRIC_COUNTER, OF_HOST, "scaph_host_energy_microjoules", "microjoules",
      "Energy measurement for the whole host, in microjoules.", is_added, microjoules },
    { SCAPH, METRIC_GAUGE, OF_HOST, "scaph_host_power_microwatts", "microwatts",
      "Power measurement on the whole host, in microwatts.", is_added, microwatts },
    { SCAPH, METRIC_COUNTER, OF_SOCKET, "scaph_socket_energy_microjoules", "microjoules",
      "Socket related energy measurement in microjoules.", is_cpu, microjoules },
    { SCAPH, METRIC_GAUGE, OF_SOCKET, "scaph_socket_power_microwatts", "microwatts",
      "Power measurement relative to a CPU socket, in microwatts.", is_cpu, microwatts },
    { SCAPH, METRIC_COUNTER, OF_DOMAIN, "scaph_domain_energy_microjoules", "microjoules",
      "Domain related energy measurement in microjoules.", is_dram, microjoules },
    { SCAPH, METRIC_GAUGE, OF_DOMAIN, "scaph_domain_power_microwatts", "microwatts",
      "Power measurement relative to a RAPL Domain, in microwatts.", is_dram, microwatts },
};

/* --- labels --- */

static const char *zone_name(const struct device_counter *item)
{
    return is_cpu(item) ? "package" : is_dram(item) ? "dram" : "psys";
}

static const char *vendor(const struct device *device)
{
    static const char *const vendors[][2] = {
        { "nvml", "nvidia" },
        { "jetson", "nvidia" },
        { "amdgpu", "amd" },
        { "intel_gpu", "intel" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(vendors); i++) {
        if (strcmp(device->reader, vendors[i][0]) == 0)
            return vendors[i][1];
    }
    return "";
}

/* Return: how many. */
static size_t label(const struct device_counter *item, enum series_of of, const char *node,
                    char index[INDEX_SIZE], struct metric_label labels[LABELS_MAX])
{
    const struct device *device = &item->device;
    size_t count = 0;

    (void)snprintf(index, INDEX_SIZE, "%d", device->index > 0 ? device->index : 0);
    switch (of) {
    case OF_ZONE:
        labels[count++] = (struct metric_label){ "zone", zone_name(item) };
        labels[count++] = (struct metric_label){ "path", device->id };
        break;
    case OF_GPU:
        labels[count++] = (struct metric_label){ "gpu", index };
        labels[count++] = (struct metric_label){ "gpu_uuid", device->uuid };
        labels[count++] = (struct metric_label){ "gpu_name", device->model };
        labels[count++] = (struct metric_label){ "vendor", vendor(device) };
        break;
    case OF_SOCKET:
        labels[count++] = (struct metric_label){ "socket_id", index };
        break;
    case OF_DOMAIN:
        labels[count++] = (struct metric_label){ "domain_id", "0" };
        labels[count++] =
            (struct metric_label){ "domain_name", device->kind == DEVICE_DRAM ? "dram" : "memory" };
        labels[count++] = (struct metric_label){ "socket_id", index };
        break;
    case OF_NODE:
    case OF_HOST:
        break;
    }
    if (of == OF_ZONE || of == OF_GPU || of == OF_NODE)
        labels[count++] = (struct metric_label){ "node_name", node != NULL ? node : "" };
    return count;
}

/* --- */

/* All devices in one series. */
static void add_whole(struct metrics *metrics, const struct foreign *row,
                      const struct metrics_source *source)
{
    struct metric_label labels[LABELS_MAX];
    char index[INDEX_SIZE];
    double sum = 0;
    size_t known = 0;

    for (size_t i = 0; i < source->counters->count; i++) {
        const struct device_counter *item = &source->counters->items[i];
        const double value = row->takes(item) ? row->value(item) : NAN;

        if (isfinite(value)) {
            sum += value;
            known++;
        }
    }
    if (known == 0)
        return;
    if (row->of == OF_NODE)
        sum = coarse_ratio(sum / (double)known);
    metrics_sample(metrics, sum, labels,
                   label(&source->counters->items[0], row->of, source->node, index, labels));
}

/* A device that was metered in two ways one after the other is one series; what came first is its past. */
static double value_of(const struct device_counters *counters, const struct foreign *row,
                       size_t index)
{
    const struct device *device = &counters->items[index].device;
    double sum = NAN;

    for (size_t i = 0; i < counters->count; i++) {
        const struct device_counter *item = &counters->items[i];
        const double value = row->value(item);

        if (item->device.kind != device->kind || strcmp(item->device.id, device->id) != 0)
            continue;
        if (i < index)
            return NAN; /* told with that one */
        if (isfinite(value))
            sum = isfinite(sum) ? sum + value : value;
    }
    return sum;
}

void metrics_add_foreign(struct metrics *metrics, const struct metrics_source *source)
{
    struct metric_label labels[LABELS_MAX];
    char index[INDEX_SIZE];

    if (source->counters == NULL || source->counters->count == 0)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
        const struct foreign *row = &table[i];

        if (row->names != source->names)
            continue;
        metrics_family(metrics, row->type, row->name, row->unit, row->help);
        if (row->of == OF_HOST || row->of == OF_NODE) {
            add_whole(metrics, row, source);
            continue;
        }
        for (size_t k = 0; k < source->counters->count; k++) {
            const struct device_counter *item = &source->counters->items[k];

            if (row->takes(item))
                metrics_sample(metrics, value_of(source->counters, row, k), labels,
                               label(item, row->of, source->node, index, labels));
        }
    }
}
