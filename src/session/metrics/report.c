/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/report.c - the table of what is exported: from counters and runs to named metrics */
#include "session/metrics/report.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/labels.h"
#include "session/metrics/coarse.h"
#include "session/metrics/foreign.h"
#include "writers/version.h"

/* How a figure of a device is told. */
struct device_family {
    enum metric_type type;
    bool of_added; /* devices that are part of the machine's sum, or those that are not */
    const char *name;
    const char *unit;
    const char *help;
    double (*value)(const struct device_counter *item);
};

static double joules_of(const struct device_counter *item)
{
    return coarse_joules(rising_total(item->joules));
}

static double watts_of(const struct device_counter *item)
{
    return coarse_watts(item->watts);
}

static double gco2e_of(const struct device_counter *item)
{
    return coarse_grams(rising_total(item->gco2e));
}

static double embodied_of(const struct device_counter *item)
{
    return coarse_grams(rising_total(item->embodied));
}

static double gap_of(const struct device_counter *item)
{
    return coarse_seconds(rising_total(item->gap_seconds));
}

/* A sum over one family is a sum over the machine: what holds other devices has families of its own. */
static const struct device_family by_meter[] = {
    { METRIC_COUNTER, true, "aico2_energy_joules_total", "joules",
      "Energy used by a device, without PUE.", joules_of },
    { METRIC_GAUGE, true, "aico2_power_watts", "watts",
      "Mean power of a device over the last second or interval.", watts_of },
    { METRIC_COUNTER, false, "aico2_overlap_energy_joules_total", "joules",
      "Energy of what holds or is held by other devices: for comparison, never to be added.",
      joules_of },
    { METRIC_GAUGE, false, "aico2_overlap_power_watts", "watts",
      "Mean power of what holds or is held by other devices: never to be added.", watts_of },
};

static const struct device_family by_device[] = {
    { METRIC_COUNTER, true, "aico2_emissions_gco2e_total", "gco2e",
      "Emissions of the electricity a device used, PUE included.", gco2e_of },
    { METRIC_COUNTER, true, "aico2_embodied_gco2e_total", "gco2e",
      "Share of the emissions of making a device, by the time it was measured.", embodied_of },
};

static void add_by_meter(struct metrics *metrics, const struct device_counters *counters)
{
    for (size_t i = 0; i < ARRAY_LENGTH(by_meter); i++) {
        const struct device_family *family = &by_meter[i];

        metrics_family(metrics, family->type, family->name, family->unit, family->help);
        for (size_t k = 0; k < counters->count; k++) {
            const struct device_counter *item = &counters->items[k];
            const struct metric_label labels[] = {
                { "device", item->device.id },
                { "kind", device_kind_name(item->device.kind) },
                { "reader", item->device.reader },
                { "basis", basis_name(item->device.basis) },
            };

            if (item->added == family->of_added)
                metrics_sample(metrics, family->value(item), labels, ARRAY_LENGTH(labels));
        }
    }
}

static bool is_same(const struct device_counter *a, const struct device_counter *b)
{
    return a->device.kind == b->device.kind && strcmp(a->device.id, b->device.id) == 0;
}

/* A device that was metered in two ways one after the other is one series here. */
static bool has_come_before(const struct device_counters *counters, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_same(&counters->items[i], &counters->items[index]))
            return true;
    }
    return false;
}

static double add_known(double sum, double value)
{
    if (!isfinite(value))
        return sum;
    return isfinite(sum) ? sum + value : value;
}

/* Of a device in all the ways it was metered; NAN: none of them tells. */
static double total_of(const struct device_counters *counters, size_t index,
                       double (*value)(const struct device_counter *item))
{
    double total = NAN;

    for (size_t i = index; i < counters->count; i++) {
        if (is_same(&counters->items[index], &counters->items[i]))
            total = add_known(total, value(&counters->items[i]));
    }
    return total;
}

static void add_by_device(struct metrics *metrics, const struct device_counters *counters)
{
    for (size_t i = 0; i < ARRAY_LENGTH(by_device); i++) {
        const struct device_family *family = &by_device[i];

        metrics_family(metrics, family->type, family->name, family->unit, family->help);
        for (size_t k = 0; k < counters->count; k++) {
            const struct device_counter *item = &counters->items[k];
            const struct metric_label labels[] = {
                { "device", item->device.id },
                { "kind", device_kind_name(item->device.kind) },
            };

            if (!has_come_before(counters, k))
                metrics_sample(metrics, total_of(counters, k, family->value), labels,
                               ARRAY_LENGTH(labels));
        }
    }
}

static void add_gaps(struct metrics *metrics, const struct device_counters *counters)
{
    metrics_family(metrics, METRIC_COUNTER, "aico2_gap_seconds_total", "seconds",
                   "Time of which no reading of a device tells.");
    for (size_t i = 0; i < counters->count; i++) {
        const struct metric_label label = { "device", counters->items[i].device.id };

        if (!has_come_before(counters, i))
            metrics_sample(metrics, total_of(counters, i, gap_of), &label, 1);
    }
}

/* What tells of the device that is there now: each id is present once. */
static void add_present(struct metrics *metrics, const struct device_counters *counters)
{
    metrics_family(metrics, METRIC_GAUGE, "aico2_device_utilization_ratio", "ratio",
                   "Load of a device over the last second or interval.");
    for (size_t i = 0; i < counters->count; i++) {
        const struct device_counter *item = &counters->items[i];
        const struct metric_label labels[] = {
            { "device", item->device.id },
            { "kind", device_kind_name(item->device.kind) },
        };

        if (item->present)
            metrics_sample(metrics, coarse_ratio(item->utilization_ratio), labels,
                           ARRAY_LENGTH(labels));
    }
    metrics_family(metrics, METRIC_INFO, "aico2_device_info", "",
                   "What a device is, as the machine names it.");
    for (size_t i = 0; i < counters->count; i++) {
        const struct device_counter *item = &counters->items[i];
        const struct metric_label labels[] = {
            { "device", item->device.id },
            { "kind", device_kind_name(item->device.kind) },
            { "model", item->device.model },
            { "uuid", item->device.uuid },
        };

        if (item->present)
            metrics_sample(metrics, 1, labels, ARRAY_LENGTH(labels));
    }
}

static void add_devices(struct metrics *metrics, const struct device_counters *counters)
{
    add_by_meter(metrics, counters);
    add_by_device(metrics, counters);
    add_present(metrics, counters);
    add_gaps(metrics, counters);
    metrics_family(metrics, METRIC_COUNTER, "aico2_late_ticks_total", "",
                   "Readings that came too late and were skipped.");
    metrics_sample(metrics, rising_total(counters->late_ticks), NULL, 0);
    metrics_family(metrics, METRIC_COUNTER, "aico2_own_energy_joules_total", "joules",
                   "Energy that this program itself used, within that of the devices.");
    metrics_sample(metrics, coarse_joules(rising_total(counters->own_joules)), NULL, 0);
}

static void add_intensity(struct metrics *metrics, const struct intensity *intensity)
{
    const struct metric_label labels[] = {
        { "place", intensity->place },
        { "source",
          intensity->source_short[0] != '\0' ? intensity->source_short : intensity->source },
    };

    metrics_family(metrics, METRIC_GAUGE, "aico2_grid_carbon_intensity_gco2e_per_kwh",
                   "gco2e_per_kwh",
                   "Carbon intensity of the electricity that emissions are told by.");
    metrics_sample(metrics, intensity->gco2e_per_kwh.value, labels, ARRAY_LENGTH(labels));
}

/* --- runs --- */

static void add_run_info(struct metrics *metrics, const struct metrics_run *item)
{
    /* of the batch system or cluster; the first are always there, "" where there is none */
    static const char *const keys[] = { "job_id",  "pod",     "namespace", "container", "user",
                                        "manager", "cluster", "account",   "queue",     "node" };
    enum { ALWAYS = 5, OWN = 3 };
    struct label found[ARRAY_LENGTH(keys)];
    struct metric_label labels[OWN + ARRAY_LENGTH(keys)] = {
        { "run_id", item->run.id },
        { "name", item->run.name },
        { "stage", item->run.stage },
    };
    const char *next = item->run.labels;
    struct label label;
    size_t count = OWN;

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        found[i].value[0] = '\0';
    while ((next = labels_next(next, &label)) != NULL) {
        const int at = text_index(label.key, keys, ARRAY_LENGTH(keys));

        if (at >= 0)
            found[at] = label;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if (i < ALWAYS || found[i].value[0] != '\0')
            labels[count++] = (struct metric_label){ keys[i], found[i].value };
    }
    metrics_sample(metrics, 1, labels, count);
}

static double run_joules(const struct metrics_run *item)
{
    return coarse_joules(item->total_joules);
}

static double run_gco2e(const struct metrics_run *item)
{
    return coarse_grams(item->total_gco2e);
}

static double run_seconds(const struct metrics_run *item)
{
    return coarse_seconds(seconds_from_ns(item->run.duration_ns));
}

static double run_running(const struct metrics_run *item)
{
    return item->run.state == RUN_RUNNING;
}

void metrics_add_runs(struct metrics *metrics, const struct metrics_run *runs, size_t count)
{
    static const struct {
        enum metric_type type;
        const char *name;
        const char *unit;
        const char *help;
        double (*value)(const struct metrics_run *item);
    } families[] = {
        { METRIC_COUNTER, "aico2_run_energy_joules_total", "joules",
          "Energy that a run's report counts, without PUE.", run_joules },
        { METRIC_COUNTER, "aico2_run_emissions_gco2e_total", "gco2e",
          "Emissions that a run's report counts, making of the hardware included.", run_gco2e },
        { METRIC_GAUGE, "aico2_run_duration_seconds", "seconds",
          "How long a run has lasted so far.", run_seconds },
        { METRIC_GAUGE, "aico2_run_running", "", "Whether a run goes on.", run_running },
    };

    metrics_family(metrics, METRIC_INFO, "aico2_run_info", "",
                   "Whose work a run is: those that go on or have ended lately.");
    for (size_t i = 0; i < count; i++)
        add_run_info(metrics, &runs[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
        metrics_family(metrics, families[i].type, families[i].name, families[i].unit,
                       families[i].help);
        for (size_t k = 0; k < count; k++) {
            const struct metric_label label = { "run_id", runs[k].run.id };

            metrics_sample(metrics, families[i].value(&runs[k]), &label, 1);
        }
    }
}

/* --- the program --- */

static void add_program(struct metrics *metrics, const struct metrics_source *source)
{
    const struct metric_label version = { "version", AICO2_VERSION };

    metrics_family(metrics, METRIC_GAUGE, "aico2_reader_up", "",
                   "Whether all that a reader reads could be read.");
    for (size_t i = 0; i < source->reader_count; i++) {
        const struct metric_label label = { "reader", source->readers[i].name };

        metrics_sample(metrics, source->readers[i].up, &label, 1);
    }
    if (source->history != METRICS_NO_HISTORY) {
        metrics_family(metrics, METRIC_GAUGE, "aico2_history_up", "",
                       "Whether what is measured reaches the history.");
        metrics_sample(metrics, source->history == METRICS_STORED, NULL, 0);
    }
    metrics_family(metrics, METRIC_INFO, "aico2_build_info", "",
                   "The program that tells all this.");
    metrics_sample(metrics, 1, &version, 1);
}

static void add_process(struct metrics *metrics, const struct own_process *process)
{
    const struct {
        enum metric_type type;
        const char *name;
        const char *unit;
        const char *help;
        double value;
    } families[] = {
        { METRIC_COUNTER, "process_cpu_seconds_total", "seconds",
          "Total user and system CPU time spent in seconds.",
          coarse_seconds(process->cpu_seconds) },
        { METRIC_GAUGE, "process_resident_memory_bytes", "bytes", "Resident memory size in bytes.",
          process->resident_bytes },
        { METRIC_GAUGE, "process_virtual_memory_bytes", "bytes", "Virtual memory size in bytes.",
          process->virtual_bytes },
        { METRIC_GAUGE, "process_open_fds", "", "Number of open file descriptors.",
          process->open_fds },
        { METRIC_GAUGE, "process_max_fds", "", "Maximum number of open file descriptors.",
          process->max_fds },
        { METRIC_GAUGE, "process_start_time_seconds", "seconds",
          "Start time of the process since unix epoch in seconds.",
          coarse_seconds(process->start_wall_seconds) },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
        metrics_family(metrics, families[i].type, families[i].name, families[i].unit,
                       families[i].help);
        metrics_sample(metrics, families[i].value, NULL, 0);
    }
}

void metrics_of_report(struct metrics *metrics, const struct metrics_source *source)
{
    metrics_clear(metrics);
    metrics->wall_ns = source->wall_ns;
    if (source->counters != NULL)
        add_devices(metrics, source->counters);
    if (source->intensity != NULL)
        add_intensity(metrics, source->intensity);
    if (source->runs != NULL)
        metrics_add_runs(metrics, source->runs, source->run_count);
    metrics_add_foreign(metrics, source);
    add_program(metrics, source);
    if (source->process != NULL)
        add_process(metrics, source->process);
}
