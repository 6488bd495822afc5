/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/embodied.c - a run's share of making the hardware, part by part */
#include "session/report/embodied.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/lines.h"
#include "carbon/footprint.h"
#include "catalog/hardware.h"

static int name_unmade(struct report *report, const char *what)
{
    return lines_add(&report->unmade, &report->unmade_count, "%s", what);
}

/* A part of this computer: what came with the log of another stands in no figure of its chassis. */
static bool is_here(const struct report_device *item)
{
    return strchr(item->device.id, '@') == NULL;
}

/* The sum is that of the list, in its order, so that it adds up for a reader too. */
static void add_part(struct report *report, const struct embodied_part *part, double share)
{
    struct embodied_part *added = &report->embodied[report->embodied_count++];
    double years =
        isfinite(report->run.lifetime_years) ? report->run.lifetime_years : part->lifetime_years;

    *added = *part;
    added->lifetime_years = years;
    added->share_ratio = share;
    added->gco2e =
        footprint_embodied(part->kgco2e, years, seconds_from_ns(report->run.duration_ns), share);
    /* no figure for anything is not 0 grams */
    if (!band_is_known(report->embodied_gco2e))
        report->embodied_gco2e = (struct band){ 0 };
    report->embodied_gco2e = band_sum(report->embodied_gco2e, added->gco2e);
}

static const char *component_of(enum device_kind kind)
{
    return kind == DEVICE_DRAM ? device_kind_name(DEVICE_MEMORY) : device_kind_name(kind);
}

/* A module's parts may be devices of their own, and then it is nothing beside them. */
static bool has_parts(const struct report *report, const struct report_device *module)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        if ((device->kind == DEVICE_CPU || device->kind == DEVICE_GPU) && device->host_share > 0 &&
            device_is_beside(device, &module->device))
            return true;
    }
    return false;
}

/* A device that was made on its own, and of which nobody says what that cost. */
static int name_unknown(struct report *report, const struct report_device *item)
{
    const struct device *device = &item->device;
    bool memory = device->kind == DEVICE_MEMORY || device->kind == DEVICE_DRAM;

    if (device->kind == DEVICE_BOARD || device->kind == DEVICE_PART || device->host_share <= 0 ||
        (device->kind == DEVICE_MODULE && has_parts(report, item)))
        return 0;
    return lines_add(&report->unmade, &report->unmade_count, "%s (%s)", device->id,
                     memory ? "of unknown size" : "no figure");
}

static int add_devices(struct report *report)
{
    int r = 0;

    for (size_t i = 0; i < report->device_count && r == 0; i++) {
        struct report_device *item = &report->devices[i];
        struct embodied_facts facts;
        struct embodied_part part = { .component = component_of(item->device.kind) };

        if (!catalog_embodied_find(item->device.kind, item->device.model, item->device.memory_bytes,
                                   item->device.host_share, &facts)) {
            r = name_unknown(report, item);
            continue;
        }
        memcpy(part.device, item->device.id, sizeof(part.device));
        memcpy(part.source, facts.source, sizeof(part.source));
        part.kgco2e = (struct band){ facts.kgco2e, facts.kg_low, facts.kg_high };
        part.lifetime_years = facts.lifetime_years;
        add_part(report, &part, report->run.scope == SCOPE_JOB ? item->share_ratio : 1);
        item->embodied_gco2e = report->embodied[report->embodied_count - 1].gco2e.value;
    }
    return r;
}

/* NAN: no device of this computer tells. */
static double share_of_machine(const struct report *report)
{
    double weighted = 0;
    double joules = 0;

    if (report->run.scope == SCOPE_MACHINE)
        return 1;
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];

        if (!report_is_added(item) || !is_here(item))
            continue;
        weighted += item->energy.value * item->share_ratio;
        joules += item->energy.value;
    }
    return joules > 0 ? weighted / joules : NAN;
}

/* Processors of the host that a guest has. */
static double packages_of(const struct report *report)
{
    double packages = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        if (device->kind == DEVICE_CPU && is_here(&report->devices[i]) &&
            isfinite(device->host_share))
            packages += fmin(fmax(device->host_share, 0), 1);
    }
    return packages;
}

static bool has_module(const struct report *report)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (report->devices[i].device.kind == DEVICE_MODULE && is_here(&report->devices[i]))
            return true;
    }
    return false;
}

static size_t count_here(const struct report *report)
{
    size_t count = 0;

    for (size_t i = 0; i < report->device_count; i++)
        count += is_here(&report->devices[i]);
    return count;
}

/* Why there is no figure of what stands around the devices; NULL: there is one. */
static const char *why_no_machine(const struct report *report, size_t count)
{
    const struct machine *machine = &report->run.machine;

    if (machine->virtualized)
        return count > 0 ? NULL : "the host's board, chassis and power supplies";
    if (machine->chassis != CHASSIS_UNKNOWN)
        return NULL;
    return has_module(report)
               ? "the module's carrier board, case and power supply (no figure)"
               : "board, case and power supply (the firmware does not tell the kind of machine)";
}

static int name_drives(struct report *report)
{
    const struct machine *machine = &report->run.machine;
    const struct drives *drives = &machine->drives;

    if (machine->chassis == CHASSIS_DESKTOP || machine->chassis == CHASSIS_LAPTOP)
        return 0; /* within the figure of the whole */
    if (drives->unknown > 0)
        return lines_add(&report->unmade, &report->unmade_count,
                         "%d disk%s behind a controller or of unknown make", drives->unknown,
                         drives->unknown == 1 ? "" : "s");
    return drives->solid > 0 || drives->spinning > 0 ? 0 : name_unmade(report, "disks");
}

static int add_machine(struct report *report)
{
    const struct machine *machine = &report->run.machine;
    struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX];
    double share = share_of_machine(report);
    const char *why = NULL;
    size_t here = count_here(report);
    size_t count;
    int r = 0;

    if (here < report->device_count)
        r = name_unmade(report, "what other machines have beside their devices");
    if (r < 0 || (here == 0 && report->device_count > 0)) /* a log of another machine alone */
        return r;
    if (!isfinite(share))
        return name_unmade(report, "what the machine has beside its devices (nothing tells the "
                                   "share of it that was used)");
    count = machine->virtualized
                ? catalog_embodied_host(machine->cpu_model, packages_of(report), parts)
                : catalog_embodied_machine(machine, parts);
    for (size_t i = 0; i < count; i++)
        add_part(report, &parts[i], share);
    why = why_no_machine(report, count);
    if (why != NULL)
        r = name_unmade(report, why);
    return r == 0 ? name_drives(report) : r;
}

int report_add_embodied(struct report *report)
{
    int r;

    report->embodied_gco2e = BAND_NONE;
    if (!report->run.embodied)
        return 0;
    report->embodied =
        calloc(report->device_count + EMBODIED_MACHINE_PARTS_MAX, sizeof(*report->embodied));
    if (report->embodied == NULL)
        return -ENOMEM;
    r = add_devices(report);
    if (r == 0)
        r = add_machine(report);
    return r == 0 ? name_unmade(report, "network") : r;
}
