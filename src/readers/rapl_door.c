/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_door.c - what the ways to the RAPL counters have in common */
#include "readers/rapl_door.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"

/* Packages of all sorts there may be; what lies past it is not looked at. */
enum { COUNTERS_MAX = 4096 };

static const int64_t RETRY_LEAST_NS = 100 * NSEC_PER_MSEC;
static const int64_t RETRY_MOST_NS = 10 * NSEC_PER_SEC;
static const double WATTS_MIN = 3;
static const double WATTS_MAX = 1000;

const struct rapl_door *const rapl_doors[RAPL_DOORS] = {
    [RAPL_PERF] = &rapl_door_perf,
    [RAPL_POWERCAP] = &rapl_door_powercap,
    [RAPL_MSR] = &rapl_door_msr,
};

const struct cpuinfo *rapl_world_info(struct rapl_world *world)
{
    if (!world->info_known)
        cpuinfo_read(world->proc_fd, &world->info);
    world->info_known = true;
    return &world->info;
}

const struct rapl_counter *rapl_counters_find(const struct rapl_counters *counters,
                                              const struct rapl_place *place)
{
    for (size_t i = 0; i < counters->count; i++) {
        if (rapl_place_compare(&counters->items[i].place, place) == 0)
            return &counters->items[i];
    }
    return NULL;
}

int rapl_counters_add(struct rapl_counters *counters, const struct rapl_counter *counter)
{
    if (counters->count >= COUNTERS_MAX || rapl_counters_find(counters, &counter->place) != NULL)
        return 0;
    if (array_reserve(&counters->items, &counters->capacity, counters->count + 1,
                      sizeof(*counter)) < 0)
        return -ENOMEM;
    counters->items[counters->count++] = *counter;
    return 0;
}

void rapl_counters_deinit(struct rapl_counters *counters)
{
    free(counters->items);
    *counters = (struct rapl_counters){ 0 };
}

double rapl_watts_or_none(double watts)
{
    return watts >= WATTS_MIN && watts <= WATTS_MAX ? watts : NAN;
}

static int find_and_open(struct rapl_world *world, const struct rapl_door *door,
                         struct rapl_counter *counter, uint64_t *energy_uj_out)
{
    AICO2_CLEANUP(rapl_counters_deinit) struct rapl_counters found = { 0 };
    struct rapl_closed closed = { .state = READER_USED };
    const struct rapl_counter *same;
    int r = door->find(world, &found, &closed);

    if (r < 0)
        return r;
    same = rapl_counters_find(&found, &counter->place);
    if (same == NULL)
        return -ENODEV;
    counter->type = same->type;
    counter->cpu = same->cpu;
    counter->address = same->address;
    counter->unit_uj = same->unit_uj;
    return door->open(world, counter, energy_uj_out);
}

int rapl_counter_open_again(struct rapl_world *world, const struct rapl_door *door,
                            struct rapl_counter *counter, uint64_t *energy_uj_out)
{
    int64_t now = world->clock->mono_ns(world->clock->payload);

    if (counter->fd < 0 && now < counter->retry_ns)
        return counter->error;
    door->close(world, counter);
    counter->error = find_and_open(world, door, counter, energy_uj_out);
    if (counter->error == 0) {
        counter->wait_ns = 0;
        return 0;
    }
    counter->wait_ns = counter->wait_ns == 0 ? RETRY_LEAST_NS : counter->wait_ns * 2;
    if (counter->wait_ns > RETRY_MOST_NS)
        counter->wait_ns = RETRY_MOST_NS;
    counter->retry_ns = now + counter->wait_ns;
    return counter->error;
}

static size_t count_dies(const struct rapl_counters *counters, int package)
{
    size_t dies = 0;

    for (size_t i = 0; i < counters->count; i++)
        dies += counters->items[i].place.kind == DEVICE_CPU &&
                counters->items[i].place.package == package;
    return dies;
}

void rapl_counters_join_dies(struct rapl_counters *counters)
{
    for (size_t i = 0; i < counters->count; i++) {
        struct rapl_place *place = &counters->items[i].place;

        if (place->die != RAPL_DIE_NONE && count_dies(counters, place->package) == 1)
            place->die = RAPL_DIE_NONE;
    }
}
