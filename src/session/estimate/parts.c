/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate/parts.c - the devices of an estimate and what the tables know of them */
#include "session/estimate/parts.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/lines.h"
#include "base/text.h"
#include "catalog/hardware.h"
#include "model/units.h"

void estimate_assume(struct estimate *estimate, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)lines_add_va(&estimate->assumptions, &estimate->assumption_count, format, arguments);
    va_end(arguments);
}

static void warn_unknown(struct estimate *estimate, const char *what, const char *name,
                         const char *nearest, const char *source)
{
    char clean[CATALOG_NAME_SIZE];

    text_copy_clean(clean, sizeof(clean), name);
    (void)lines_add(&estimate->warnings, &estimate->warning_count,
                    "%s '%s' is not in the table: power is assumed (%s)%s%s", what, clean, source,
                    nearest[0] != '\0' ? "; nearest: " : "", nearest);
}

static void describe(struct estimate_part *part, const struct estimate_device *device,
                     enum basis basis, const char *name, const char *source)
{
    if (isfinite(device->watts)) {
        part->power_basis = POWER_OPTION;
        source = "given by --power";
    } else {
        part->power_basis = basis == BASIS_ASSUMED ? POWER_ASSUMED : POWER_TABLE;
    }
    (void)snprintf(part->power_source, sizeof(part->power_source), "%s", source);
    (void)snprintf(part->model, sizeof(part->model), "%s", name);
}

static void assume_part(struct estimate *estimate, const char *kind,
                        const struct estimate_part *part, const struct part_facts *facts,
                        const struct estimate_device *device, const char *note)
{
    bool noted = facts->band_ratio > 0 && note[0] != '\0'; /* of the table's watts, not of ours */
    char used[48] = "";

    if (isfinite(device->utilization))
        (void)snprintf(used, sizeof(used), ", used at %.6g %%", device->utilization * 100);
    estimate_assume(estimate, "%.0f %s%s of %.6g W at full load%s: %s%s%s", part->count, kind,
                    part->count > 1 ? "s" : "", part->power_watts, used,
                    part->model[0] != '\0' ? part->model : "of unknown model", noted ? "; " : "",
                    noted ? note : "");
}

static void add_gpu(struct estimate *estimate, struct estimate_part *part, struct part_facts *own,
                    const struct estimate_device *device)
{
    bool given = isfinite(device->watts);
    struct gpu_facts facts;

    catalog_gpu_find(device->name, 0, &facts);
    part->power_watts = given ? device->watts : facts.typical_watts;
    own->band_ratio = given ? 0 : facts.band_ratio;
    own->memory_bytes = facts.memory_gib > 0 ? (uint64_t)(facts.memory_gib * BYTES_PER_GIB) : 0;
    if (!given && facts.basis == BASIS_ASSUMED)
        warn_unknown(estimate, "GPU", device->name, facts.nearest, facts.source);
    describe(part, device, facts.basis, facts.name, facts.source);
    assume_part(estimate, "GPU", part, own, device, facts.note);
    if (facts.devices > 1)
        estimate_assume(estimate,
                        "a board of this GPU counts as %d devices, as the driver shows them",
                        facts.devices);
}

static void add_cpu(struct estimate *estimate, struct estimate_part *part, struct part_facts *own,
                    const struct estimate_device *device)
{
    const struct cpu_query cpu = {
        .model_name = device->name,
        .family = -1,
        .model_number = -1,
        .arm_implementer = -1,
        .arm_part = -1,
    };
    bool given = isfinite(device->watts);
    struct cpu_facts facts;

    catalog_cpu_find(&cpu, &facts);
    part->power_watts = given ? device->watts : facts.tdp_watts;
    own->band_ratio = given ? 0 : facts.band_ratio;
    if (!given && facts.basis == BASIS_ASSUMED)
        warn_unknown(estimate, "CPU", device->name, facts.nearest, facts.source);
    describe(part, device, facts.basis, facts.name, facts.source);
    assume_part(estimate, "CPU", part, own, device, facts.note);
}

static void add_unnamed(struct estimate *estimate, struct estimate_part *part,
                        const struct estimate_device *device)
{
    part->power_watts = device->watts;
    describe(part, device, BASIS_MODELLED, "", "");
    estimate_assume(estimate, "%.0f device%s of %.6g W at full load", part->count,
                    part->count > 1 ? "s" : "", part->power_watts);
}

static void add_memory(struct estimate *estimate, const struct estimate_query *query,
                       struct estimate_part *part, struct part_facts *own)
{
    struct memory_facts facts;

    own->joules = NAN;
    own->memory_bytes = (uint64_t)(query->memory_gib * BYTES_PER_GIB);
    catalog_memory_find(own->memory_bytes, false, &facts);
    own->band_ratio = facts.band_ratio;
    *part = (struct estimate_part){
        .kind = DEVICE_MEMORY,
        .count = 1,
        .hours = part->hours,
        .power_watts = facts.active_watts,
        .power_basis = POWER_TABLE,
        .utilization_ratio = 1,
    };
    (void)snprintf(part->power_source, sizeof(part->power_source), "%s", facts.source);
    estimate_assume(estimate, "%.6g GiB of memory of %.3g W, whatever the utilisation: %s",
                    query->memory_gib, part->power_watts, facts.source);
}

/* --count and --power are of the GPU where one is named, else of the CPU: of several kinds it could be any. */
static int settle_first(const struct estimate_query *query, struct estimate_device *devices,
                        size_t count, struct aico2_error *err)
{
    bool several = count > 1 && devices[0].kind == devices[1].kind;

    if (query->count > 0 && (several || devices[0].count > 0))
        return aico2_error_set(err, -EINVAL,
                               "--count %lld: of which device? Give each its own, as in "
                               "--gpu A100:8",
                               (long long)query->count);
    if (isfinite(query->power_watts) && (several || isfinite(devices[0].watts)))
        return aico2_error_set(err, -EINVAL,
                               "--power %g: of which device? Give each its own, as in "
                               "--gpu A100:8@400W",
                               query->power_watts);
    if (query->count > 0)
        devices[0].count = (double)query->count;
    if (isfinite(query->power_watts))
        devices[0].watts = query->power_watts;
    return 0;
}

/* Hours of each from hours of all. */
static int settle_hours(struct estimate_query *query, const struct estimate_device *devices,
                        size_t count, bool memory, struct aico2_error *err)
{
    if (!isfinite(query->gpu_hours))
        return 0;
    if (isfinite(query->hours))
        return aico2_error_set(err, -EINVAL, "--hours and --gpu-hours: give one of them");
    if (count == 0 || devices[0].kind == DEVICE_CPU)
        return aico2_error_set(err, -EINVAL, "--gpu-hours: no GPU is named");
    if (count > 1 && devices[1].kind == devices[0].kind)
        return aico2_error_set(err, -EINVAL,
                               "--gpu-hours: of which GPU? Several are named: estimate each alone");
    if ((count > 1 || memory) && devices[0].count == 0)
        return aico2_error_set(err, -EINVAL,
                               "--gpu-hours beside other devices: how many GPUs at once? Give "
                               "--count N");
    query->hours = query->gpu_hours / (devices[0].count > 0 ? devices[0].count : 1);
    return 0;
}

/* The energy is told: there is nothing left to be worked out from devices and time. */
static int add_given_energy(const struct estimate_query *query, struct estimate *estimate,
                            struct part_facts *own, struct aico2_error *err)
{
    if (query->gpu != NULL || query->cpu != NULL || query->device_count > 0 || query->count > 0 ||
        isfinite(query->memory_gib) || isfinite(query->power_watts) || isfinite(query->hours) ||
        isfinite(query->gpu_hours) || query->utilization < 1)
        return aico2_error_set(err, -EINVAL,
                               "--energy-kwh is the energy of all devices: no device, count, time, "
                               "power or utilisation beside it");
    own->joules = query->energy_kwh * JOULES_PER_KWH;
    estimate->parts[0] = (struct estimate_part){
        .kind = DEVICE_OTHER,
        .count = NAN,
        .hours = NAN,
        .power_watts = NAN,
        .power_basis = POWER_OPTION,
        .power_source = "energy given by --energy-kwh",
        .utilization_ratio = NAN,
    };
    estimate->part_count = 1;
    estimate_assume(estimate, "%.10g kWh of all devices as given, before PUE", query->energy_kwh);
    return 0;
}

static struct estimate_device named(enum device_kind kind, const char *name)
{
    struct estimate_device device = { .kind = kind, .watts = NAN, .utilization = NAN };

    (void)snprintf(device.name, sizeof(device.name), "%s", name);
    return device;
}

/* Return: how many there are, at most two more than the query's list. */
static size_t list_devices(const struct estimate_query *query, struct estimate_device *devices)
{
    size_t count = 0;

    if (query->gpu != NULL)
        devices[count++] = named(DEVICE_GPU, query->gpu);
    if (query->cpu != NULL)
        devices[count++] = named(DEVICE_CPU, query->cpu);
    for (size_t i = 0; i < query->device_count; i++)
        devices[count++] = query->devices[i];
    if (count == 0 && isfinite(query->power_watts))
        devices[count++] = named(DEVICE_OTHER, "");
    return count;
}

static void fill(const struct estimate_query *query, struct estimate *estimate,
                 struct part_facts *facts, const struct estimate_device *devices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct estimate_device *device = &devices[i];
        struct estimate_part *part = &estimate->parts[i];

        facts[i].joules = NAN;
        *part = (struct estimate_part){
            .kind = device->kind,
            .count = device->count > 0 ? device->count : 1,
            .hours = query->hours,
            .utilization_ratio =
                isfinite(device->utilization) ? device->utilization : query->utilization,
        };
        (void)snprintf(facts[i].name, sizeof(facts[i].name), "%s", device->name);
        if (device->kind == DEVICE_GPU)
            add_gpu(estimate, part, &facts[i], device);
        else if (device->kind == DEVICE_CPU)
            add_cpu(estimate, part, &facts[i], device);
        else
            add_unnamed(estimate, part, device);
        /* --power is the first one's alone */
        if (part->power_basis == POWER_OPTION && (i > 0 || !isfinite(query->power_watts)))
            (void)snprintf(part->power_source, sizeof(part->power_source), "given behind the name");
    }
}

int estimate_parts_make(struct estimate_query *query, struct estimate *estimate,
                        struct part_facts **facts_out, struct aico2_error *err)
{
    size_t most = query->device_count + 3; /* the two named one by one, and memory */
    AICO2_CLEANUP(freep) struct estimate_device *devices = calloc(most, sizeof(*devices));
    struct part_facts *facts = calloc(most, sizeof(*facts));
    bool memory = isfinite(query->memory_gib) && query->memory_gib > 0;
    size_t count;
    int r;

    estimate->parts = calloc(most, sizeof(*estimate->parts));
    *facts_out = facts;
    if (devices == NULL || facts == NULL || estimate->parts == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (isfinite(query->energy_kwh))
        return add_given_energy(query, estimate, facts, err);
    count = list_devices(query, devices);
    if (count == 0 && !memory)
        return aico2_error_set(err, -EINVAL,
                               "no device: name one by --gpu NAME, --cpu NAME, "
                               "--memory-gib G or --power W");
    r = count == 0 ? 0 : settle_first(query, devices, count, err);
    if (r == 0)
        r = settle_hours(query, devices, count, memory, err);
    if (r < 0)
        return r;

    fill(query, estimate, facts, devices, count);
    if (memory) {
        estimate->parts[count].hours = query->hours;
        add_memory(estimate, query, &estimate->parts[count], &facts[count]);
        count++;
    }
    estimate->part_count = count;
    return 0;
}
