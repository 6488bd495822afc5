/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate.c - a footprint from hardware, time and place, without measuring */
#include "session/estimate.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "carbon/footprint.h"
#include "catalog/hardware.h"
#include "model/units.h"

enum { PARTS_MAX = 3 };

/* One kind of device that is counted. */
struct part {
    enum device_kind kind;
    double count;
    double watts; /* of one, at full load */
    double band_ratio;
    const char *model;
    uint64_t memory_bytes;
};

struct parts {
    struct part items[PARTS_MAX];
    size_t count;
};

static void AICO2_PRINTF(2, 3) assume(struct estimate *estimate, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)lines_add_va(&estimate->assumptions, &estimate->assumption_count, format, arguments);
    va_end(arguments);
}

static void AICO2_PRINTF(2, 3) warn(struct estimate *estimate, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)lines_add_va(&estimate->warnings, &estimate->warning_count, format, arguments);
    va_end(arguments);
}

static void warn_unknown(struct estimate *estimate, const char *what, const char *name,
                         const char *nearest, const char *source)
{
    char clean[CATALOG_NAME_SIZE];

    text_copy_clean(clean, sizeof(clean), name);
    warn(estimate, "%s '%s' is not in the table: power is assumed (%s)%s%s", what, clean, source,
         nearest[0] != '\0' ? "; nearest: " : "", nearest);
}

/* The report's power fields speak of the first device named: the GPU where there is one. */
static void describe_power(struct estimate *estimate, const struct estimate_query *query,
                           const struct part *part, enum basis basis, const char *name,
                           const char *source)
{
    if (isfinite(query->power_watts)) {
        estimate->power_basis = POWER_OPTION;
        (void)snprintf(estimate->power_source, sizeof(estimate->power_source), "given by --power");
    } else {
        estimate->power_basis = basis == BASIS_ASSUMED ? POWER_ASSUMED : POWER_TABLE;
        (void)snprintf(estimate->power_source, sizeof(estimate->power_source), "%s", source);
    }
    (void)snprintf(estimate->power_model, sizeof(estimate->power_model), "%s", name);
    estimate->power_watts = part->watts;
}

static void assume_part(struct estimate *estimate, const char *kind, const struct part *part,
                        const char *name, const char *note)
{
    bool noted = part->band_ratio > 0 && note[0] != '\0'; /* of the table's watts, not of --power */

    assume(estimate, "%.0f %s%s of %.6g W at full load: %s%s%s", part->count, kind,
           part->count > 1 ? "s" : "", part->watts, name[0] != '\0' ? name : "of unknown model",
           noted ? "; " : "", noted ? note : "");
}

static void add_gpu(struct estimate *estimate, const struct estimate_query *query,
                    struct parts *parts)
{
    struct part *part = &parts->items[parts->count++];
    struct gpu_facts facts;

    catalog_gpu_find(query->gpu, 0, &facts);
    *part = (struct part){
        .kind = DEVICE_GPU,
        .count = (double)query->count,
        .watts = isfinite(query->power_watts) ? query->power_watts : facts.typical_watts,
        .band_ratio = isfinite(query->power_watts) ? 0 : facts.band_ratio,
        .model = query->gpu,
        .memory_bytes = facts.memory_gib > 0 ? (uint64_t)(facts.memory_gib * BYTES_PER_GIB) : 0,
    };
    if (!isfinite(query->power_watts) && facts.basis == BASIS_ASSUMED)
        warn_unknown(estimate, "GPU", query->gpu, facts.nearest, facts.source);
    describe_power(estimate, query, part, facts.basis, facts.name, facts.source);
    assume_part(estimate, "GPU", part, facts.name, facts.note);
    if (facts.devices > 1)
        assume(estimate, "a board of this GPU counts as %d devices, as the driver shows them",
               facts.devices);
}

static void add_cpu(struct estimate *estimate, const struct estimate_query *query,
                    struct parts *parts)
{
    const struct cpu_query cpu = {
        .model_name = query->cpu,
        .family = -1,
        .model_number = -1,
        .arm_implementer = -1,
        .arm_part = -1,
    };
    bool own_power = isfinite(query->power_watts) && query->gpu == NULL;
    struct part *part = &parts->items[parts->count++];
    struct cpu_facts facts;

    catalog_cpu_find(&cpu, &facts);
    *part = (struct part){
        .kind = DEVICE_CPU,
        .count = query->gpu == NULL ? (double)query->count : 1,
        .watts = own_power ? query->power_watts : facts.tdp_watts,
        .band_ratio = own_power ? 0 : facts.band_ratio,
        .model = query->cpu,
    };
    if (!own_power && facts.basis == BASIS_ASSUMED)
        warn_unknown(estimate, "CPU", query->cpu, facts.nearest, facts.source);
    if (query->gpu == NULL)
        describe_power(estimate, query, part, facts.basis, facts.name, facts.source);
    assume_part(estimate, "CPU", part, facts.name, facts.note);
}

static void add_memory(struct estimate *estimate, const struct estimate_query *query,
                       struct parts *parts)
{
    uint64_t bytes = (uint64_t)(query->memory_gib * BYTES_PER_GIB);
    struct part *part = &parts->items[parts->count++];
    struct memory_facts facts;

    catalog_memory_find(bytes, false, &facts);
    *part = (struct part){
        .kind = DEVICE_MEMORY,
        .count = 1,
        .watts = facts.active_watts,
        .band_ratio = facts.band_ratio,
        .model = "",
        .memory_bytes = bytes,
    };
    assume(estimate, "%.6g GiB of memory of %.3g W, whatever the utilisation: %s",
           query->memory_gib, part->watts, facts.source);
    if (query->gpu == NULL && query->cpu == NULL) {
        estimate->power_watts = part->watts;
        estimate->power_basis = POWER_TABLE;
        (void)snprintf(estimate->power_source, sizeof(estimate->power_source), "%s", facts.source);
    }
}

static void add_unnamed(struct estimate *estimate, const struct estimate_query *query,
                        struct parts *parts)
{
    struct part *part = &parts->items[parts->count++];

    *part = (struct part){ .kind = DEVICE_OTHER,
                           .count = (double)query->count,
                           .watts = query->power_watts,
                           .model = "" };
    describe_power(estimate, query, part, BASIS_MODELLED, "", "");
    assume(estimate, "%.0f device%s of %.6g W at full load", part->count,
           part->count > 1 ? "s" : "", part->watts);
}

static void add_embodied(struct estimate *estimate, const struct estimate_query *query,
                         const struct parts *parts)
{
    estimate->embodied_gco2e = BAND_NONE;
    if (!query->embodied)
        return;
    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->items[i];
        struct embodied_facts facts;
        struct band grams;

        if (!catalog_embodied_find(part->kind, part->model, part->memory_bytes, 1, &facts))
            continue;
        grams = footprint_embodied((struct band){ facts.kgco2e, facts.kg_low, facts.kg_high },
                                   isfinite(query->lifetime_years) ? query->lifetime_years
                                                                   : facts.lifetime_years,
                                   query->hours * 3600, part->count);
        /* no figure for any device is not 0 grams */
        if (!band_is_known(estimate->embodied_gco2e))
            estimate->embodied_gco2e = (struct band){ 0 };
        estimate->embodied_gco2e = band_sum(estimate->embodied_gco2e, grams);
        assume(estimate, "making %s: %.4g kgCO2e (%.4g ... %.4g), spread over %.3g years: %s",
               part->kind == DEVICE_GPU   ? "a GPU"
               : part->kind == DEVICE_CPU ? "a CPU"
                                          : "the memory",
               facts.kgco2e, facts.kg_low, facts.kg_high,
               isfinite(query->lifetime_years) ? query->lifetime_years : facts.lifetime_years,
               facts.source);
    }
}

static void add_energy(struct estimate *estimate, const struct estimate_query *query,
                       const struct parts *parts)
{
    struct class_part bands[PARTS_MAX];
    struct band joules;

    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->items[i];
        double utilization = part->kind == DEVICE_MEMORY ? 1 : query->utilization;

        bands[i] = (struct class_part){
            .kind = part->kind,
            .part = band_relative(part->count * part->watts * utilization * query->hours * 3600,
                                  part->band_ratio),
        };
    }
    joules = footprint_add_bands(bands, parts->count);
    estimate->it_energy_kwh = kwh_from_joules(joules.value);
    estimate->energy_kwh = band_scaled(joules, query->pue / JOULES_PER_KWH);
    estimate->operational_gco2e =
        footprint_operational(joules, query->pue, query->intensity.gco2e_per_kwh);
    estimate->total_gco2e = estimate->operational_gco2e;
    if (band_is_known(estimate->embodied_gco2e))
        estimate->total_gco2e = band_sum(estimate->total_gco2e, estimate->embodied_gco2e);
}

static void assume_use(struct estimate *estimate, const struct estimate_query *query)
{
    const struct intensity *intensity = &query->intensity;
    const char *hours = query->hours == 1 ? "hour" : "hours";

    if (query->utilization >= 1)
        assume(estimate, "%.6g %s at full load all the time", query->hours, hours);
    else
        assume(estimate, "%.6g %s at %.6g %% of full load, power being linear in it", query->hours,
               hours, query->utilization * 100);
    assume(estimate, query->pue > 1 ? "PUE %.6g of the building" : "PUE %.6g: nothing for cooling",
           query->pue);
    if (intensity->name[0] != '\0')
        assume(estimate, "%s: %.4g gCO2e/kWh, %s", intensity->name, intensity->gco2e_per_kwh.value,
               intensity->source);
    else
        assume(estimate, "%.4g gCO2e/kWh as given", intensity->gco2e_per_kwh.value);
}

int estimate_make(const struct estimate_query *query, struct estimate *estimate_out,
                  struct aico2_error *err)
{
    struct estimate estimate = { .intensity = query->intensity, .pue = query->pue };
    struct parts parts = { .count = 0 };
    bool memory = isfinite(query->memory_gib) && query->memory_gib > 0;

    if (query->gpu == NULL && query->cpu == NULL && !memory && !isfinite(query->power_watts))
        return aico2_error_set(err, -EINVAL,
                               "no device: name one by --gpu NAME, --cpu NAME, "
                               "--memory-gib G or --power W");
    if (!isfinite(query->hours))
        return aico2_error_set(err, -EINVAL, "no time: give it by --hours H");

    if (query->gpu != NULL)
        add_gpu(&estimate, query, &parts);
    if (query->cpu != NULL)
        add_cpu(&estimate, query, &parts);
    if (query->gpu == NULL && query->cpu == NULL && isfinite(query->power_watts))
        add_unnamed(&estimate, query, &parts);
    if (memory)
        add_memory(&estimate, query, &parts);

    assume_use(&estimate, query);
    add_embodied(&estimate, query, &parts);
    add_energy(&estimate, query, &parts);
    assume(&estimate, "not counted: every device that is not named, fans, disks, network, "
                      "power-supply loss");
    *estimate_out = estimate;
    return 0;
}

void estimate_deinit(struct estimate *estimate)
{
    lines_free(estimate->assumptions, estimate->assumption_count);
    lines_free(estimate->warnings, estimate->warning_count);
    *estimate = (struct estimate){ 0 };
}
