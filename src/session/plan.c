/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session/plan.c - how a device is metered, with what rating and band, and what stands in for it
 *
 * Bands are twice the 1-sigma figures of the literature (METHODOLOGY.md, section 4).
 */
#include "session/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "catalog/hardware.h"

/* What a counter is believed by when nobody says what the device may draw. */
static const double UNKNOWN_PACKAGE_WATTS = 400;
static const double UNKNOWN_DRAM_WATTS = 200;
static const double UNKNOWN_MACHINE_WATTS = 4000;
static const double UNKNOWN_GPU_WATTS = 700;
/* A GPU by utilisation x limit: +-35 % (1 sigma). */
static const double GPU_MODEL_BAND = 0.70;
/* Graphics of a module without a meter: their half of its budget is nobody's figure, and they may draw
 * next to nothing or next to all of it. */
static const double UNKNOWN_MODULE_WATTS = 15;
static const double INTEGRATED_RATIO = 0.5;
static const double INTEGRATED_IDLE_RATIO = 0.05;
static const double INTEGRATED_BAND = 1.0;
/* A battery's meter: +-15 % (1 sigma) by its reader, +-5 % over 5 minutes or more. */
static const double BATTERY_LONG_BAND = 0.10;
static const double BATTERY_LONG_SECONDS = 300;

static void copy(char *target, size_t size, const char *text)
{
    (void)snprintf(target, size, "%s", text);
}

static void find_cpu(const struct device *device, const struct machine *machine,
                     struct cpu_facts *facts)
{
    const struct cpu_query query = {
        .model_name = machine->cpu_model,
        .vendor_id = machine->cpu_vendor,
        .family = machine->cpu_family,
        .model_number = machine->cpu_model_number,
        .arm_implementer = machine->arm_implementer,
        .arm_part = machine->arm_part,
        .threads = device->threads > 0 ? (int)device->threads : machine->threads,
        .virtualized = machine->virtualized,
    };

    catalog_cpu_find(&query, facts);
}

static void set_curve(struct power_model *model, const struct cpu_facts *facts)
{
    *model = (struct power_model){
        .idle_watts = facts->idle_watts,
        .full_watts = facts->full_watts,
        .count = facts->curve.count < METER_CURVE_MAX ? facts->curve.count : METER_CURVE_MAX,
    };
    for (size_t i = 0; i < model->count; i++) {
        model->load_ratio[i] = facts->curve.load_ratio[i];
        model->shape[i] = facts->curve.shape[i];
    }
}

static void apply_cpu_model(struct device *device, const struct machine *machine,
                            const struct cpu_facts *facts, char *warning, size_t size)
{
    device->basis = facts->basis;
    if (device->model[0] == '\0')
        copy(device->model, sizeof(device->model),
             machine->cpu_model[0] != '\0' ? machine->cpu_model : "unknown CPU");
    device->rated_watts = facts->tdp_watts * facts->host_share;
    device->idle_watts = facts->idle_watts;
    device->max_watts = facts->full_watts;
    device->band_ratio = facts->band_ratio;
    device->host_share = facts->host_share;
    copy(device->rated_source, sizeof(device->rated_source), facts->source);
    copy(device->note, sizeof(device->note), facts->note);
    warning[0] = '\0';
    if (facts->basis == BASIS_ASSUMED)
        (void)snprintf(warning, size,
                       "CPU model '%s' is not in the table: power is assumed (%s)%s%s",
                       machine->cpu_model, facts->source,
                       facts->nearest[0] != '\0' ? "; nearest: " : "", facts->nearest);
}

void plan_cpu_modelled(struct device *device, const struct machine *machine, struct plan *plan_out)
{
    struct cpu_facts facts;

    find_cpu(device, machine, &facts);
    *plan_out = (struct plan){ .method = METER_BUSY, .fallback = METER_NONE };
    apply_cpu_model(device, machine, &facts, plan_out->warning, sizeof(plan_out->warning));
    set_curve(&plan_out->model, &facts);
}

void plan_cpu_measured(struct device *device, const struct machine *machine, struct plan *plan_out)
{
    struct cpu_facts facts;

    find_cpu(device, machine, &facts);
    *plan_out = (struct plan){ .method = METER_COUNTER, .fallback = METER_BUSY };
    if ((device->fields & SAMPLE_ENERGY) ==
        0) /* watts are watts: no counter that could stand still */
        *plan_out = (struct plan){ .method = METER_POWER, .fallback = METER_NONE };
    if (device->model[0] == '\0')
        copy(device->model, sizeof(device->model), machine->cpu_model);
    plan_out->fallback_device = *device;
    apply_cpu_model(&plan_out->fallback_device, machine, &facts, plan_out->warning,
                    sizeof(plan_out->warning));
    plan_out->warning[0] = '\0'; /* a measured device needs no model */
    copy(plan_out->fallback_device.note, sizeof(plan_out->fallback_device.note),
         device->relayed ? "the RAPL counter, told once a second, did not move: modelled"
                         : "the RAPL counter does not move: modelled");
    set_curve(&plan_out->model, &facts);

    if (!(device->rated_watts > 0)) {
        device->rated_watts =
            facts.basis == BASIS_MODELLED ? facts.tdp_watts : UNKNOWN_PACKAGE_WATTS;
        copy(device->rated_source, sizeof(device->rated_source), facts.source);
    }
    device->idle_watts = facts.idle_watts;
    device->max_watts = facts.full_watts;
}

void plan_tell_unread(struct device *device)
{
    copy(device->note, sizeof(device->note),
         device->relayed ? "the RAPL counter, told once a second, was not read twice: modelled"
                         : "the RAPL counter was not read twice: modelled");
}

void plan_dram(struct device *device, const struct machine *machine, struct plan *plan_out)
{
    struct memory_facts facts;

    *plan_out = (struct plan){
        .method = (device->fields & SAMPLE_ENERGY) != 0 ? METER_COUNTER : METER_POWER,
        .fallback = METER_NONE,
    };
    if (!(device->rated_watts > 0))
        device->burst_watts = UNKNOWN_DRAM_WATTS;
    if (device->memory_bytes == 0)
        device->memory_bytes =
            machine->memory_bytes / (uint64_t)(machine->sockets > 0 ? machine->sockets : 1);
    if (isfinite(device->idle_watts) || device->memory_bytes == 0)
        return;
    catalog_memory_find(device->memory_bytes, strcmp(machine->arch, "aarch64") == 0, &facts);
    device->idle_watts = facts.idle_watts;
}

/* What its power mode allows, where the reader does not know. */
static void rate_module(struct device *device)
{
    struct module_facts facts;

    if (device->rated_watts > 0 || device->product[0] == '\0' ||
        !catalog_module_find(device->product, device->power_mode, &facts))
        return;
    device->rated_watts = facts.watts;
    copy(device->rated_source, sizeof(device->rated_source), facts.source);
}

void plan_metered(struct device *device, struct plan *plan_out)
{
    *plan_out = (struct plan){ .method = METER_NONE, .fallback = METER_NONE };
    if ((device->fields & SAMPLE_ENERGY) != 0)
        plan_out->method = METER_COUNTER;
    else if ((device->fields & SAMPLE_POWER) != 0)
        plan_out->method = METER_POWER;
    if (device->kind == DEVICE_MODULE)
        rate_module(device);
    if (!(device->rated_watts > 0))
        device->burst_watts = UNKNOWN_MACHINE_WATTS;
}

void plan_settle_board(struct device *device, double covered_seconds)
{
    if (strcmp(device->reader, "battery") == 0 && covered_seconds >= BATTERY_LONG_SECONDS)
        device->band_ratio = fmin(device->band_ratio, BATTERY_LONG_BAND);
}

/* The modules of a virtual machine are its hypervisor's invention. */
static void find_memory(const struct device *device, const struct machine *machine,
                        struct memory_facts *facts)
{
    uint64_t installed = memory_modules_bytes(&device->modules);

    if (installed > 0 && !machine->virtualized)
        catalog_memory_modules_find(&device->modules,
                                    fmin((double)device->memory_bytes / (double)installed, 1),
                                    facts);
    else
        catalog_memory_find(device->memory_bytes,
                            strcmp(machine->arch, "aarch64") == 0 && !machine->virtualized, facts);
}

void plan_memory(struct device *device, const struct machine *machine, double share_ratio,
                 struct plan *plan_out)
{
    struct memory_facts facts;
    char note[96];

    *plan_out = (struct plan){ .method = METER_UTILIZATION, .fallback = METER_NONE };
    if (share_ratio < 1) {
        device->memory_bytes = (uint64_t)((double)device->memory_bytes * share_ratio);
        (void)snprintf(note, sizeof(note),
                       "the %.0f %% of the memory whose sockets have no counter for it",
                       share_ratio * 100);
        text_append_note(device->note, sizeof(device->note), note);
    }
    find_memory(device, machine, &facts);
    device->basis = BASIS_MODELLED;
    device->idle_watts = facts.idle_watts;
    device->max_watts = facts.active_watts;
    device->rated_watts = facts.active_watts;
    device->band_ratio = facts.band_ratio;
    copy(device->rated_source, sizeof(device->rated_source), facts.source);
    plan_out->model =
        (struct power_model){ .idle_watts = facts.idle_watts, .full_watts = facts.active_watts };
}

/* Where utilisation is all there is: between the catalog's idle power and the limit. */
static void apply_gpu_model(struct device *device, const struct gpu_facts *facts)
{
    bool limit_told = strncmp(device->rated_source, "driver", 6) == 0;

    device->basis = facts->basis == BASIS_ASSUMED && !limit_told ? BASIS_ASSUMED : BASIS_MODELLED;
    device->max_watts = device->rated_watts;
    device->band_ratio = GPU_MODEL_BAND;
    if (!limit_told && facts->band_ratio > GPU_MODEL_BAND)
        device->band_ratio = facts->band_ratio;
    if (device->note[0] == '\0')
        copy(device->note, sizeof(device->note), facts->note);
}

static void warn_of_gpu_model(const struct device *device, const struct gpu_facts *facts,
                              struct plan *plan)
{
    if (facts->basis == BASIS_ASSUMED)
        (void)snprintf(plan->warning, sizeof(plan->warning),
                       "GPU model '%s' is not in the table: its power is %s (%s)%s%s",
                       device->model, basis_name(device->basis), device->rated_source,
                       facts->nearest[0] != '\0' ? "; nearest: " : "", facts->nearest);
}

/* A counter that never moves: the next best that this GPU can tell. */
static void plan_gpu_fallback(const struct device *device, const struct gpu_facts *facts,
                              struct plan *plan)
{
    plan->fallback_device = *device;
    plan->fallback_device.note[0] = '\0';
    if ((device->fields & SAMPLE_POWER) != 0) {
        plan->fallback = METER_POWER;
        copy(plan->fallback_device.note, sizeof(plan->fallback_device.note),
             "the energy counter does not move: integrated from power readings");
    } else if ((device->fields & SAMPLE_UTILIZATION) != 0) {
        plan->fallback = METER_UTILIZATION;
        apply_gpu_model(&plan->fallback_device, facts);
        copy(plan->fallback_device.note, sizeof(plan->fallback_device.note),
             "the energy counter does not move: modelled from utilisation");
    }
    /* what else there is to say of it stays true */
    text_append_note(plan->fallback_device.note, sizeof(plan->fallback_device.note), device->note);
}

/* A card of which only the ids are known, "AMD GPU [1002:744c]", is called what the table calls it. */
static void name_gpu(struct device *device, const struct gpu_facts *facts)
{
    const char *ids = strstr(device->model, " GPU [");
    char named[sizeof(device->model)];

    if (ids == NULL || facts->name[0] == '\0')
        return;
    (void)snprintf(named, sizeof(named), "%.*s %.100s", (int)(ids - device->model), device->model,
                   facts->name);
    copy(device->model, sizeof(device->model), named);
}

/* Graphics within a module that nobody meters: half of what the module may draw. */
static void plan_integrated(struct device *device, struct plan *plan_out)
{
    struct module_facts facts = { .watts = UNKNOWN_MODULE_WATTS, .source = "default" };

    (void)catalog_module_find(device->product, device->power_mode, &facts);
    device->basis = BASIS_ASSUMED;
    device->rated_watts = device->max_watts = INTEGRATED_RATIO * facts.watts;
    device->idle_watts = INTEGRATED_IDLE_RATIO * device->rated_watts;
    device->band_ratio = INTEGRATED_BAND;
    (void)snprintf(device->rated_source, sizeof(device->rated_source), "half of %.80s",
                   facts.source);
    *plan_out = (struct plan){
        .method = METER_UTILIZATION,
        .fallback = METER_NONE,
        .model = { .idle_watts = device->idle_watts, .full_watts = device->rated_watts },
    };
}

void plan_gpu(struct device *device, struct plan *plan_out)
{
    struct gpu_facts facts;

    if (device->product[0] != '\0') {
        plan_integrated(device, plan_out);
        return;
    }
    catalog_gpu_find(device->model, device->memory_bytes, &facts);
    name_gpu(device, &facts);
    *plan_out = (struct plan){ .method = METER_NONE, .fallback = METER_NONE };
    if (!(device->rated_watts > 0)) {
        device->rated_watts = facts.board_watts > 0 ? facts.board_watts : UNKNOWN_GPU_WATTS;
        copy(device->rated_source, sizeof(device->rated_source), facts.source);
        if (facts.basis == BASIS_ASSUMED)
            device->burst_watts = 2 * UNKNOWN_GPU_WATTS; /* no ground to doubt a counter on */
    }
    device->idle_watts = fmin(facts.idle_watts, device->rated_watts);
    plan_out->model =
        (struct power_model){ .idle_watts = device->idle_watts, .full_watts = device->rated_watts };
    if ((device->fields & SAMPLE_ENERGY) != 0) {
        plan_out->method = METER_COUNTER;
        plan_gpu_fallback(device, &facts, plan_out);
    } else if ((device->fields & SAMPLE_POWER) != 0) {
        plan_out->method = METER_POWER;
    } else if ((device->fields & SAMPLE_UTILIZATION) != 0) {
        plan_out->method = METER_UTILIZATION;
        apply_gpu_model(device, &facts);
        warn_of_gpu_model(device, &facts, plan_out);
    }
}
