/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_find.c - every place that has a RAPL counter, with all the ways to it, opened */
#include "readers/rapl_find.h"

#include <errno.h>
#include <stdlib.h>

#include "base/attributes.h"

static int compare_domains(const void *left, const void *right)
{
    const struct rapl_domain *a = left;
    const struct rapl_domain *b = right;

    return rapl_place_compare(&a->place, &b->place);
}

static struct rapl_domain *domain_of(struct rapl_found *found, const struct rapl_place *place)
{
    for (size_t i = 0; i < found->count; i++) {
        if (rapl_place_compare(&found->domains[i].place, place) == 0)
            return &found->domains[i];
    }
    return NULL;
}

/* Makes domains of the places that a door leads to, or adds the way to those that are there. */
static int add_ways(struct rapl_found *found, enum rapl_door_id way,
                    const struct rapl_counters *counters)
{
    size_t room = found->count + counters->count + 1;
    struct rapl_domain *domains = realloc(found->domains, room * sizeof(*domains));

    if (domains == NULL)
        return -ENOMEM;
    found->domains = domains;
    for (size_t i = 0; i < counters->count; i++) {
        struct rapl_domain *domain = domain_of(found, &counters->items[i].place);

        if (domain == NULL) {
            domain = &found->domains[found->count++];
            *domain = (struct rapl_domain){ .place = counters->items[i].place };
            for (int j = 0; j < RAPL_DOORS; j++)
                domain->counters[j] = RAPL_COUNTER_NULL;
        }
        domain->counters[way] = counters->items[i];
        domain->known[way] = true;
    }
    return 0;
}

static int look(struct rapl_found *found, struct rapl_world *world, enum rapl_door_id way)
{
    AICO2_CLEANUP(rapl_counters_deinit) struct rapl_counters counters = { 0 };

    found->closed[way].state = READER_USED;
    if (rapl_doors[way]->find(world, &counters, &found->closed[way]) < 0)
        return -ENOMEM;
    return add_ways(found, way, &counters);
}

static size_t count_open(const struct rapl_found *found, enum device_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++)
        count += found->domains[i].open && found->domains[i].place.kind == kind;
    return count;
}

static bool is_all_open(const struct rapl_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        if (!found->domains[i].open)
            return false;
    }
    return true;
}

/* A package, or the DRAM of a server, that neither perf nor powercap gives. */
static bool is_more_wanted(const struct rapl_found *found, struct rapl_world *world)
{
    size_t packages = count_open(found, DEVICE_CPU);

    return packages == 0 || !is_all_open(found) ||
           (count_open(found, DEVICE_DRAM) < packages &&
            cpuinfo_is_intel_server(rapl_world_info(world)));
}

static void open_all(struct rapl_found *found, struct rapl_world *world)
{
    for (size_t i = 0; i < found->count; i++)
        (void)rapl_domain_open(&found->domains[i], world);
}

/* Only for the places that are not open yet: what the registers alone know and cannot tell is no
 * counter, and not missed. */
static void open_registers(struct rapl_found *found, struct rapl_world *world, bool wanted)
{
    size_t kept = 0;

    for (size_t i = 0; i < found->count; i++) {
        struct rapl_domain *domain = &found->domains[i];
        bool elsewhere = domain->known[RAPL_PERF] || domain->known[RAPL_POWERCAP];

        if (wanted && !domain->open && domain->known[RAPL_MSR])
            (void)rapl_domain_open(domain, world);
        if (domain->known[RAPL_MSR] && domain->place.kind == DEVICE_CPU && found->msr_error == 0)
            found->msr_error = domain->counters[RAPL_MSR].error;
        if (!domain->open && !elsewhere)
            continue;
        if (kept != i)
            found->domains[kept] = *domain;
        kept++;
    }
    found->count = kept;
}

/* Whether the registers could be read, when nobody needs them. */
static void try_registers(struct rapl_found *found, struct rapl_world *world)
{
    for (size_t i = 0; i < found->count; i++) {
        struct rapl_counter *counter = &found->domains[i].counters[RAPL_MSR];
        uint64_t energy_uj;

        if (!found->domains[i].known[RAPL_MSR] || found->domains[i].place.kind != DEVICE_CPU ||
            counter->fd >= 0)
            continue;
        (void)rapl_door_msr.open(world, counter, &energy_uj);
        rapl_door_msr.close(world, counter);
        return;
    }
}

int rapl_find(struct rapl_found *found, struct rapl_world *world, bool all)
{
    bool wanted;

    *found = (struct rapl_found){ .world = world };
    if (look(found, world, RAPL_PERF) < 0 || look(found, world, RAPL_POWERCAP) < 0)
        return -ENOMEM;
    open_all(found, world);
    found->closed[RAPL_MSR].state = READER_AVAILABLE;
    wanted = is_more_wanted(found, world);
    if (wanted || all) {
        if (look(found, world, RAPL_MSR) < 0)
            return -ENOMEM;
        if (!wanted)
            try_registers(found, world);
        open_registers(found, world, wanted);
    }
    qsort(found->domains, found->count, sizeof(*found->domains), compare_domains);
    return 0;
}

void rapl_found_deinit(struct rapl_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->domains[i].open)
            rapl_domain_close(&found->domains[i], found->world);
    }
    free(found->domains);
    *found = (struct rapl_found){ .domains = NULL };
}
