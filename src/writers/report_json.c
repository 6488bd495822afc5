/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_json.c - the report as aico2.report/1: its fields are a promise, more may come */
#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/json_words.h"
#include "base/text.h"
#include "model/labels.h"
#include "model/rails.h"
#include "model/units.h"
#include "writers/json_parts.h"
#include "writers/live_parts.h"
#include "writers/version.h"
#include "writers/writer.h"

/* Told apart from whose work it was. */
static bool is_of_source(const char *key)
{
    return strcmp(key, "source") == 0 || strcmp(key, "server") == 0 ||
           strcmp(key, "server_url") == 0;
}

static void add_labels(struct json_out *json, const char *labels)
{
    struct label label;

    json_object_begin(json, "labels");
    while ((labels = labels_next(labels, &label)) != NULL) {
        if (!is_of_source(label.key))
            json_string(json, label.key, label.value);
    }
    json_object_end(json);
}

static void add_run(struct json_out *json, const struct run *run)
{
    json_object_begin(json, "run");
    json_text(json, "id", run->id);
    json_string(json, "name", run->name);
    json_string(json, "stage", run->stage);
    json_words(json, "command", run->command_json);
    json_wall_time(json, "started_at", run->started_wall_ns);
    json_wall_time(json, "ended_at", run->ended_wall_ns);
    json_figure(json, "duration_seconds", seconds_from_ns(run->duration_ns));
    json_figure(json, "cpu_seconds", run->cpu_seconds);
    if (run->exit_status < 0)
        json_null(json, "exit_status");
    else
        json_int(json, "exit_status", run->exit_status);
    json_string(json, "state", run_state_name(run->state));
    json_figure(json, "interval_seconds", seconds_from_ns(run->interval_ns));
    add_labels(json, run->labels);
    json_object_end(json);
}

static void add_bytes(struct json_out *json, const char *key, uint64_t bytes)
{
    if (bytes == 0)
        json_null(json, key);
    else
        json_int(json, key, bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes);
}

static void add_machine(struct json_out *json, const struct report *report)
{
    const struct machine *machine = &report->run.machine;

    json_object_begin(json, "machine");
    json_text(json, "hostname", machine->hostname);
    json_text(json, "os", machine->os);
    json_text(json, "os_release", machine->os_release);
    json_text(json, "arch", machine->arch);
    json_bool(json, "virtualized", machine->virtualized);
    json_object_begin(json, "cpu");
    json_text(json, "model", machine->cpu_model);
    json_int(json, "sockets", machine->sockets);
    json_int(json, "cores", machine->cores);
    json_int(json, "threads", machine->threads);
    json_object_end(json);
    add_bytes(json, "memory_bytes", machine->memory_bytes);
    json_array_begin(json, "gpus");
    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        if (device->kind != DEVICE_GPU)
            continue;
        json_object_begin(json, NULL);
        json_int(json, "index", device->index);
        json_text(json, "uuid", device->uuid);
        json_text(json, "model", device->model);
        add_bytes(json, "memory_bytes", device->memory_bytes);
        json_object_end(json);
    }
    json_array_end(json);
    json_bool(json, "container", machine->container);
    add_bytes(json, "memory_limit_bytes", machine->memory_limit_bytes);
    json_text(json, "chassis", chassis_name(machine->chassis));
    json_object_end(json);
}

static void add_covers(struct json_out *json, const char *rail)
{
    static const struct {
        unsigned cover;
        const char *word;
    } words[] = { { RAIL_CPU, "cpu" },
                  { RAIL_GPU, "gpu" },
                  { RAIL_CV, "cv" },
                  { RAIL_SOC, "soc" },
                  { RAIL_MEMORY, "memory" } };
    unsigned covers = rails_covers(rail);

    json_array_begin(json, "covers");
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if ((covers & words[i].cover) != 0)
            json_string(json, NULL, words[i].word);
    }
    json_array_end(json);
}

/* What lies within a module: its rails. They stand there and not among the devices, so that whoever adds
 * up devices counts nothing twice. */
static void add_parts(struct json_out *json, const struct report *report,
                      const struct report_device *module)
{
    json_array_begin(json, "parts");
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *part = &report->devices[i];

        if (part->device.kind != DEVICE_PART || part->device.index != module->device.index ||
            !device_is_beside(&part->device, &module->device))
            continue;
        json_object_begin(json, NULL);
        json_string(json, "id", part->device.id);
        add_covers(json, part->device.id);
        json_string(json, "reader", part->device.reader);
        json_string(json, "basis", basis_name(part->device.basis));
        json_figure(json, "energy_joules", part->energy.value);
        json_figure(json, "energy_low_joules", part->energy.low);
        json_figure(json, "energy_high_joules", part->energy.high);
        json_figure(json, "job_joules", part->job_joules);
        json_figure(json, "others_joules", part->others_joules);
        json_figure(json, "idle_joules", part->idle_joules);
        json_figure(json, "mean_power_watts", part->mean_power_watts);
        json_figure(json, "peak_power_watts", part->peak_power_watts);
        json_figure(json, "mean_utilization_ratio", part->mean_utilization_ratio);
        json_figure(json, "coverage_ratio", part->coverage_ratio);
        json_text(json, "note", part->device.note);
        json_object_end(json);
    }
    json_array_end(json);
}

static void add_device(struct json_out *json, const struct report *report,
                       const struct report_device *device)
{
    json_object_begin(json, NULL);
    json_string(json, "id", device->device.id);
    json_string(json, "kind", device_kind_name(device->device.kind));
    json_text(json, "model", device->device.model);
    json_string(json, "reader", device->device.reader);
    json_string(json, "basis", basis_name(device->device.basis));
    json_bool(json, "added", report_is_added(device));
    json_figure(json, "energy_joules", device->energy.value);
    json_figure(json, "energy_low_joules", device->energy.low);
    json_figure(json, "energy_high_joules", device->energy.high);
    json_figure(json, "job_joules", device->job_joules);
    json_figure(json, "others_joules", device->others_joules);
    json_figure(json, "idle_joules", device->idle_joules);
    json_figure(json, "idle_share_joules", device->idle_share_joules);
    json_figure(json, "mean_power_watts", device->mean_power_watts);
    json_figure(json, "peak_power_watts", device->peak_power_watts);
    json_figure(json, "mean_utilization_ratio", device->mean_utilization_ratio);
    json_figure(json, "coverage_ratio", device->coverage_ratio);
    json_int(json, "samples", device->samples > INT64_MAX ? INT64_MAX : (int64_t)device->samples);
    json_figure(json, "gap_seconds", device->gap_seconds);
    json_text(json, "note", device->device.note);
    json_figure(json, "idle_power_watts", device->idle_power_watts);
    json_figure(json, "rated_power_watts", device->device.rated_watts);
    json_text(json, "rated_power_source", device->device.rated_source);
    json_figure(json, "operational_gco2e", device->operational_gco2e);
    json_figure(json, "embodied_gco2e", device->embodied_gco2e);
    if (device->device.kind == DEVICE_MODULE)
        add_parts(json, report, device);
    json_object_end(json);
}

/* Who kept what the figures are made of, where it was not this run itself. */
static void add_source(struct json_out *json, const struct run *run)
{
    struct label label;

    if (!labels_get(run->labels, "source", &label)) {
        json_null(json, "source");
        return;
    }
    json_object_begin(json, "source");
    json_string(json, "kind", label.value);
    json_text(json, "server", labels_get(run->labels, "server", &label) ? label.value : "");
    json_text(json, "url", labels_get(run->labels, "server_url", &label) ? label.value : "");
    json_object_end(json);
}

static void add_hosts(struct json_out *json, const struct report *report)
{
    json_array_begin(json, "hosts");
    for (size_t i = 0; i < report->host_count; i++) {
        const struct report_host *host = &report->hosts[i];

        json_object_begin(json, NULL);
        json_text(json, "hostname", host->name);
        json_figure(json, "energy_joules", host->energy.value);
        json_figure(json, "energy_low_joules", host->energy.low);
        json_figure(json, "energy_high_joules", host->energy.high);
        json_figure(json, "measured_ratio", host->measured_ratio);
        json_int(json, "devices", (int64_t)host->device_count);
        json_object_end(json);
    }
    json_array_end(json);
}

static void add_energy(struct json_out *json, const struct report *report)
{
    json_object_begin(json, "energy");
    json_string(json, "scope", scope_name(report->run.scope));
    json_figure(json, "total_joules", report->total.value);
    json_figure(json, "low_joules", report->total.low);
    json_figure(json, "high_joules", report->total.high);
    json_figure(json, "total_kwh", report->total.value / JOULES_PER_KWH);
    json_figure(json, "machine_joules", report->machine_joules);
    json_figure(json, "job_joules", report->job_joules);
    json_figure(json, "others_joules", report->others_joules);
    json_figure(json, "idle_joules", report->idle_joules);
    json_figure(json, "idle_share_joules", report->idle_share_joules);
    json_figure(json, "measured_ratio", report->measured_ratio);
    json_string(json, "idle_policy", idle_policy_name(report->run.idle));
    json_strings(json, "not_counted", report->missing, report->missing_count);
    json_object_end(json);
}

/* Only where a provider was asked. */
static void add_live(struct json_out *json, const struct live *live)
{
    const struct intensity_origin *origin = &live->origin;
    bool known = isfinite(live->known_ratio);

    json_text(json, "provider", known ? origin->provider : "");
    json_text(json, "zone", known ? origin->zone : "");
    json_text(json, "licence", known ? origin->licence : "");
    json_text(json, "live_kind", known ? origin->kind : "");
    json_figure(json, "live_ratio", known ? live->known_ratio : 0);
    json_figure(json, "estimated_ratio", live->estimated_ratio);
    json_figure(json, "forecast_ratio", live->forecast_ratio);
    json_live_chain(json, live);
}

/* Beside the average, and in no total. */
static void add_marginal(struct json_out *json, const struct live_marginal *marginal)
{
    bool known = marginal->known_ratio > 0;

    json_object_begin(json, "marginal");
    json_figure(json, "gco2e_per_kwh", known ? marginal->gco2e_per_kwh.value : (double)NAN);
    json_figure(json, "low", known ? marginal->gco2e_per_kwh.low : (double)NAN);
    json_figure(json, "high", known ? marginal->gco2e_per_kwh.high : (double)NAN);
    json_text(json, "kind", marginal->kind);
    json_figure(json, "live_ratio", marginal->known_ratio);
    json_text(json, "provider", marginal->provider);
    json_text(json, "zone", marginal->zone);
    json_text(json, "source", marginal->source);
    json_text(json, "reason", marginal->reason);
    json_object_end(json);
}

static void add_embodied(struct json_out *json, const struct report *report)
{
    json_array_begin(json, "embodied");
    for (size_t i = 0; i < report->embodied_count; i++) {
        const struct embodied_part *part = &report->embodied[i];

        json_object_begin(json, NULL);
        json_string(json, "component", part->component);
        json_text(json, "device", part->device);
        json_figure(json, "kgco2e", part->kgco2e.value);
        json_figure(json, "kgco2e_low", part->kgco2e.low);
        json_figure(json, "kgco2e_high", part->kgco2e.high);
        json_figure(json, "lifetime_years", part->lifetime_years);
        json_figure(json, "share_ratio", part->share_ratio);
        json_figure(json, "gco2e", part->gco2e.value);
        json_figure(json, "gco2e_low", part->gco2e.low);
        json_figure(json, "gco2e_high", part->gco2e.high);
        json_text(json, "source", part->source);
        json_object_end(json);
    }
    json_array_end(json);
    json_strings(json, "embodied_not_counted", report->unmade, report->unmade_count);
}

static void add_carbon(struct json_out *json, const struct report *report)
{
    const struct intensity *intensity = &report->intensity;

    json_object_begin(json, "carbon");
    json_text(json, "place", intensity->place);
    json_string(json, "place_basis", place_basis_name(intensity->place_basis));
    json_figure(json, "intensity_gco2e_per_kwh", intensity->gco2e_per_kwh.value);
    json_figure(json, "intensity_low", intensity->gco2e_per_kwh.low);
    json_figure(json, "intensity_high", intensity->gco2e_per_kwh.high);
    json_text(json, "intensity_kind", intensity->kind);
    json_text(json, "intensity_source", intensity->source);
    if (intensity->year > 0)
        json_int(json, "intensity_year", intensity->year);
    else
        json_null(json, "intensity_year");
    json_bool(json, "time_matched", report->time_matched);
    json_figure(json, "pue", report->pue);
    json_figure(json, "operational_gco2e", report->operational_gco2e.value);
    json_figure(json, "embodied_gco2e", report->embodied_gco2e.value);
    json_figure(json, "total_gco2e", report->total_gco2e.value);
    json_figure(json, "low_gco2e", report->total_gco2e.low);
    json_figure(json, "high_gco2e", report->total_gco2e.high);
    json_water(json, &report->water);
    json_text(json, "pue_source", report->run.pue_source);
    json_text(json, "place_name", intensity->name);
    json_text(json, "intensity_quality", intensity->quality);
    json_text(json, "intensity_note", intensity->note);
    json_figure(json, "operational_low_gco2e", report->operational_gco2e.low);
    json_figure(json, "operational_high_gco2e", report->operational_gco2e.high);
    json_figure(json, "embodied_low_gco2e", report->embodied_gco2e.low);
    json_figure(json, "embodied_high_gco2e", report->embodied_gco2e.high);
    add_embodied(json, report);
    json_text(json, "suggested_country", report->suggested_country);
    json_market(json, &report->market);
    if (report->live.asked)
        add_live(json, &report->live);
    if (report->marginal.asked)
        add_marginal(json, &report->marginal);
    json_object_end(json);
}

static void add_picture(struct json_out *json, const struct equivalent *picture)
{
    json_array_begin(json, "others");
    if (picture->count >= 1) {
        json_object_begin(json, NULL);
        json_string(json, "key", picture->key);
        json_string(json, "what", picture->many);
        json_figure(json, "count", picture->count);
        json_figure(json, "gco2e_each", picture->gco2e_each);
        json_string(json, "source", picture->source);
        json_object_end(json);
    }
    json_array_end(json);
}

static void add_sci(struct json_out *json, const struct report *report)
{
    const struct run *run = &report->run;

    if (!isfinite(run->units) || run->unit[0] == '\0') {
        json_null(json, "sci");
        return;
    }
    json_object_begin(json, "sci");
    json_string(json, "unit", run->unit);
    json_figure(json, "units", run->units);
    json_figure(json, "gco2e_per_unit", report->sci_gco2e_per_unit);
    json_figure(json, "low_gco2e_per_unit", report->total_gco2e.low / run->units);
    json_figure(json, "high_gco2e_per_unit", report->total_gco2e.high / run->units);
    json_string(json, "role", run_sci_role(run->stage));
    json_string(json, "boundary",
                run->scope == SCOPE_JOB
                    ? "the job's share of the devices listed and of making what is listed"
                    : "the devices listed and the making of what is listed");
    json_figure(json, "energy_kwh", report->total.value * report->pue / JOULES_PER_KWH);
    json_text(json, "energy_source",
              report->measured_ratio >= 1   ? "measured"
              : report->measured_ratio > 0  ? "measured and modelled"
              : report->measured_ratio >= 0 ? "modelled"
                                            : "");
    json_figure(json, "intensity_gco2e_per_kwh", report->intensity.gco2e_per_kwh.value);
    json_text(json, "intensity_source", report->intensity.source);
    json_figure(json, "embodied_gco2e", report->embodied_gco2e.value);
    json_object_end(json);
}

/* Savings below 0 cost more. */
static void add_wait(struct json_out *json, const struct report *report)
{
    const struct run_wait *wait = &report->wait;

    if (wait->asked_wall_ns <= 0) {
        json_null(json, "wait");
        return;
    }
    json_object_begin(json, "wait");
    json_wall_time(json, "asked_at", wait->asked_wall_ns);
    json_figure(json, "seconds",
                seconds_from_ns(report->run.started_wall_ns - wait->asked_wall_ns));
    json_double(json, "expected_saving_ratio", wait->expected_ratio);
    json_double(json, "saving_ratio", wait->saving_ratio);
    json_object_end(json);
}

static void add_tasks(struct json_out *json, const struct report *report)
{
    json_array_begin(json, "tasks");
    for (size_t i = 0; i < report->task_count; i++) {
        const struct report_task *task = &report->tasks[i];

        if (task->name[0] == '\0')
            continue;
        json_object_begin(json, NULL);
        json_string(json, "name", task->name);
        json_figure(json, "start_seconds", task->start_seconds);
        json_figure(json, "duration_seconds", task->duration_seconds);
        json_figure(json, "energy_joules", task->energy_joules);
        json_figure(json, "total_gco2e", task->total_gco2e);
        json_object_end(json);
    }
    json_array_end(json);
}

static void add_prediction(struct json_out *json, const struct report *report)
{
    static const char *const bases[] = { [PREDICTION_FIRST_EPOCH] = "first-epoch",
                                         [PREDICTION_STEADY_EPOCHS] = "steady-epochs",
                                         [PREDICTION_MEASURED] = "measured" };
    const struct report_prediction *prediction = &report->prediction;

    if (prediction->basis == PREDICTION_NONE) {
        json_null(json, "prediction");
        return;
    }
    json_object_begin(json, "prediction");
    json_string(json, "basis", bases[prediction->basis]);
    json_figure(json, "epochs", prediction->epochs);
    json_figure(json, "epochs_done", prediction->epochs_done);
    json_figure(json, "at_seconds", prediction->at_seconds);
    json_int(json, "steady_tasks", (int64_t)prediction->steady_tasks);
    if (prediction->validations > 0) {
        json_figure(json, "validations", prediction->validations);
        json_figure(json, "validations_done", prediction->validations_done);
        json_figure(json, "validation_energy_joules", prediction->validation_joules.value);
        json_figure(json, "validation_energy_low_joules", prediction->validation_joules.low);
        json_figure(json, "validation_energy_high_joules", prediction->validation_joules.high);
        json_figure(json, "validation_duration_seconds", prediction->validation_seconds.value);
    }
    json_figure(json, "energy_joules", prediction->energy_joules.value);
    json_figure(json, "energy_low_joules", prediction->energy_joules.low);
    json_figure(json, "energy_high_joules", prediction->energy_joules.high);
    json_figure(json, "duration_seconds", prediction->duration_seconds.value);
    json_figure(json, "duration_low_seconds", prediction->duration_seconds.low);
    json_figure(json, "duration_high_seconds", prediction->duration_seconds.high);
    json_figure(json, "total_gco2e", prediction->total_gco2e.value);
    json_figure(json, "low_gco2e", prediction->total_gco2e.low);
    json_figure(json, "high_gco2e", prediction->total_gco2e.high);
    json_object_end(json);
}

static void add_budget(struct json_out *json, const struct report *report)
{
    const struct report_budget *budget = &report->budget;

    if (budget->unit[0] == '\0') {
        json_null(json, "budget");
        return;
    }
    json_object_begin(json, "budget");
    json_string(json, "given", report->training.budget);
    json_string(json, "unit", budget->unit);
    json_figure(json, "amount", budget->amount);
    json_figure(json, "used", budget->used);
    json_figure(json, "predicted", budget->predicted);
    json_string(json, "action", report->training.budget_action);
    json_string(json, "state", report->training.budget_state);
    json_object_end(json);
}

static void add_overhead(struct json_out *json, const struct report *report)
{
    const struct run *run = &report->run;

    json_object_begin(json, "overhead");
    json_figure(json, "cpu_seconds", run->own_cpu_seconds);
    json_figure(json, "energy_joules", report->own_energy.value);
    json_figure(json, "low_joules", report->own_energy.low);
    json_figure(json, "high_joules", report->own_energy.high);
    if (run->own_max_rss_bytes > 0)
        json_int(json, "max_rss_bytes", (int64_t)(run->own_max_rss_bytes & INT64_MAX));
    else
        json_null(json, "max_rss_bytes");
    json_int(json, "late_ticks", (int64_t)(run->late_ticks & INT64_MAX));
    json_object_end(json);
}

void write_report_object(struct json_out *json, const struct report *report)
{
    json_object_begin(json, NULL);
    json_string(json, "schema", "aico2.report/1");
    json_string(json, "aico2_version", AICO2_VERSION);
    add_run(json, &report->run);
    add_machine(json, report);
    add_source(json, &report->run);
    add_hosts(json, report);
    json_array_begin(json, "devices");
    for (size_t i = 0; i < report->device_count; i++) {
        if (report->devices[i].device.kind != DEVICE_PART)
            add_device(json, report, &report->devices[i]);
    }
    json_array_end(json);
    add_energy(json, report);
    add_carbon(json, report);
    json_cost(json, &report->cost);
    add_sci(json, report);
    add_wait(json, report);
    json_object_begin(json, "equivalents");
    json_figure(json, "car_km", report->car_km);
    json_figure(json, "tree_seedling_months", report->tree_seedling_months);
    add_picture(json, &report->picture);
    json_object_end(json);
    add_tasks(json, report);
    add_prediction(json, report);
    add_budget(json, report);
    add_overhead(json, report);
    json_strings(json, "warnings", report->warnings, report->warning_count);
    if (report->measured_by > 0)
        json_int(json, "measured_by", report->measured_by);
    if (report->recomputed_from[0] != '\0')
        json_string(json, "recomputed_from", report->recomputed_from);
    json_object_end(json);
}

void write_report_json(struct strbuf *out, const struct report *report)
{
    struct json_out json;

    json_out_init(&json, out);
    write_report_object(&json, report);
}
