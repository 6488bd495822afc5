/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_perf.c - RAPL counters through the perf PMU `power`
 *
 * perf_event_open(2) and Linux arch/x86/events/rapl.c: 64 bits that begin at 0 when they are opened
 * and never wrap, for who has CAP_PERFMON. One counter of each event for each CPU of `cpumask`,
 * which has one CPU of every package or die. Not read in groups: that saves 1 us of 6 for two.
 */
#include "readers/rapl_door.h"

#include <errno.h>
#include <string.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/perf_event.h"
#include "readers/rapl_event.h"
#include "readers/topology.h"

#define PMU "bus/event_source/devices/power/"

static const struct {
    const char *name;
    enum device_kind kind;
} events[] = {
    { "energy-pkg", DEVICE_CPU },
    { "energy-ram", DEVICE_DRAM },
    { "energy-psys", DEVICE_BOARD },
};

static int nothing(struct rapl_closed *closed, enum reader_state state, const char *reason)
{
    closed->state = state;
    text_append(closed->reason, sizeof(closed->reason), "%s", reason);
    return 0;
}

/* The counters of one event. Kernels before 5.17 list events for AMD that it has not: the package
 * is all that counts there, once for all its dies. */
static int add_event(struct rapl_world *world, const struct rapl_event *event,
                     enum device_kind kind, uint32_t type, const struct cpu_mask *cpus,
                     struct rapl_counters *counters)
{
    bool amd = cpuinfo_is_amd(rapl_world_info(world));
    int ordinal = 0;
    int r = 0;

    if (amd && kind != DEVICE_CPU)
        return 0;
    for (int cpu = cpu_mask_next(cpus, 0); r == 0 && cpu < TOPOLOGY_CPUS_MAX;
         cpu = cpu_mask_next(cpus, cpu + 1)) {
        struct rapl_counter counter = RAPL_COUNTER_NULL;
        struct rapl_seat seat = { .package = 0, .die = RAPL_DIE_NONE };

        if (kind != DEVICE_BOARD) /* of which there is one, with the first package */
            rapl_seat_read(world->sys_fd, cpu, &seat);
        counter.place.kind = kind;
        counter.place.package = seat.package >= 0 ? seat.package : ordinal;
        counter.place.die = amd ? RAPL_DIE_NONE : seat.die;
        counter.type = type;
        counter.cpu = cpu;
        counter.address = event->config;
        counter.unit_uj = event->unit_uj;
        r = rapl_counters_add(counters, &counter);
        ordinal++;
    }
    return r;
}

static bool read_mask(int sys_fd, struct cpu_mask *cpus_out)
{
    char text[4096];

    return fs_read_text_at(sys_fd, PMU "cpumask", text, sizeof(text), NULL) >= 0 &&
           cpu_mask_parse(text, cpus_out) && cpu_mask_count(cpus_out) > 0;
}

static int find(struct rapl_world *world, struct rapl_counters *counters_out,
                struct rapl_closed *closed_out)
{
    struct cpu_mask cpus;
    uint64_t type;
    int r = fs_read_u64_at(world->sys_fd, PMU "type", &type, NULL);

    if (r == -ENOENT)
        return nothing(closed_out, READER_ABSENT, "no perf PMU 'power' in sysfs");
    if (r < 0 || type > UINT32_MAX)
        return nothing(closed_out, fs_is_denied(r) ? READER_DENIED : READER_BROKEN,
                       "no number in 'type' of the perf PMU 'power'");
    for (size_t i = 0; i < ARRAY_LENGTH(events); i++) {
        struct rapl_event event;

        r = rapl_event_read(world->sys_fd, events[i].name, &event);
        if (i == 0 && r == -ENOENT) /* psys alone, as virtual machines show it, is no machine's */
            return nothing(closed_out, READER_ABSENT, "the perf PMU 'power' has no packages");
        if (i == 0 && r < 0)
            return nothing(closed_out, READER_BROKEN,
                           "the perf PMU 'power' does not describe 'energy-pkg' as expected");
        if (i == 0 && world->perf == NULL) {
            closed_out->captured = true;
            return nothing(closed_out, READER_ABSENT,
                           "the perf counters of a captured machine cannot be opened");
        }
        if (i == 0 && !read_mask(world->sys_fd, &cpus))
            return nothing(closed_out, READER_BROKEN,
                           "the 'cpumask' of the perf PMU 'power' names no CPUs");
        if (r == 0 &&
            add_event(world, &event, events[i].kind, (uint32_t)type, &cpus, counters_out) < 0)
            return -ENOMEM;
    }
    rapl_counters_join_dies(counters_out);
    return 0;
}

static uint64_t in_microjoules(const struct rapl_counter *counter, uint64_t value)
{
    return (uint64_t)((double)value * counter->unit_uj);
}

static void close_counter(struct rapl_world *world, struct rapl_counter *counter)
{
    if (counter->fd >= 0)
        world->perf->close(world->perf->payload, counter->fd);
    counter->fd = -1;
}

static int read_open(struct rapl_world *world, struct rapl_counter *counter,
                     uint64_t *energy_uj_out)
{
    uint64_t value = 0;
    int r = world->perf->read(world->perf->payload, counter->fd, &value);

    if (r < 0)
        return r;
    counter->last_uj = *energy_uj_out = in_microjoules(counter, value);
    return 0;
}

static int open_counter(struct rapl_world *world, struct rapl_counter *counter,
                        uint64_t *energy_uj_out)
{
    int r = world->perf->open(world->perf->payload, counter->type, counter->address, counter->cpu);

    if (r >= 0) {
        counter->fd = r;
        r = read_open(world, counter, energy_uj_out);
        if (r < 0)
            close_counter(world, counter);
    }
    counter->error = r;
    return r;
}

/* After a change of CPUs it may be another CPU's, and the PMU may have another number. */
static int read_counter(struct rapl_world *world, struct rapl_counter *counter,
                        uint64_t *energy_uj_out)
{
    int r;

    if (counter->fd >= 0 && read_open(world, counter, energy_uj_out) == 0)
        return 0;
    r = rapl_counter_open_again(world, &rapl_door_perf, counter, energy_uj_out);
    counter->epoch += r == 0; /* it begins at 0 */
    return r;
}

const struct rapl_door rapl_door_perf = {
    .name = "perf",
    .find = find,
    .open = open_counter,
    .read = read_counter,
    .close = close_counter,
};
