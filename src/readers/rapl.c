/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl.c - energy counters of CPU packages and their DRAM, by the best way there is
 *
 * Three ways lead to the same counters (rapl_door.h): perf, powercap and the processor's registers.
 * Each place counts once, through one of them (rapl_domain.c). Packages and DRAM are siblings and
 * add up; psys is shown as the board.
 */
#include "readers/rapl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/perf_event.h"
#include "readers/rapl_find.h"
#include "readers/rapl_status.h"

/* Twice the 1 sigma of a counter that is right only where the board's maker calibrated it. */
static const double PSYS_BAND_RATIO = 0.40;
/* Small computers run their processors at several times the rating (6 W parts at 25 W) without
 * saying. */
static const double BURST_WATTS_LEAST = 60;

struct rapl {
    struct reader base;
    struct rapl_world world;
    struct rapl_domain *domains; /* one per device */
};

double rapl_band_ratio(enum device_kind kind, const struct cpuinfo *info)
{
    double package_ratio = 0.30; /* Sandy and Ivy Bridge modelled it; so may who we do not know */
    double dram_ratio = cpuinfo_is_intel_server(info) ? 0.20 : 0.40;

    if (cpuinfo_is_amd(info))
        package_ratio = 0.20;
    else if (strcmp(info->vendor, "GenuineIntel") == 0 && !cpuinfo_is_early_intel(info))
        package_ratio = cpuinfo_is_intel_server(info) ? 0.06 : 0.10;
    if (kind == DEVICE_BOARD)
        return PSYS_BAND_RATIO;
    if (kind == DEVICE_DRAM)
        return dram_ratio > package_ratio ? dram_ratio : package_ratio;
    return package_ratio;
}

/* The package's number in the order of all of them, so that "cpu1" is the same socket to every
 * reader, whatever of it can be read. */
static int package_ordinal(const struct rapl_found *found, int package)
{
    int ordinal = 0;
    int last = -1;

    for (size_t i = 0; i < found->count; i++) {
        const struct rapl_place *place = &found->domains[i].place;

        if (place->kind != DEVICE_CPU || place->package >= package || place->package == last)
            continue;
        last = place->package;
        ordinal++;
    }
    return ordinal;
}

static bool has_several_dies(const struct rapl_found *found, int package)
{
    size_t dies = 0;

    for (size_t i = 0; i < found->count; i++)
        dies += found->domains[i].place.kind == DEVICE_CPU &&
                found->domains[i].place.package == package;
    return dies > 1;
}

static void name_device(const struct rapl_found *found, const struct rapl_place *place,
                        const struct cpuinfo *info, struct device *device)
{
    const char *prefix = place->kind == DEVICE_DRAM ? "dram" : "cpu";
    int ordinal = package_ordinal(found, place->package);

    if (place->kind == DEVICE_BOARD) {
        (void)snprintf(device->id, sizeof(device->id), "board");
        (void)snprintf(device->model, sizeof(device->model), "platform (psys)");
        return;
    }
    if (has_several_dies(found, place->package))
        (void)snprintf(device->id, sizeof(device->id), "%s%d-die%d", prefix, ordinal,
                       place->die == RAPL_DIE_NONE ? 0 : place->die);
    else
        (void)snprintf(device->id, sizeof(device->id), "%s%d", prefix, ordinal);
    if (place->kind == DEVICE_CPU)
        text_copy_clean(device->model, sizeof(device->model), info->model_name);
    else
        (void)snprintf(device->model, sizeof(device->model), "DRAM of package %d", place->package);
}

/* The rating stands with the driver of powercap, or in a register, whichever way the counter is
 * read. */
static void take_rating(struct rapl_world *world, struct rapl_domain *domain, struct device *device)
{
    for (int i = 0; i < RAPL_DOORS && isnan(device->rated_watts); i++) {
        struct rapl_counter *counter = &domain->counters[i];

        if (!domain->known[i] || rapl_doors[i]->rate == NULL)
            continue;
        rapl_doors[i]->rate(world, counter);
        device->rated_watts = counter->rated_watts;
        device->burst_watts = counter->burst_watts;
        if (!isnan(device->rated_watts))
            (void)snprintf(device->rated_source, sizeof(device->rated_source), "%s",
                           counter->rated_by);
    }
    if (device->kind == DEVICE_CPU && !(device->burst_watts > BURST_WATTS_LEAST))
        device->burst_watts = BURST_WATTS_LEAST;
}

static void describe(struct rapl_world *world, const struct rapl_found *found,
                     struct rapl_domain *domain, struct device *device_out)
{
    const struct cpuinfo *info = rapl_world_info(world);
    struct device device = DEVICE_NULL;

    device.kind = domain->place.kind;
    device.basis = BASIS_MEASURED;
    device.index = domain->place.package;
    device.fields = SAMPLE_ENERGY;
    device.band_ratio = rapl_band_ratio(domain->place.kind, info);
    device.counter_range_uj = rapl_domain_range_uj(domain);
    (void)snprintf(device.reader, sizeof(device.reader), "rapl");
    name_device(found, &domain->place, info, &device);
    switch (rapl_domain_way(domain)) {
    case RAPL_PERF:
        (void)snprintf(device.note, sizeof(device.note), "through perf");
        break;
    case RAPL_POWERCAP:
        if (domain->counters[RAPL_POWERCAP].mmio)
            (void)snprintf(device.note, sizeof(device.note), "through intel-rapl-mmio");
        break;
    case RAPL_MSR:
        (void)snprintf(device.note, sizeof(device.note), "through the processor's registers");
        break;
    case RAPL_DOORS:
        break;
    }
    take_rating(world, domain, &device);
    *device_out = device;
}

static void rapl_close(struct reader *base)
{
    struct rapl *reader = (struct rapl *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        rapl_domain_close(&reader->domains[i], &reader->world);
    fd_closep(&reader->world.proc_fd);
    fd_closep(&reader->world.sys_fd);
    fd_closep(&reader->world.dev_fd);
    free(reader->domains);
    free(base->devices);
    free(reader);
}

/* What is open of the domains found becomes the reader's. Return: 0 or -ENOMEM. */
static int make_reader(const struct rapl_world *world, struct rapl_found *found,
                       struct reader **reader_out)
{
    struct rapl *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return -ENOMEM;
    reader->base.driver = &reader_rapl;
    reader->world = *world;
    reader->world.proc_fd = fs_open_dir_at(world->proc_fd, ".", NULL);
    reader->world.sys_fd = fs_open_dir_at(world->sys_fd, ".", NULL);
    reader->world.dev_fd = fs_open_dir_at(world->dev_fd, ".", NULL);
    reader->base.devices = calloc(found->count, sizeof(*reader->base.devices));
    reader->domains = calloc(found->count, sizeof(*reader->domains));
    if (reader->base.devices == NULL || reader->domains == NULL) {
        rapl_close(&reader->base);
        return -ENOMEM;
    }
    for (size_t i = 0; i < found->count; i++) {
        size_t at = reader->base.device_count;

        if (!found->domains[i].open)
            continue;
        describe(&reader->world, found, &found->domains[i], &reader->base.devices[at]);
        reader->domains[at] = found->domains[i];
        found->domains[i].open = false; /* the reader's to close */
        reader->base.device_count++;
    }
    *reader_out = &reader->base;
    return 0;
}

static int rapl_probe(const struct reader_env *env, struct reader **reader_out,
                      struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(rapl_found_deinit) struct rapl_found found = { .domains = NULL };
    struct rapl_world world = {
        .clock = env->clock,
        .perf = env->perf != NULL ? env->perf
                : env->sysroot    ? NULL
                                  : &perf_events_system,
        .proc_fd = env->proc_fd,
        .sys_fd = env->sys_fd,
        .dev_fd = env->dev_fd,
    };
    int r;

    *reader_out = NULL;
    r = rapl_find(&found, &world, env->explain);
    if (r == 0) {
        rapl_explain(status_out, &world, &found, env->explain);
        if (status_out->state == READER_USED)
            r = make_reader(&world, &found, reader_out);
    }
    return r < 0 ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

static void rapl_read(struct reader *base, struct sample *samples_out)
{
    struct rapl *reader = (struct rapl *)base;
    const struct clock *clock = reader->world.clock;
    int64_t begin_ns = clock->mono_ns(clock->payload);

    for (size_t i = 0; i < base->device_count; i++) {
        struct rapl_domain *domain = &reader->domains[i];
        uint64_t energy_uj = 0;
        int r = rapl_domain_read(domain, &reader->world, begin_ns, &energy_uj);

        samples_out[i] = (struct sample){
            .mono_ns = clock->mono_ns(clock->payload),
            .energy_uj = energy_uj,
            .epoch = domain->epoch,
            .note = domain->note,
            .valid = r == 0 ? SAMPLE_ENERGY : 0,
            .error = r,
        };
    }
}

const struct reader_driver reader_rapl = {
    .name = "rapl",
    .summary = "energy counters of CPU packages and their DRAM (Intel and AMD)",
    .probe = rapl_probe,
    .read = rapl_read,
    .close = rapl_close,
    .domain = DEVICE_CPU,
};
