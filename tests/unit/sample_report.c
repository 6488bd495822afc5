/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/sample_report.c - reports for the tests of writers, with figures that are easy to
 * follow */
#include "sample_report.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"

#define WH 3600.0

static void set(char *field, size_t size, const char *text)
{
    (void)snprintf(field, size, "%s", text);
}

#define SET(field, text) set(field, sizeof(field), text)

static void fill_run(struct sample_report *sample)
{
    struct run *run = &sample->report.run;

    *run = (struct run){
        .state = RUN_FINISHED,
        .started_wall_ns = 1795487328123 * NSEC_PER_MSEC, /* 2026-11-24T02:28:48.123Z */
        .ended_wall_ns = 1795487378223 * NSEC_PER_MSEC,
        .duration_ns = 50100 * NSEC_PER_MSEC,
        .cpu_seconds = 61.25,
        .exit_status = 0,
        .interval_ns = NSEC_PER_SEC,
        .scope = SCOPE_JOB,
        .idle = IDLE_PROPORTIONAL,
        .embodied = true,
        .lifetime_years = NAN,
        .pue = 1,
        .units = 10,
        .own_cpu_seconds = 0.004,
        .own_max_rss_bytes = 2621440,
        .late_ticks = 1,
        .machine = { .chassis = CHASSIS_SERVER,
                     .sockets = 1,
                     .cores = 32,
                     .threads = 64,
                     .memory_bytes = 24ull << 30 },
    };
    SET(run->id, "01KB3FABCDEFGHJKMNPQRSTVWX");
    SET(run->name, "train.py");
    SET(run->stage, "training");
    SET(sample->command_json, "[\"python3\", \"train.py\"]");
    run->command_json = sample->command_json;
    SET(run->unit, "epoch");
    SET(run->machine.hostname, "node7");
    SET(run->machine.os, "Linux");
    SET(run->machine.os_release, "6.1.0");
    SET(run->machine.arch, "x86_64");
    SET(run->machine.cpu_model, "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz");
}

/* parts: job, others, idle and the job's share of it, Wh. */
static void fill_device(struct report_device *item, enum device_kind kind, const char *id,
                        const char *reader, enum basis basis, const double parts[4], double band,
                        double watts)
{
    double sum = (parts[0] + parts[1] + parts[2]) * WH;

    *item = (struct report_device){
        .device = DEVICE_NULL,
        .energy = band_relative(sum, band),
        .job_joules = parts[0] * WH,
        .others_joules = parts[1] * WH,
        .idle_joules = parts[2] * WH,
        .idle_share_joules = parts[3] * WH,
        .share_ratio = 0.5,
        .mean_power_watts = watts,
        .peak_power_watts = watts * 1.25,
        .idle_power_watts = watts / 4,
        .mean_utilization_ratio = 0.5,
        .coverage_ratio = 1,
        .samples = 51,
        .operational_gco2e = 0.125,
        .embodied_gco2e = 0.0625,
    };
    item->device.kind = kind;
    item->device.basis = basis;
    item->device.band_ratio = band;
    SET(item->device.id, id);
    SET(item->device.reader, reader);
}

static void fill_devices(struct sample_report *sample)
{
    struct report_device *devices = sample->devices;

    fill_device(&devices[0], DEVICE_CPU, "cpu0", "rapl", BASIS_MEASURED,
                (double[]){ 1.25, 0.375, 0.3125, 0.25 }, 0.04, 139);
    SET(devices[0].device.model, "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz");
    fill_device(&devices[1], DEVICE_GPU, "gpu0", "nvml", BASIS_MEASURED,
                (double[]){ 4.3125, 0, 0.875, 0.4375 }, 0.05, 373);
    SET(devices[1].device.model, "NVIDIA A100-SXM4-80GB");
    SET(devices[1].device.uuid, "GPU-5d1a9f04");
    devices[1].device.memory_bytes = 80ull << 30;
    fill_device(&devices[2], DEVICE_MEMORY, "memory", "proc_memory", BASIS_MODELLED,
                (double[]){ 0.0625, 0.03125, 0.03125, 0.03125 }, 0.8, 9);
    devices[2].device.memory_bytes = 24ull << 30;
    devices[2].device.idle_watts = 6;
    devices[2].device.max_watts = 12;
    SET(devices[2].device.rated_source, "memory_power.csv: DDR4");
    SET(devices[2].device.note, "size from MemTotal");
    sample->report.devices = devices;
    sample->report.device_count = 3;
}

/* Of 50 mg: two cards' are shown as one. */
static void fill_embodied(struct sample_report *sample)
{
    static const struct embodied_part parts[] = {
        { "cpu", "cpu0", { 20.5, 9, 41 }, 4, 0.5, { 0.004, 0.002, 0.008 }, "a row" },
        { "gpu", "gpu0", { 150, 40, 1000 }, 4, 0.5, { 0.01, 0.005, 0.025 }, "a row" },
        { "gpu", "gpu1", { 150, 40, 1000 }, 4, 0.5, { 0.01, 0.005, 0.025 }, "a row" },
        { "memory", "memory", { 32, 1, 80 }, 4, 0.5, { 0.012, 0.003, 0.02 }, "a row" },
        { "board", "", { 72.75, 72.75, 189 }, 4, 0.5, { 0.004, 0.002, 0.012 }, "a row" },
        { "chassis", "", { 295.25, 86, 767.5 }, 4, 0.5, { 0.01, 0.003, 0.03 }, "a row" },
    };
    static char disks[] = "disks";
    static char network[] = "network";

    memcpy(sample->embodied, parts, sizeof(parts));
    sample->unmade[0] = disks;
    sample->unmade[1] = network;
    sample->report.embodied = sample->embodied;
    sample->report.embodied_count = ARRAY_LENGTH(parts);
    sample->report.unmade = sample->unmade;
    sample->report.unmade_count = 2;
}

static void fill_carbon(struct report *report)
{
    report->intensity = (struct intensity){
        .place_basis = PLACE_OPTION,
        .gco2e_per_kwh = { 44.18, 37.6, 50.8 },
        .year = 2024,
    };
    SET(report->intensity.place, "FR");
    SET(report->intensity.name, "France");
    SET(report->intensity.country, "FR");
    SET(report->intensity.country3, "FRA");
    SET(report->intensity.kind, "lifecycle-average");
    SET(report->intensity.source, "Ember, yearly data, edition of 2025-08-03");
    SET(report->intensity.source_short, "Ember");
    SET(report->intensity.quality, "A");
    report->pue = 1;
    report->operational_gco2e = (struct band){ 0.28, 0.23, 0.34 };
    report->embodied_gco2e = (struct band){ 0.05, 0.02, 0.12 };
    report->total_gco2e = (struct band){ 0.33, 0.25, 0.46 };
    report->water = (struct water){ .litres = BAND_NONE, .wue_l_per_kwh = NAN };
    report->sci_gco2e_per_unit = 0.033;
    report->car_km = 0.0015;
    report->tree_seedling_months = 0.00065;
}

void sample_report_fill(struct sample_report *sample)
{
    struct report *report = &sample->report;
    static char fans[] = "fans";
    static char disks[] = "disks";

    memset(sample, 0, sizeof(*sample));
    fill_run(sample);
    fill_devices(sample);
    report->total = (struct band){ 6.34375 * WH, 6.0625 * WH, 6.65625 * WH };
    report->job_joules = 5.625 * WH;
    report->others_joules = 0.40625 * WH;
    report->idle_joules = 1.21875 * WH;
    report->idle_share_joules = 0.71875 * WH;
    report->machine_joules = 7.25 * WH;
    report->measured_ratio = 0.9828;
    report->own_energy = (struct band){ 0.225, 0.216, 0.234 };
    fill_carbon(report);
    fill_embodied(sample);
    sample->missing[0] = fans;
    sample->missing[1] = disks;
    report->missing = sample->missing;
    report->missing_count = 2;
}

void sample_report_empty(struct sample_report *sample)
{
    struct report *report = &sample->report;

    memset(sample, 0, sizeof(*sample));
    report->run.state = RUN_RECOVERED;
    report->run.exit_status = -1;
    report->run.cpu_seconds = report->run.units = report->run.lifetime_years = NAN;
    report->run.pue = NAN;
    report->run.own_cpu_seconds = NAN;
    report->run.embodied = true;
    report->devices = sample->devices;
    report->device_count = 1;
    sample->devices[0] = (struct report_device){
        .device = DEVICE_NULL,
        .energy = BAND_NONE,
        .job_joules = NAN,
        .others_joules = NAN,
        .idle_joules = NAN,
        .idle_share_joules = NAN,
        .share_ratio = NAN,
        .mean_power_watts = NAN,
        .peak_power_watts = NAN,
        .idle_power_watts = NAN,
        .mean_utilization_ratio = NAN,
        .coverage_ratio = 0,
        .gap_seconds = NAN,
        .operational_gco2e = NAN,
        .embodied_gco2e = NAN,
    };
    report->total = BAND_NONE;
    report->job_joules = report->others_joules = report->idle_joules = NAN;
    report->idle_share_joules = report->machine_joules = report->measured_ratio = NAN;
    report->own_energy = BAND_NONE;
    report->intensity.gco2e_per_kwh = BAND_NONE;
    report->intensity.place_basis = PLACE_WORLD;
    report->pue = NAN;
    report->operational_gco2e = report->embodied_gco2e = report->total_gco2e = BAND_NONE;
    report->sci_gco2e_per_unit = NAN;
    report->water = (struct water){ .litres = BAND_NONE, .wue_l_per_kwh = NAN };
    report->car_km = report->tree_seedling_months = NAN;
}

/* Quotes, a backslash, controls, an escape sequence, a bidirectional override, half a UTF-8
 * character: over and over. */
static void fill_noise(char *field, size_t size)
{
    static const char noise[] = "=\"\\,\n\t\x01\x1b[31m\xe2\x80\xae\xe9 \xc3\xa9 model\x7f";

    for (size_t i = 0; i + 1 < size; i++)
        field[i] = noise[i % (sizeof(noise) - 1)];
    field[size - 1] = '\0';
}

#define NOISE(field) fill_noise(field, sizeof(field))

void sample_report_extreme(struct sample_report *sample)
{
    struct report *report = &sample->report;
    static char noise[400];

    sample_report_fill(sample);
    NOISE(noise);
    NOISE(report->run.name);
    NOISE(report->run.stage);
    NOISE(report->run.unit);
    NOISE(report->run.machine.hostname);
    NOISE(report->run.machine.os_release);
    NOISE(report->run.machine.cpu_model);
    NOISE(report->intensity.place);
    NOISE(report->intensity.name);
    NOISE(report->intensity.source);
    NOISE(report->intensity.source_short);
    NOISE(report->intensity.kind);
    NOISE(report->intensity.note);
    NOISE(report->suggested_country_name);
    SET(report->suggested_country, "FR");
    report->run.exit_status = 255;
    report->run.duration_ns = INT64_MAX;
    report->run.units = 1e300;
    for (size_t i = 0; i < report->device_count; i++) {
        NOISE(sample->devices[i].device.model);
        NOISE(sample->devices[i].device.note);
        NOISE(sample->devices[i].device.rated_source);
        sample->devices[i].energy = band_relative(1e300, 0.8);
        sample->devices[i].mean_power_watts = 1e300;
        sample->devices[i].coverage_ratio = 1e-9;
        sample->devices[i].gap_seconds = 1e300;
    }
    report->total = band_relative(1e300, 0.5);
    report->others_joules = 1e-300;
    report->operational_gco2e = (struct band){ 1e300, 1e-300, 1e301 };
    report->car_km = 1e300;
    report->tree_seedling_months = 1e300;
    report->sci_gco2e_per_unit = 1e300;
    report->water = (struct water){ { 1e300, 1e300, 1e300 }, 1e300, "given by --wue" };
    report->pue = 1e300;
    for (size_t i = 0; i < ARRAY_LENGTH(sample->tasks); i++) {
        NOISE(sample->tasks[i].name);
        sample->tasks[i].duration_seconds = 1e300;
        sample->tasks[i].energy_joules = 1e300;
        sample->tasks[i].total_gco2e = NAN;
    }
    report->tasks = sample->tasks;
    report->task_count = ARRAY_LENGTH(sample->tasks);
    sample->warnings[0] = sample->warnings[1] = noise;
    report->warnings = sample->warnings;
    report->warning_count = 2;
    sample->missing[0] = noise;
    for (size_t i = 0; i < report->embodied_count; i++) {
        NOISE(sample->embodied[i].source);
        sample->embodied[i].gco2e = (struct band){ 1e300, 0, 1e301 };
    }
    sample->unmade[0] = noise;
}
