/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/build.c - from what was recorded to the figures of a report */
#include "session/report/build.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/split.h"
#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/json_words.h"
#include "base/lines.h"
#include "base/text.h"
#include "carbon/footprint.h"
#include "carbon/place.h"
#include "session/budget.h"
#include "session/place/text.h"
#include "session/report/carbon.h"
#include "session/report/cost.h"
#include "session/report/hosts.h"
#include "session/report/own_energy.h"
#include "session/report/prediction.h"
#include "session/report/tasks.h"
#include "session/report/wait.h"
#include "session/report/water.h"

/* A meter of the machine that was read for less of the run than this is not compared with the
 * parts, and parts above it by more than this are no matter of bands. */
static const double COMPARED_COVERAGE = 0.95;
static const double SUSPECT_RATIO = 0.05;

static bool is_inside_module(const struct report *report, const struct report_device *item)
{
    size_t modules = 0;
    bool same = false;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *module = &report->devices[i];

        if (module->device.kind != DEVICE_MODULE || !band_is_known(module->energy) ||
            !device_is_beside(&module->device, &item->device))
            continue;
        modules++;
        same = same || module->device.index == item->device.index;
    }
    return device_is_inside_module(&item->device, modules, same);
}

double report_idle_watts(const struct device *device, const struct device_totals *totals)
{
    double watts = isfinite(totals->floor_watts) ? totals->floor_watts : device->idle_watts;

    if (!(watts > 0))
        return 0;
    if (isfinite(totals->lowest_watts) && totals->lowest_watts < watts)
        watts = totals->lowest_watts;
    return watts;
}

double report_share_of_idle(enum idle_policy policy, double job_share)
{
    switch (policy) {
    case IDLE_PROPORTIONAL:
        return job_share;
    case IDLE_NONE:
        return 0;
    case IDLE_ALL:
        return 1;
    }
    return job_share;
}

static void fill_device(struct report_device *item, const struct device *device,
                        const struct device_totals *totals, const struct run *run)
{
    const struct energy_sums *sums = &totals->sums;
    double duration_seconds = seconds_from_ns(run->duration_ns);
    struct attribution parts;

    *item = (struct report_device){
        .device = *device,
        .energy = BAND_NONE,
        .job_joules = NAN,
        .others_joules = NAN,
        .idle_joules = NAN,
        .idle_share_joules = NAN,
        .mean_power_watts = NAN,
        .peak_power_watts = NAN,
        .idle_power_watts = NAN,
        .mean_utilization_ratio = NAN,
        .coverage_ratio = 0,
        .gap_seconds = duration_seconds,
        .operational_gco2e = NAN,
        .embodied_gco2e = NAN,
        .samples = sums->samples,
    };
    item->utilization_seconds = sums->utilization_covered_seconds;
    if (sums->utilization_covered_seconds > 0)
        item->mean_utilization_ratio =
            fmin(sums->utilization_seconds / sums->utilization_covered_seconds, 1);
    item->share_ratio = report_share_of_idle(run->idle, attribution_split(sums, 0).job_share);
    if (!(sums->covered_seconds > 0))
        return;

    item->coverage_ratio =
        duration_seconds > 0 ? fmin(sums->covered_seconds / duration_seconds, 1) : 1;
    item->gap_seconds = fmax(duration_seconds - sums->covered_seconds, 0);
    item->energy =
        band_relative(sums->joules, isfinite(device->band_ratio) ? device->band_ratio : 1);
    item->mean_power_watts = sums->joules / sums->covered_seconds;
    if (isfinite(totals->peak_watts))
        item->peak_power_watts = fmax(totals->peak_watts, item->mean_power_watts);
    item->idle_power_watts = report_idle_watts(device, totals);
    parts = attribution_split(sums, item->idle_power_watts);
    item->job_joules = parts.job_joules;
    item->others_joules = parts.others_joules;
    item->idle_joules = parts.idle_joules;
    item->idle_share_joules = item->share_ratio * parts.idle_joules;
}

static int add_energy(struct report *report, struct aico2_error *err)
{
    struct class_part *parts = calloc(report->device_count + 1, sizeof(*parts));
    double measured_joules = 0;
    double other_joules = 0;
    size_t count = 0;

    if (parts == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];
        double ratio = isfinite(item->device.band_ratio) ? item->device.band_ratio : 1;

        if (!report_is_added(item))
            continue;
        parts[count++] = (struct class_part){
            .kind = item->device.kind,
            .part = band_relative(report_counted_joules(report, item), ratio),
        };
        report->job_joules += item->job_joules;
        report->others_joules += item->others_joules;
        report->idle_joules += item->idle_joules;
        report->idle_share_joules += item->idle_share_joules;
        if (item->device.basis == BASIS_MEASURED)
            measured_joules += item->energy.value;
        else
            other_joules += item->energy.value;
    }
    /* the whole is the sum of its parts, in this order, so that they add up for a reader too */
    report->machine_joules = report->job_joules + report->others_joules + report->idle_joules;
    /* of their own sum, which may be another one in its last bit: all is exactly 1, and never said to be 99 % */
    report->measured_ratio = measured_joules + other_joules > 0
                                 ? measured_joules / (measured_joules + other_joules)
                                 : NAN;
    if (count > 0) {
        report->total = footprint_add_bands(parts, count);
        /* the figures of the same name are the same figure, to the last bit */
        report->total.value = report->run.scope == SCOPE_MACHINE
                                  ? report->machine_joules
                                  : report->job_joules + report->idle_share_joules;
        report->total.low = fmin(report->total.low, report->total.value);
        report->total.high = fmax(report->total.high, report->total.value);
    } else {
        report->total = BAND_NONE;
        report->machine_joules = report->job_joules = report->others_joules = NAN;
        report->idle_joules = report->idle_share_joules = NAN;
    }
    free(parts);
    return 0;
}

int report_warn(struct report *report, const char *format, ...)
{
    va_list arguments;
    int r;

    va_start(arguments, format);
    r = lines_add_va(&report->warnings, &report->warning_count, format, arguments);
    va_end(arguments);
    return r;
}

static bool restore_warning(void *payload, const char *word)
{
    return report_warn(payload, "%s", word) == 0;
}

static int copy_run(struct report *report, const struct run *run, struct aico2_error *err)
{
    report->run = *run;
    (void)place_text_get(run->place_option, "from", report->recomputed_from,
                         sizeof(report->recomputed_from));
    report->run.command_json = NULL;
    report->run.warnings_json = NULL;
    report->run.labels = NULL;
    if (run->command_json != NULL)
        report->run.command_json = strdup(run->command_json);
    if (run->labels != NULL)
        report->run.labels = strdup(run->labels);
    if ((run->command_json != NULL && report->run.command_json == NULL) ||
        (run->labels != NULL && report->run.labels == NULL))
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* What a log tells as one sum is named after its parts. */
static bool is_sum_with_cpu(const struct device *device)
{
    return device->kind == DEVICE_OTHER && strncmp(device->id, "cpu+", 4) == 0;
}

/* A module holds processor and memory. */
static bool is_covered(const struct report *report, enum device_kind kind, enum device_kind or_kind)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        if ((device->kind == kind || device->kind == or_kind || device->kind == DEVICE_MODULE ||
             (kind == DEVICE_CPU && is_sum_with_cpu(device))) &&
            report_is_added(&report->devices[i]))
            return true;
    }
    return false;
}

static int name_what_is_missing(struct report *report, struct aico2_error *err)
{
    const char *const names[] = {
        is_covered(report, DEVICE_CPU, DEVICE_CPU) ? NULL : "CPU",
        is_covered(report, DEVICE_DRAM, DEVICE_MEMORY) ? NULL : "memory",
        "fans",
        "disks",
        "network",
        "power-supply loss",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (names[i] != NULL &&
            lines_add(&report->missing, &report->missing_count, "%s", names[i]) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    return 0;
}

static bool is_of_controller(const struct device *device)
{
    static const char *const readers[] = { "acpi_meter", "ipmi", "pm_counters" };

    return device->kind == DEVICE_BOARD &&
           text_index(device->reader, readers, ARRAY_LENGTH(readers)) >= 0;
}

/* Management controllers have been seen to miss the GPUs. The parts count all the same. */
static void warn_of_small_board(struct report *report)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *board = &report->devices[i];
        double rest_joules = board->energy.value - report->machine_joules;

        if (!is_of_controller(&board->device) || !band_is_known(board->energy) ||
            board->coverage_ratio < COMPARED_COVERAGE ||
            !(rest_joules < -SUSPECT_RATIO * board->energy.value))
            continue;
        (void)report_warn(report,
                          "%s says %.0f %% less than the parts of the machine together: it misses "
                          "one (the GPUs, as a rule), or one is said too high; the parts count",
                          board->device.id, 100 * -rest_joules / board->energy.value);
    }
}

static void suggest_country(struct report *report, const char country[3])
{
    const struct place_query query = { .country = country,
                                       .gco2e_per_kwh = NAN,
                                       .basis = PLACE_OPTION };
    struct intensity intensity;

    memcpy(report->suggested_country, country, sizeof(report->suggested_country));
    if (place_resolve(&query, &intensity, NULL) == 0)
        memcpy(report->suggested_country_name, intensity.name, sizeof(intensity.name));
}

int report_build(const struct history_record *record, const struct carbon_basis *basis,
                 struct report *report_out, struct aico2_error *err)
{
    struct report report = { .sci_gco2e_per_unit = NAN, .water.litres = BAND_NONE };
    int r = copy_run(&report, &record->run, err);

    if (r == 0) {
        report.devices = calloc(record->device_count + 1, sizeof(*report.devices));
        report.device_count = record->device_count;
        if (report.devices == NULL)
            r = aico2_error_set(err, -ENOMEM, "out of memory");
    }
    for (size_t i = 0; r == 0 && i < record->device_count; i++)
        fill_device(&report.devices[i], &record->devices[i], &record->totals[i], &report.run);
    for (size_t i = 0; r == 0 && i < record->device_count; i++)
        report.devices[i].inside_module = is_inside_module(&report, &report.devices[i]);
    if (r == 0)
        r = add_energy(&report, err);
    if (r == 0 && report_add_own_energy(&report, record) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    if (r == 0)
        r = report_add_hosts(&report, err);
    if (r == 0)
        r = name_what_is_missing(&report, err);
    if (r < 0) {
        report_deinit(&report);
        return r;
    }
    warn_of_small_board(&report);
    r = report_add_carbon(&report, record, basis);
    report_add_cost(&report, record, basis);
    report_add_water(&report);
    if (r < 0 || report_add_tasks(&report, record, basis) < 0 ||
        report_add_prediction(&report, basis) < 0) {
        report_deinit(&report);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    budget_fill(&report);
    report_add_wait(&report, record, basis);
    if (basis->intensity.place_basis == PLACE_WORLD &&
        record->run.machine.timezone_country[0] != '\0')
        suggest_country(&report, record->run.machine.timezone_country);
    (void)json_words_each(record->run.warnings_json, restore_warning, &report);
    *report_out = report;
    return 0;
}

void report_deinit(struct report *report)
{
    if (report == NULL)
        return;
    run_deinit(&report->run);
    free(report->devices);
    free(report->hosts);
    free(report->tasks);
    lines_free(report->warnings, report->warning_count);
    free(report->embodied);
    lines_free(report->unmade, report->unmade_count);
    lines_free(report->missing, report->missing_count);
    *report = (struct report){ 0 };
}
