/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl.c - energy counters of CPU packages and their DRAM, through powercap
 *
 * Linux Documentation/power/powercap/powercap.rst and ABI/testing/sysfs-class-powercap. Packages
 * and DRAM are siblings and add up; core and uncore lie within the package, psys around it, and
 * intel-rapl-mmio is a second door to the package's own counter: none of those is ever added
 * (rapl_choice.c). psys is shown as the board.
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
#include "readers/powercap.h"
#include "readers/rapl_choice.h"
#include "readers/rapl_status.h"

/* A zone that is gone is looked for no more often than this: the driver may be loaded again. */
static const int64_t REOPEN_NS = 100 * NSEC_PER_MSEC;

/* What is believed of a limit in sysfs: 4090000000 uW and 0 are ways to say "none". */
static const double WATTS_MIN = 3;
static const double WATTS_MAX = 1000;
/* Small computers run their processors at several times the rating (6 W parts at 25 W) without
 * saying. */
static const double BURST_WATTS_LEAST = 60;
/* Twice the 1 sigma of a counter that is right only where the board's maker calibrated it. */
static const double PSYS_BAND_RATIO = 0.40;

struct rapl_zone {
    char path[POWERCAP_PATH_SIZE + 16]; /* of energy_uj */
    int energy_fd;
    int error;         /* while closed: why */
    int64_t reopen_ns; /* not before */
    uint64_t last_uj;
};

struct rapl {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct rapl_zone *zones; /* one per device */
};

static int64_t now_ns(const struct rapl *reader)
{
    return reader->clock->mono_ns(reader->clock->payload);
}

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

static int open_zone(int sys_fd, const struct powercap_zone *found, struct rapl_zone *zone_out,
                     uint64_t *energy_uj_out)
{
    struct rapl_zone zone = { .energy_fd = -1 };
    int r;

    (void)snprintf(zone.path, sizeof(zone.path), "%s/energy_uj", found->path);
    zone.energy_fd = fs_open_at(sys_fd, zone.path, NULL);
    if (zone.energy_fd < 0)
        return zone.energy_fd;
    r = fs_pread_u64(zone.energy_fd, energy_uj_out, NULL);
    if (r < 0) {
        fd_closep(&zone.energy_fd);
        return r;
    }
    zone.last_uj = *energy_uj_out;
    *zone_out = zone;
    return 0;
}

static bool read_number(int sys_fd, const struct powercap_zone *zone, const char *file,
                        uint64_t *value_out)
{
    char path[POWERCAP_PATH_SIZE + 40];

    (void)snprintf(path, sizeof(path), "%s/%s", zone->path, file);
    return fs_read_u64_at(sys_fd, path, value_out, NULL) == 0;
}

static double read_watts(int sys_fd, const struct powercap_zone *zone, const char *file)
{
    uint64_t microwatts = 0;
    double watts;

    if (!read_number(sys_fd, zone, file, &microwatts))
        return NAN;
    watts = (double)microwatts / 1e6;
    return watts >= WATTS_MIN && watts <= WATTS_MAX ? watts : NAN;
}

/* A package's long-term maximum is its TDP. AMD has no constraints: the model table will know. The
 * short-term limit bounds what is believed where it is far above the rating, as in thin laptops. */
static void take_rating(int sys_fd, const struct rapl_candidate *candidate, struct device *device)
{
    if (candidate->kind == DEVICE_BOARD)
        return;
    device->rated_watts = read_watts(sys_fd, candidate->zone, "constraint_0_max_power_uw");
    if (candidate->kind == DEVICE_CPU) {
        double burst_watts = read_watts(sys_fd, candidate->zone, "constraint_1_power_limit_uw");

        if (isnan(device->rated_watts))
            device->rated_watts =
                read_watts(sys_fd, candidate->zone, "constraint_0_power_limit_uw");
        device->burst_watts = burst_watts > BURST_WATTS_LEAST ? burst_watts : BURST_WATTS_LEAST;
    }
    if (!isnan(device->rated_watts))
        (void)snprintf(device->rated_source, sizeof(device->rated_source), "driver");
}

static void name_device(const struct rapl_candidate *candidate, const struct cpuinfo *info,
                        struct device *device)
{
    const char *prefix = candidate->kind == DEVICE_DRAM ? "dram" : "cpu";

    if (candidate->kind == DEVICE_BOARD) {
        (void)snprintf(device->id, sizeof(device->id), "board");
        (void)snprintf(device->model, sizeof(device->model), "platform (psys)");
        return;
    }
    if (candidate->several_dies)
        (void)snprintf(device->id, sizeof(device->id), "%s%d-die%d", prefix, candidate->ordinal,
                       candidate->die == RAPL_DIE_NONE ? 0 : candidate->die);
    else
        (void)snprintf(device->id, sizeof(device->id), "%s%d", prefix, candidate->ordinal);
    if (candidate->kind == DEVICE_CPU)
        text_copy_clean(device->model, sizeof(device->model), info->model_name);
    else
        (void)snprintf(device->model, sizeof(device->model), "DRAM of package %d",
                       candidate->package);
}

static void describe(int sys_fd, const struct rapl_candidate *candidate, const struct cpuinfo *info,
                     uint64_t energy_uj, struct device *device_out)
{
    struct device device = DEVICE_NULL;
    uint64_t range_uj = 0;

    device.kind = candidate->kind;
    device.basis = BASIS_MEASURED;
    device.index = candidate->package;
    device.fields = SAMPLE_ENERGY;
    device.band_ratio = rapl_band_ratio(candidate->kind, info);
    (void)snprintf(device.reader, sizeof(device.reader), "rapl");
    name_device(candidate, info, &device);
    if (candidate->mmio)
        (void)snprintf(device.note, sizeof(device.note), "through intel-rapl-mmio");
    /* A range that the counter has already passed is not its range. */
    if (read_number(sys_fd, candidate->zone, "max_energy_range_uj", &range_uj) &&
        range_uj >= energy_uj)
        device.counter_range_uj = range_uj;
    take_rating(sys_fd, candidate, &device);
    *device_out = device;
}

static void rapl_close(struct reader *base)
{
    struct rapl *reader = (struct rapl *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        fd_closep(&reader->zones[i].energy_fd);
    fd_closep(&reader->sys_fd);
    free(reader->zones);
    free(base->devices);
    free(reader);
}

/* Old kernels show the same socket counter once per die on AMD: the dies are not to be added. */
static bool is_same_counter(const struct rapl_candidate *a, const struct rapl_candidate *b,
                            const struct cpuinfo *info)
{
    return cpuinfo_is_amd(info) && a->kind == b->kind && a->package == b->package;
}

/* Opens the candidates from `at` on that show one counter, keeps the one with the largest value,
 * and makes it a device. Return: how many candidates it has dealt with. */
static size_t take_device(struct rapl *reader, const struct rapl_candidate *candidates,
                          size_t count, const struct cpuinfo *info, struct rapl_refusals *refusals)
{
    struct rapl_zone best = { .energy_fd = -1 };
    struct rapl_candidate chosen = candidates[0];
    uint64_t best_uj = 0;
    size_t at = 0;
    int code = 0;

    for (; at < count && (at == 0 || is_same_counter(&candidates[0], &candidates[at], info));
         at++) {
        AICO2_CLEANUP(fd_closep) int other_fd = -1;
        struct rapl_zone zone;
        uint64_t energy_uj = 0;
        int r = open_zone(reader->sys_fd, candidates[at].zone, &zone, &energy_uj);

        if (r < 0) {
            code = r;
            continue;
        }
        other_fd = zone.energy_fd;
        if (best.energy_fd >= 0 && energy_uj <= best_uj)
            continue;
        fd_closep(&best.energy_fd);
        best = zone;
        best.energy_fd = fd_take(&other_fd);
        best_uj = energy_uj;
        chosen = candidates[at];
    }
    if (best.energy_fd < 0) {
        rapl_refuse(refusals, &candidates[0], code);
        return at;
    }
    if (cpuinfo_is_amd(info))
        chosen.several_dies = false;
    describe(reader->sys_fd, &chosen, info, best_uj,
             &reader->base.devices[reader->base.device_count]);
    reader->zones[reader->base.device_count++] = best;
    return at;
}

/* A reader with one device for each candidate that answers. Return: 0 or -ENOMEM. */
static int open_reader(const struct reader_env *env, const struct rapl_candidate *candidates,
                       size_t count, struct rapl_refusals *refusals, struct reader **reader_out)
{
    struct rapl *reader = calloc(1, sizeof(*reader));
    struct cpuinfo info;

    if (reader == NULL)
        return -ENOMEM;
    reader->base.driver = &reader_rapl;
    reader->clock = env->clock;
    reader->base.devices = calloc(count, sizeof(*reader->base.devices));
    reader->zones = calloc(count, sizeof(*reader->zones));
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    if (reader->base.devices == NULL || reader->zones == NULL) {
        rapl_close(&reader->base);
        return -ENOMEM;
    }
    cpuinfo_read(env->proc_fd, &info);
    for (size_t i = 0; i < count;)
        i += take_device(reader, &candidates[i], count - i, &info, refusals);
    if (reader->base.device_count == 0) {
        rapl_close(&reader->base);
        return 0;
    }
    *reader_out = &reader->base;
    return 0;
}

static int rapl_probe(const struct reader_env *env, struct reader **reader_out,
                      struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(powercap_zones_deinit) struct powercap_zones zones = { 0 };
    AICO2_CLEANUP(freep) struct rapl_candidate *candidates = NULL;
    struct rapl_refusals refusals = { .broken_code = 0 };
    enum reader_state state = READER_USED;
    struct cpuinfo info;
    size_t count;

    *reader_out = NULL;
    if (powercap_find(env->sys_fd, &zones) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    candidates = calloc(zones.count + 1, sizeof(*candidates));
    if (candidates == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    count = rapl_choose(&zones, candidates);
    if (count == 0) {
        cpuinfo_read(env->proc_fd, &info);
        rapl_explain_nothing(status_out, &zones, &info);
        status_out->band_ratio = rapl_band_ratio(DEVICE_CPU, &info);
        return 0;
    }
    if (open_reader(env, candidates, count, &refusals, reader_out) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (*reader_out == NULL)
        state = refusals.denied_count > 0 ? READER_DENIED : READER_BROKEN;
    rapl_explain(status_out, state, &refusals);
    cpuinfo_read(env->proc_fd, &info);
    status_out->band_ratio = rapl_band_ratio(DEVICE_CPU, &info);
    if (*reader_out != NULL && fs_is_root_only(((struct rapl *)*reader_out)->zones[0].energy_fd)) {
        status_out->root_only = true;
        status_out->remedy = REMEDY_POWERCAP_GROUP;
    }
    return 0;
}

/* A zone that is gone stays a gap until its path leads somewhere again. */
static int find_again(struct rapl *reader, struct rapl_zone *zone)
{
    int64_t now = now_ns(reader);

    if (zone->energy_fd < 0 && now < zone->reopen_ns)
        return zone->error;
    zone->reopen_ns = now + REOPEN_NS;
    return fs_follow_at(reader->sys_fd, zone->path, &zone->energy_fd);
}

/* A counter that fails or stands still may no longer be the zone's file. Return: 0 or -errno. */
static int read_counter(struct rapl *reader, struct rapl_zone *zone, uint64_t *energy_uj_out)
{
    int r = zone->energy_fd < 0 ? -ENODEV : fs_pread_u64(zone->energy_fd, energy_uj_out, NULL);
    int found;

    if (r == 0 && *energy_uj_out != zone->last_uj)
        return 0;
    found = find_again(reader, zone);
    if (found > 0)
        return fs_pread_u64(zone->energy_fd, energy_uj_out, NULL);
    if (found < 0)
        return found == -ENOENT || found == -ENOTDIR ? -ENODEV : found;
    return r;
}

static void read_zone(struct rapl *reader, struct rapl_zone *zone, struct sample *sample)
{
    uint64_t energy_uj = 0;

    zone->error = read_counter(reader, zone, &energy_uj);
    *sample = (struct sample){ .mono_ns = now_ns(reader), .error = zone->error };
    if (zone->error < 0)
        return;
    zone->last_uj = energy_uj;
    sample->energy_uj = energy_uj;
    sample->valid = SAMPLE_ENERGY;
}

static void rapl_read(struct reader *base, struct sample *samples_out)
{
    struct rapl *reader = (struct rapl *)base;

    for (size_t i = 0; i < base->device_count; i++)
        read_zone(reader, &reader->zones[i], &samples_out[i]);
}

const struct reader_driver reader_rapl = {
    .name = "rapl",
    .summary = "energy counters of CPU packages and their DRAM (Intel and AMD)",
    .probe = rapl_probe,
    .read = rapl_read,
    .close = rapl_close,
    .domain = DEVICE_CPU,
};
