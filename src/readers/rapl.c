/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl.c - energy counters of CPU packages and their DRAM, through powercap
 *
 * Linux Documentation/power/powercap/powercap.rst and ABI/testing/sysfs-class-powercap. Packages and
 * DRAM are siblings and add up; core and uncore lie within the package, psys around it, and
 * intel-rapl-mmio is a second door to the package's own counter: none of those is ever counted.
 */
#include "readers/rapl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "readers/powercap.h"

enum { PACKAGE_MAX = 65535, DIE_NONE = -1 };

/* A zone that failed is opened anew no more often than this: the driver may have been reloaded. */
#define REOPEN_NS NSEC_PER_SEC

/* What is believed of a limit in sysfs: 4090000000 uW and 0 are ways to say "none". */
static const double WATTS_MIN = 3;
static const double WATTS_MAX = 1000;

struct rapl_zone {
    char path[POWERCAP_PATH_SIZE + 16]; /* of energy_uj */
    int energy_fd;
    int error;         /* while closed: why */
    int64_t reopen_ns; /* not before */
};

struct rapl {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct rapl_zone *zones; /* one per device */
};

/* A zone worth reading, before it is opened. */
struct candidate {
    const struct powercap_zone *zone;
    enum device_kind kind;
    int package;
    int die; /* DIE_NONE: the package is one */
    bool mmio;
    int ordinal; /* of the package among those found */
    bool several_dies;
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
    if (kind == DEVICE_DRAM)
        return dram_ratio > package_ratio ? dram_ratio : package_ratio;
    return package_ratio;
}

/* "package-N" or "package-N-die-M", with nothing after it. */
static bool parse_package(const char *name, int *package_out, int *die_out)
{
    unsigned package = 0;
    unsigned die = 0;
    int end = 0;

    if (strnlen(name, 40) == 40)
        return false;
    *die_out = DIE_NONE;
    if (sscanf(name, "package-%5u%n", &package, &end) == 1 && end > 0 && name[end] == '\0' &&
        package <= PACKAGE_MAX) {
        *package_out = (int)package;
        return true;
    }
    end = 0;
    if (sscanf(name, "package-%5u-die-%5u%n", &package, &die, &end) == 2 && end > 0 &&
        name[end] == '\0' && package <= PACKAGE_MAX && die <= PACKAGE_MAX) {
        *package_out = (int)package;
        *die_out = (int)die;
        return true;
    }
    return false;
}

static bool classify(const struct powercap_zones *zones, const struct powercap_zone *zone,
                     struct candidate *candidate_out)
{
    struct candidate candidate = { .zone = zone, .mmio = powercap_is_mmio(zone) };
    const struct powercap_zone *parent;

    if (strcmp(zone->name, "dram") == 0) {
        candidate.kind = DEVICE_DRAM;
        parent = powercap_parent(zones, zone);
        if (parent == NULL || !parse_package(parent->name, &candidate.package, &candidate.die))
            return false;
    } else {
        candidate.kind = DEVICE_CPU;
        if (!parse_package(zone->name, &candidate.package, &candidate.die))
            return false;
    }
    *candidate_out = candidate;
    return true;
}

static int compare_places(const struct candidate *a, const struct candidate *b)
{
    if (a->kind != b->kind)
        return a->kind == DEVICE_CPU ? -1 : 1;
    if (a->package != b->package)
        return a->package < b->package ? -1 : 1;
    if (a->die != b->die)
        return a->die < b->die ? -1 : 1;
    return 0;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    int order = compare_places(a, b);

    if (order == 0 && a->mmio != b->mmio)
        return a->mmio ? 1 : -1;
    return order != 0 ? order : strcmp(a->zone->node, b->zone->node);
}

/* Number of the package in the order of all of them, so that "cpu1" is the same socket to every
 * reader, whatever of it can be read. */
static int package_ordinal(const struct candidate *candidates, size_t count, int package)
{
    int ordinal = 0;
    int last = -1;

    for (size_t i = 0; i < count; i++) {
        if (candidates[i].kind != DEVICE_CPU || candidates[i].package >= package ||
            candidates[i].package == last)
            continue;
        last = candidates[i].package;
        ordinal++;
    }
    return ordinal;
}

static bool has_several_dies(const struct candidate *candidates, size_t count, int package)
{
    size_t dies = 0;

    for (size_t i = 0; i < count; i++)
        dies += candidates[i].kind == DEVICE_CPU && candidates[i].package == package;
    return dies > 1;
}

/* The zones that count, each place once, in the order they are shown. Return: how many. */
static size_t choose(const struct powercap_zones *zones, struct candidate *candidates)
{
    size_t found = 0;
    size_t kept = 0;

    for (size_t i = 0; i < zones->count; i++)
        found += classify(zones, &zones->zones[i], &candidates[found]);
    if (found > 1)
        qsort(candidates, found, sizeof(*candidates), compare_candidates);
    for (size_t i = 0; i < found; i++) {
        if (kept == 0 || compare_places(&candidates[kept - 1], &candidates[i]) != 0)
            candidates[kept++] = candidates[i];
    }
    for (size_t i = 0; i < kept; i++) {
        candidates[i].ordinal = package_ordinal(candidates, kept, candidates[i].package);
        candidates[i].several_dies = has_several_dies(candidates, kept, candidates[i].package);
    }
    return kept;
}

/* One read of the counter. Return: 0 or -errno. */
static int read_energy(int fd, uint64_t *energy_uj_out)
{
    char text[64];
    ssize_t got;

    do {
        got = pread(fd, text, sizeof(text) - 1, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    text[got] = '\0';
    if (got == sizeof(text) - 1 || !number_parse_u64(text, energy_uj_out))
        return -EBADMSG;
    return 0;
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
    r = read_energy(zone.energy_fd, energy_uj_out);
    if (r < 0) {
        fd_closep(&zone.energy_fd);
        return r;
    }
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

/* A package's long-term maximum is its TDP. AMD has no constraints: the model table will know. */
static void take_rating(int sys_fd, const struct candidate *candidate, struct device *device)
{
    device->rated_watts = read_watts(sys_fd, candidate->zone, "constraint_0_max_power_uw");
    if (isnan(device->rated_watts) && candidate->kind == DEVICE_CPU)
        device->rated_watts = read_watts(sys_fd, candidate->zone, "constraint_0_power_limit_uw");
    if (!isnan(device->rated_watts))
        (void)snprintf(device->rated_source, sizeof(device->rated_source), "driver");
}

static void describe(int sys_fd, const struct candidate *candidate, const struct cpuinfo *info,
                     uint64_t energy_uj, struct device *device_out)
{
    bool is_cpu = candidate->kind == DEVICE_CPU;
    struct device device = DEVICE_NULL;
    uint64_t range_uj = 0;

    device.kind = candidate->kind;
    device.basis = BASIS_MEASURED;
    device.index = candidate->package;
    device.fields = SAMPLE_ENERGY;
    device.band_ratio = rapl_band_ratio(candidate->kind, info);
    (void)snprintf(device.reader, sizeof(device.reader), "rapl");
    if (candidate->several_dies)
        (void)snprintf(device.id, sizeof(device.id), "%s%d-die%d", is_cpu ? "cpu" : "dram",
                       candidate->ordinal, candidate->die == DIE_NONE ? 0 : candidate->die);
    else
        (void)snprintf(device.id, sizeof(device.id), "%s%d", is_cpu ? "cpu" : "dram",
                       candidate->ordinal);
    if (is_cpu)
        text_copy_clean(device.model, sizeof(device.model), info->model_name);
    else
        (void)snprintf(device.model, sizeof(device.model), "DRAM of package %d",
                       candidate->package);
    if (candidate->mmio)
        (void)snprintf(device.note, sizeof(device.note), "through intel-rapl-mmio");
    /* A range that the counter has already passed is not its range. */
    if (read_number(sys_fd, candidate->zone, "max_energy_range_uj", &range_uj) &&
        range_uj >= energy_uj)
        device.counter_range_uj = range_uj;
    take_rating(sys_fd, candidate, &device);
    *device_out = device;
}

/* What was found and could not be used, for one line of text. */
struct refusals {
    char denied[72];
    char broken[72];
    int broken_code;
    size_t denied_count;
    size_t broken_count;
};

AICO2_PRINTF(3, 4)
static void append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void refuse(struct refusals *refusals, const struct candidate *candidate, int code)
{
    bool denied = code == -EACCES || code == -EPERM;
    char *list = denied ? refusals->denied : refusals->broken;
    size_t *count = denied ? &refusals->denied_count : &refusals->broken_count;
    char place[24];

    if (!denied && refusals->broken_code == 0)
        refusals->broken_code = code;
    (*count)++;
    if (*count == 4)
        append(list, sizeof(refusals->denied), ", ...");
    if (*count >= 4)
        return;
    (void)snprintf(place, sizeof(place), "package-%d", candidate->package);
    append(list, sizeof(refusals->denied), "%s%s%s", *count > 1 ? ", " : "",
           candidate->kind == DEVICE_DRAM ? "dram of " : "", place);
}

static void explain(struct reader_status *status, enum reader_state state,
                    const struct refusals *refusals)
{
    *status = (struct reader_status){ .state = state };
    if (refusals->denied_count > 0) {
        append(status->reason, sizeof(status->reason), "no permission to read energy_uj of %s",
               refusals->denied);
        append(status->fix, sizeof(status->fix),
               "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj  # until reboot, a udev "
               "rule keeps it; root only since CVE-2020-8694: who reads it can spy on other "
               "programs' work");
    }
    if (refusals->broken_count > 0) {
        struct aico2_error why = { 0 };

        if (refusals->broken_code == -EBADMSG)
            (void)aico2_error_set(&why, -EBADMSG, "no number in energy_uj of %s", refusals->broken);
        else
            (void)aico2_error_set_errno(&why, -refusals->broken_code, "cannot read energy_uj of %s",
                                        refusals->broken);
        append(status->reason, sizeof(status->reason), "%s%s",
               refusals->denied_count > 0 ? "; " : "", why.message);
    }
}

static void explain_nothing(struct reader_status *status, const struct powercap_zones *zones)
{
    *status = (struct reader_status){ .state = READER_ABSENT };
    if (zones->count == 0 && zones->dangling > 0) {
        append(status->reason, sizeof(status->reason),
               "RAPL zones are masked by the container runtime");
        append(status->fix, sizeof(status->fix),
               "docker run -v /sys/class/powercap:/host/sys/class/powercap:ro "
               "-v /sys/devices/virtual/powercap:/host/sys/devices/virtual/powercap:ro "
               "-v /proc:/host/proc:ro ...  # then: aico2 --sysroot=/host");
    } else if (zones->count > 0) {
        append(status->reason, sizeof(status->reason),
               "RAPL zones, but none of a package or its DRAM");
    } else {
        append(status->reason, sizeof(status->reason),
               "no RAPL zones: a virtual machine, or a driver that is not loaded");
        append(status->fix, sizeof(status->fix), "sudo modprobe intel_rapl_msr");
    }
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
static bool is_same_counter(const struct candidate *a, const struct candidate *b,
                            const struct cpuinfo *info)
{
    return cpuinfo_is_amd(info) && a->kind == b->kind && a->package == b->package;
}

/* Opens the candidates from `at` on that show one counter, keeps the one with the largest value, and
 * makes it a device. Return: how many candidates it has dealt with. */
static size_t take_device(struct rapl *reader, const struct candidate *candidates, size_t count,
                          const struct cpuinfo *info, struct refusals *refusals)
{
    struct rapl_zone best = { .energy_fd = -1 };
    struct candidate chosen = candidates[0];
    uint64_t best_uj = 0;
    size_t at = 0;
    int code = 0;

    for (; at < count && (at == 0 || is_same_counter(&candidates[0], &candidates[at], info)); at++) {
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
        refuse(refusals, &candidates[0], code);
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
static int open_reader(const struct reader_env *env, const struct candidate *candidates,
                       size_t count, struct refusals *refusals, struct reader **reader_out)
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
    AICO2_CLEANUP(freep) struct candidate *candidates = NULL;
    struct refusals refusals = { .broken_code = 0 };
    enum reader_state state = READER_USED;
    size_t count;

    *reader_out = NULL;
    if (powercap_find(env->sys_fd, &zones) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    candidates = calloc(zones.count + 1, sizeof(*candidates));
    if (candidates == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    count = choose(&zones, candidates);
    if (count == 0) {
        explain_nothing(status_out, &zones);
        return 0;
    }
    if (open_reader(env, candidates, count, &refusals, reader_out) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (*reader_out == NULL)
        state = refusals.denied_count > 0 ? READER_DENIED : READER_BROKEN;
    explain(status_out, state, &refusals);
    return 0;
}

/* A zone that failed is opened anew at most once a second; in between it stays a gap. */
static void reopen_zone(struct rapl *reader, struct rapl_zone *zone, int64_t now)
{
    if (now < zone->reopen_ns)
        return;
    zone->energy_fd = fs_open_at(reader->sys_fd, zone->path, NULL);
    zone->reopen_ns = now + REOPEN_NS;
    if (zone->energy_fd < 0)
        zone->error = zone->energy_fd == -ENOENT ? -ENODEV : zone->energy_fd;
}

static void read_zone(struct rapl *reader, struct rapl_zone *zone, struct sample *sample)
{
    uint64_t energy_uj = 0;

    if (zone->energy_fd < 0)
        reopen_zone(reader, zone, now_ns(reader));
    if (zone->energy_fd >= 0)
        zone->error = read_energy(zone->energy_fd, &energy_uj);
    *sample = (struct sample){ .mono_ns = now_ns(reader), .error = zone->error };
    if (zone->error < 0) {
        fd_closep(&zone->energy_fd);
        return;
    }
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
};
