/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/memory.c - what memory draws by its size, from the rates of memory_power.csv
 *
 * The published rates are 0.28 to 0.39 W/GiB and the data sheets of DIMMs allow 0.1 to 0.6: the
 * middle rate with a band that holds them all (+-50 %, 1 sigma).
 */
#include <stdio.h>

#include "catalog/hardware.h"

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
