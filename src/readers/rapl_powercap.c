/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_powercap.c - RAPL counters through the zones of powercap
 *
 * Linux Documentation/power/powercap/powercap.rst and ABI/testing/sysfs-class-powercap. Packages
 * and DRAM are siblings and add up; core and uncore lie within the package, psys around it, and
 * intel-rapl-mmio is a second way to the package's own counter: none of those is ever added
 * (rapl_choice.c).
 */
#include "readers/rapl_door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/rapl_choice.h"

/* A zone that is gone is looked for no more often than this: the driver may be loaded again. */
static const int64_t REOPEN_NS = 100 * NSEC_PER_MSEC;

static bool read_beside(struct rapl_world *world, const struct rapl_counter *counter,
                        const char *file, uint64_t *value_out)
{
    char path[RAPL_PATH_SIZE + 40];

    (void)snprintf(path, sizeof(path), "%.*s/%s",
                   (int)(strrchr(counter->path, '/') - counter->path), counter->path, file);
    return fs_read_u64_at(world->sys_fd, path, value_out, NULL) == 0;
}

static double read_watts(struct rapl_world *world, const struct rapl_counter *counter,
                         const char *file)
{
    uint64_t microwatts = 0;

    if (!read_beside(world, counter, file, &microwatts))
        return NAN;
    return rapl_watts_or_none((double)microwatts / 1e6);
}

/* A package's long-term maximum is its TDP. AMD has no constraints: the model table will know. The
 * short-term limit bounds what is believed where it is far above the rating, as in thin laptops. */
static void rate(struct rapl_world *world, struct rapl_counter *counter)
{
    if (counter->place.kind == DEVICE_BOARD)
        return;
    counter->rated_watts = read_watts(world, counter, "constraint_0_max_power_uw");
    if (counter->place.kind != DEVICE_CPU)
        return;
    counter->burst_watts = read_watts(world, counter, "constraint_1_power_limit_uw");
    if (isnan(counter->rated_watts))
        counter->rated_watts = read_watts(world, counter, "constraint_0_power_limit_uw");
}

static int open_counter(struct rapl_world *world, struct rapl_counter *counter,
                        uint64_t *energy_uj_out)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(world->sys_fd, counter->path, NULL);
    uint64_t energy_uj;
    uint64_t range_uj = 0;
    int r = fd;

    if (r >= 0)
        r = fs_pread_u64(fd, &energy_uj, NULL);
    counter->error = r;
    if (r < 0)
        return r;
    /* A range that the counter has already passed is not its range. */
    if (read_beside(world, counter, "max_energy_range_uj", &range_uj) && range_uj >= energy_uj)
        counter->range_uj = range_uj;
    counter->fd = fd_take(&fd);
    counter->last_uj = *energy_uj_out = energy_uj;
    return 0;
}

/* A zone that is gone stays a gap until its path leads somewhere again. */
static int find_again(struct rapl_world *world, struct rapl_counter *counter)
{
    int64_t now = world->clock->mono_ns(world->clock->payload);

    if (counter->fd < 0 && now < counter->retry_ns)
        return counter->error;
    counter->retry_ns = now + REOPEN_NS;
    return fs_follow_at(world->sys_fd, counter->path, &counter->fd);
}

/* A counter that fails or stands still may no longer be the zone's file. */
static int read_value(struct rapl_world *world, struct rapl_counter *counter,
                      uint64_t *energy_uj_out)
{
    int r = counter->fd < 0 ? -ENODEV : fs_pread_u64(counter->fd, energy_uj_out, NULL);
    int found;

    if (r == 0 && *energy_uj_out != counter->last_uj)
        return 0;
    found = find_again(world, counter);
    if (found > 0)
        return fs_pread_u64(counter->fd, energy_uj_out, NULL);
    if (found < 0)
        return found == -ENOENT || found == -ENOTDIR ? -ENODEV : found;
    return r;
}

static int read_counter(struct rapl_world *world, struct rapl_counter *counter,
                        uint64_t *energy_uj_out)
{
    uint64_t energy_uj = 0;

    counter->error = read_value(world, counter, &energy_uj);
    if (counter->error == 0)
        counter->last_uj = *energy_uj_out = energy_uj;
    return counter->error;
}

static void close_counter(struct rapl_world *world, struct rapl_counter *counter)
{
    (void)world;
    fd_closep(&counter->fd);
}

/* Old kernels show the same socket counter once per die on AMD: the dies are not to be added, and
 * the one that says most is the one that counts. Return: how many candidates it has dealt with. */
static size_t take_one(struct rapl_world *world, const struct rapl_candidate *candidates,
                       size_t count, struct rapl_counter *counter_out)
{
    bool joined = cpuinfo_is_amd(rapl_world_info(world));
    uint64_t best_uj = 0;
    size_t at = 0;

    for (; at < count &&
           (at == 0 || (joined && candidates[at].place.kind == candidates[0].place.kind &&
                        candidates[at].place.package == candidates[0].place.package));
         at++) {
        struct rapl_counter counter = RAPL_COUNTER_NULL;
        uint64_t energy_uj = 0;

        counter.place = candidates[at].place;
        counter.mmio = candidates[at].mmio;
        if (joined)
            counter.place.die = RAPL_DIE_NONE;
        (void)snprintf(counter.path, sizeof(counter.path), "%s/energy_uj",
                       candidates[at].zone->path);
        if (joined && fs_read_u64_at(world->sys_fd, counter.path, &energy_uj, NULL) < 0)
            energy_uj = 0;
        if (at == 0 || energy_uj > best_uj)
            *counter_out = counter;
        if (energy_uj > best_uj)
            best_uj = energy_uj;
    }
    return at;
}

static void explain(struct rapl_world *world, const struct powercap_zones *zones,
                    struct rapl_closed *closed)
{
    closed->state = READER_ABSENT;
    if (zones->count == 0 && zones->dangling > 0) {
        text_append(closed->reason, sizeof(closed->reason),
                    "RAPL zones are masked by the container runtime");
        text_append(closed->fix, sizeof(closed->fix),
                    "docker run --security-opt systempaths=unconfined ...  # podman: unmask=ALL; "
                    "shows all that the runtime hides; less: "
                    "-v /sys/class/powercap:/host/sys/class/powercap:ro "
                    "-v /sys/devices/virtual/powercap:/host/sys/devices/virtual/powercap:ro "
                    "-v /proc:/host/proc:ro, and then: aico2 run --sysroot=/host");
    } else if (zones->count > 0) {
        text_append(closed->reason, sizeof(closed->reason),
                    "RAPL zones, but none of a package or its DRAM");
    } else if (rapl_world_info(world)->arm_implementer >= 0) {
        text_append(closed->reason, sizeof(closed->reason),
                    "no RAPL zones: ARM processors have none");
    } else if (rapl_world_info(world)->hypervisor) {
        text_append(closed->reason, sizeof(closed->reason),
                    "no RAPL zones: the hypervisor does not pass them on to this virtual machine");
    } else {
        text_append(
            closed->reason, sizeof(closed->reason),
            "no RAPL zones: a driver that is not loaded, or a processor without the counter");
        closed->remedy = REMEDY_RAPL_MODULE;
    }
}

static int find(struct rapl_world *world, struct rapl_counters *counters_out,
                struct rapl_closed *closed_out)
{
    AICO2_CLEANUP(powercap_zones_deinit) struct powercap_zones zones = { 0 };
    AICO2_CLEANUP(freep) struct rapl_candidate *candidates = NULL;
    size_t count;

    if (powercap_find(world->sys_fd, &zones) < 0)
        return -ENOMEM;
    candidates = calloc(zones.count + 1, sizeof(*candidates));
    if (candidates == NULL)
        return -ENOMEM;
    count = rapl_choose(&zones, candidates);
    for (size_t i = 0; i < count;) {
        struct rapl_counter counter;

        i += take_one(world, &candidates[i], count - i, &counter);
        if (rapl_counters_add(counters_out, &counter) < 0)
            return -ENOMEM;
    }
    rapl_counters_join_dies(counters_out);
    if (count == 0)
        explain(world, &zones, closed_out);
    return 0;
}

const struct rapl_door rapl_door_powercap = {
    .name = "powercap",
    .find = find,
    .open = open_counter,
    .read = read_counter,
    .close = close_counter,
    .rate = rate,
};
