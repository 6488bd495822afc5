/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/memory.c - what memory draws by its size, from the rates of memory_power.csv
 *
 * The published rates are 0.28 to 0.39 W/GiB and the data sheets of DIMMs allow 0.1 to 0.6: the
 * middle rate with a band that holds them all (+-50 %, 1 sigma). Where type and size of each module
 * are known it is by the table's modules, +-40 % (1 sigma): between two sizes along the line, below
 * the smallest in proportion, above the largest along the last line.
 */
#include <stdio.h>

#include "catalog/hardware.h"

#include "base/attributes.h"
#include "catalog/power_factors.h"
#include "model/units.h"

/* Boards of ARM with more than this have DIMMs. */
static const double SOLDERED_GIB_MOST = 64;

void catalog_memory_find(uint64_t bytes, bool arm, struct memory_facts *facts_out)
{
    double gib = (double)bytes / BYTES_PER_GIB;
    bool soldered = arm && gib <= SOLDERED_GIB_MOST;
    double active = soldered ? LPDDR_ACTIVE_WATTS_PER_GIB : DRAM_ACTIVE_WATTS_PER_GIB;
    double idle = soldered ? LPDDR_IDLE_WATTS_PER_GIB : DRAM_ACTIVE_WATTS_PER_GIB * DRAM_IDLE_RATIO;

    *facts_out = (struct memory_facts){
        .idle_watts = gib * idle,
        .active_watts = gib * active,
        .band_ratio = DRAM_BAND_RATIO,
    };
    (void)snprintf(facts_out->source, sizeof(facts_out->source),
                   "memory_power.csv: %s, %.3g to %.3g W/GiB", soldered ? "LPDDR" : "DRAM", idle,
                   active);
}

/* Along the line through two rows of the table. */
static struct module_power between(const struct module_power *a, const struct module_power *b,
                                   double gib)
{
    double along = (gib - a->gib) / (b->gib - a->gib);

    return (struct module_power){
        .type = a->type,
        .gib = gib,
        .idle_watts = a->idle_watts + (b->idle_watts - a->idle_watts) * along,
        .active_watts = a->active_watts + (b->active_watts - a->active_watts) * along,
    };
}

static struct module_power dimm_power(enum memory_type type, double gib)
{
    static const struct module_power nothing = { .gib = 0 };
    const struct module_power *before = &nothing;
    const struct module_power *last = &nothing;

    for (size_t i = 0; i < ARRAY_LENGTH(MODULE_POWER); i++) {
        if (MODULE_POWER[i].type != type)
            continue;
        before = last;
        last = &MODULE_POWER[i];
        if (gib <= last->gib)
            break;
    }
    return between(before, last, gib);
}

static struct module_power module_power(enum memory_type type, double gib)
{
    switch (type) {
    case MEMORY_DDR3:
    case MEMORY_DDR4:
    case MEMORY_DDR5:
        return dimm_power(type, gib);
    case MEMORY_LPDDR4:
        return (struct module_power){ type, gib, gib * LPDDR4_IDLE_WATTS,
                                      gib * LPDDR4_ACTIVE_WATTS };
    case MEMORY_LPDDR5:
        return (struct module_power){ type, gib, gib * LPDDR5_IDLE_WATTS,
                                      gib * LPDDR5_ACTIVE_WATTS };
    case MEMORY_TYPE_UNKNOWN:
    case MEMORY_TYPES:
        break;
    }
    return (struct module_power){ type, gib, gib * DRAM_ACTIVE_WATTS_PER_GIB * DRAM_IDLE_RATIO,
                                  gib * DRAM_ACTIVE_WATTS_PER_GIB };
}

static double module_band(enum memory_type type)
{
    switch (type) {
    case MEMORY_DDR3:
    case MEMORY_DDR4:
    case MEMORY_DDR5:
        return MODULE_BAND_RATIO;
    case MEMORY_LPDDR4:
        return LPDDR4_BAND_RATIO;
    case MEMORY_LPDDR5:
        return LPDDR5_BAND_RATIO;
    case MEMORY_TYPE_UNKNOWN:
    case MEMORY_TYPES:
        break;
    }
    return DRAM_BAND_RATIO;
}

/* Modules of one machine are wrong alike: their bands add up. */
void catalog_memory_modules_find(const struct memory_modules *modules, double share_ratio,
                                 struct memory_facts *facts_out)
{
    struct memory_facts facts = { .idle_watts = 0 };
    double band_watts = 0;

    for (size_t i = 0; i < modules->group_count; i++) {
        const struct memory_group *group = &modules->groups[i];
        struct module_power one =
            module_power(group->type, (double)group->bytes_each / BYTES_PER_GIB);

        facts.idle_watts += group->count * one.idle_watts * share_ratio;
        facts.active_watts += group->count * one.active_watts * share_ratio;
        band_watts += group->count * one.active_watts * share_ratio * module_band(group->type);
    }
    facts.band_ratio = facts.active_watts > 0 ? band_watts / facts.active_watts : DRAM_BAND_RATIO;
    (void)snprintf(facts.source, sizeof(facts.source), "memory_power.csv: %u module%s %s%s",
                   memory_modules_count(modules), memory_modules_count(modules) == 1 ? "" : "s",
                   modules->group_count == 1 ? memory_type_name(modules->groups[0].type)
                                             : "by type and size",
                   share_ratio < 1 ? ", our share" : "");
    *facts_out = facts;
}
