/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/embodied.c - what the manufacture of a device has cost, from embodied.csv
 *
 * Published figures for one device lie up to a factor 20 apart (DRAM) and few devices have any:
 * bands reach from the lowest source to the highest. A GPU without a figure of its own gets the
 * generic accelerator of the Teads method. docs/models.md.
 */
#include <math.h>
#include <stdio.h>

#include "catalog/gpu_name.h"
#include "catalog/hardware.h"

#include "catalog/power_factors.h"
#include "model/units.h"

static void set(struct embodied_facts *facts, double kg, double low, double high, double share)
{
    *facts = (struct embodied_facts){
        .kgco2e = kg * share,
        .kg_low = low * share,
        .kg_high = high * share,
        .lifetime_years = LIFETIME_YEARS,
    };
}

/* A reader that shows a board of several devices as one tells the memory of all of them. */
static bool is_whole_board(const struct gpu_row *row, uint64_t memory_bytes)
{
    return row->memory_gib > 0 && (double)memory_bytes / BYTES_PER_GIB > 0.8 * row->memory_gib;
}

static void set_gpu(struct embodied_facts *facts, const char *model, uint64_t memory_bytes,
                    double share)
{
    const struct gpu_embodied_row *own = NULL;
    struct gpu_matches matches;
    struct gpu_name name;

    gpu_name_parse(model, &name);
    gpu_name_find(&name, memory_bytes, &matches);
    for (size_t i = 0; i < matches.count && own == NULL; i++) {
        if (matches.count == 1 || matches.rows[i]->preferred)
            own = gpu_embodied_of(matches.rows[i]);
    }
    if (own != NULL) {
        set(facts, own->kgco2e, own->kg_low, own->kg_high, share);
        (void)snprintf(facts->source, sizeof(facts->source), "embodied.csv: this GPU%s",
                       own->modelled ? ", by Boavizta's model" : "");
        return;
    }
    if (matches.count > 0 && !is_whole_board(matches.rows[0], memory_bytes))
        share /= matches.rows[0]->devices;
    set(facts, GPU_KG, GPU_KG_LOW, GPU_KG_HIGH, share);
    (void)snprintf(facts->source, sizeof(facts->source),
                   "embodied.csv: no figure for this GPU, a generic accelerator's");
}

bool catalog_embodied_find(enum device_kind kind, const char *model, uint64_t memory_bytes,
                           double host_share, struct embodied_facts *facts_out)
{
    double gib = (double)memory_bytes / BYTES_PER_GIB;
    double share = isfinite(host_share) ? fmin(fmax(host_share, 0), 1) : 1;

    if (!(share > 0)) /* a part that something else stands for */
        return false;
    switch (kind) {
    case DEVICE_CPU:
        set(facts_out, CPU_KG, CPU_KG_LOW, CPU_KG_HIGH, share);
        (void)snprintf(facts_out->source, sizeof(facts_out->source),
                       "embodied.csv: generic server CPU%s", share < 1 ? ", our share" : "");
        return true;
    case DEVICE_MEMORY:
    case DEVICE_DRAM:
        if (memory_bytes == 0)
            return false;
        /* of what is installed or allowed: our share already */
        set(facts_out, gib * RAM_KG_PER_GIB, gib * RAM_KG_PER_GIB_LOW, gib * RAM_KG_PER_GIB_HIGH,
            1);
        (void)snprintf(facts_out->source, sizeof(facts_out->source),
                       "embodied.csv: RAM %.3g kg/GiB (%.2g to %.3g)", RAM_KG_PER_GIB,
                       RAM_KG_PER_GIB_LOW, RAM_KG_PER_GIB_HIGH);
        return true;
    case DEVICE_GPU:
        set_gpu(facts_out, model, memory_bytes, share);
        return true;
    case DEVICE_MODULE:
        if (memory_bytes == 0) /* its parts are devices of their own */
            return false;
        set(facts_out, CPU_KG + gib * RAM_KG_PER_GIB, CPU_KG_LOW + gib * RAM_KG_PER_GIB_LOW,
            CPU_KG_HIGH + gib * RAM_KG_PER_GIB_HIGH, 1);
        (void)snprintf(facts_out->source, sizeof(facts_out->source),
                       "embodied.csv: generic server CPU, and RAM %.3g kg/GiB", RAM_KG_PER_GIB);
        return true;
    case DEVICE_BOARD:
    case DEVICE_PART:
    case DEVICE_OTHER:
        return false;
    }
    return false;
}
