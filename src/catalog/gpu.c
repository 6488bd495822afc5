/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/gpu.c - what a GPU draws: its row of gpu_tdp.csv, or a default that says so
 *
 * Bands are twice the 1-sigma figure for "GPU by utilisation x limit" (30-40 %), wider where the
 * name leaves a variant open or the maker lets others set the limit. docs/models.md.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "catalog/gpu_default.h"
#include "catalog/gpu_name.h"
#include "catalog/hardware.h"
#include "model/units.h"

static const double MODEL_BAND = 0.70;
static const double LAPTOP_BAND = 0.50; /* makers of laptops choose the limit within a wide range */
/* Boards of one name this near to each other are as one: their middle is a model's figure. */
static const double NEAR_VARIANTS = 0.15;
static const double INTEGRATED_WATTS = 15;
static const double BOARD_TOLERANCE = 0.2;
static const double SLICE_BAND = 0.40; /* a share of a board by its memory */

static double device_watts(const struct gpu_row *row)
{
    return row->tdp_watts / row->devices;
}

static void use_row(struct gpu_facts *facts, const struct gpu_row *row)
{
    const char *note = gpu_text(row->note);

    facts->basis = BASIS_MODELLED;
    (void)snprintf(facts->name, sizeof(facts->name), "%s", gpu_text(row->name));
    (void)snprintf(facts->source, sizeof(facts->source), "gpu_tdp.csv: %s (%s)",
                   gpu_text(row->name), gpu_text(row->source));
    facts->board_watts = device_watts(row);
    facts->typical_watts = row->typical_watts / row->devices;
    facts->idle_watts = facts->board_watts * row->idle_ratio;
    facts->devices = row->devices;
    facts->memory_gib = row->memory_gib > 0 ? row->memory_gib / row->devices : NAN;
    facts->band_ratio = MODEL_BAND;
    if (strstr(note, "laptop") != NULL || strstr(note, "configurable") != NULL)
        facts->band_ratio = hypot(MODEL_BAND, LAPTOP_BAND);
    if (strncmp(note, "per chip TDP", 12) == 0 || strncmp(note, "measured maximum", 16) == 0)
        /* the band goes around the mean and holds the limit */
        facts->band_ratio = fmax(MODEL_BAND, facts->board_watts / facts->typical_watts - 1);
    text_append_note(facts->note, sizeof(facts->note), note);
}

/* Row to stand for all: the one preferred, if the preferred ones agree; else none. */
static const struct gpu_row *choose(const struct gpu_matches *matches)
{
    const struct gpu_row *chosen = NULL;

    for (size_t i = 0; i < matches->count; i++) {
        const struct gpu_row *row = matches->rows[i];

        if (!row->preferred)
            continue;
        if (chosen != NULL && device_watts(chosen) != device_watts(row))
            return NULL;
        if (chosen == NULL)
            chosen = row;
    }
    return chosen;
}

static void list_names(const struct gpu_matches *matches, const char *between, char *text,
                       size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < matches->count && i < 3 && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? between : "",
                                 gpu_text(matches->rows[i]->name));
}

/* Several boards by one name: one of them, or their middle, with a band that holds them all. */
static void use_variants(struct gpu_facts *facts, const struct gpu_matches *matches)
{
    const struct gpu_row *chosen = choose(matches);
    double low = INFINITY;
    double high = 0;
    double watts;

    for (size_t i = 0; i < matches->count; i++) {
        low = fmin(low, device_watts(matches->rows[i]));
        high = fmax(high, device_watts(matches->rows[i]));
    }
    if (chosen == NULL && low == high)
        chosen = matches->rows[0];
    if (chosen != NULL) {
        use_row(facts, chosen);
        watts = facts->board_watts;
        facts->note[0] = '\0';
        (void)snprintf(
            facts->note, sizeof(facts->note),
            "the name leaves the variant open (%zu boards, %.4g to %.4g W): taken as %.64s",
            matches->count, low, high, facts->name);
    } else {
        watts = (low + high) / 2;
        use_row(facts, matches->rows[0]);
        facts->basis = high / watts - 1 <= NEAR_VARIANTS ? BASIS_MODELLED : BASIS_ASSUMED;
        facts->name[0] = '\0';
        facts->note[0] = '\0';
        facts->idle_watts *= watts / facts->board_watts;
        facts->board_watts = facts->typical_watts = watts;
        facts->memory_gib = NAN;
        if (facts->basis == BASIS_MODELLED)
            list_names(matches, " or ", facts->name, sizeof(facts->name));
        else
            list_names(matches, ", ", facts->nearest, sizeof(facts->nearest));
        (void)snprintf(facts->source, sizeof(facts->source),
                       "gpu_tdp.csv: the name means %zu boards of %.4g to %.4g W, their middle",
                       matches->count, low, high);
    }
    facts->band_ratio = hypot(facts->band_ratio, fmax(high / watts - 1, 1 - low / watts));
}

static void use_default(struct gpu_facts *facts, const struct gpu_name *name)
{
    const struct gpu_class_row *row = gpu_class_at(gpu_default_class(name));
    char key[NAME_KEY_SIZE];

    facts->basis = BASIS_ASSUMED;
    if (gpu_is_integrated(name)) {
        facts->board_watts = facts->typical_watts = INTEGRATED_WATTS;
        facts->band_ratio = 1;
        (void)snprintf(facts->source, sizeof(facts->source),
                       "default: graphics of a CPU, %.4g W that its figure holds too",
                       INTEGRATED_WATTS);
        return;
    }
    facts->board_watts = facts->typical_watts = row->watts;
    facts->idle_watts = row->watts * row->idle_ratio;
    facts->band_ratio = row->band_ratio;
    facts->devices = 1;
    facts->memory_gib = NAN;
    (void)snprintf(facts->source, sizeof(facts->source), "default: %s, %.4g W",
                   gpu_text(row->label), facts->board_watts);
    if (gpu_name_key(name, key))
        gpu_nearest(key, facts->nearest, sizeof(facts->nearest));
}

/* A vGPU is billed for its share of the parent's memory; a MIG slice is told by its parent's
 * figure. */
static void take_slice(struct gpu_facts *facts, const struct gpu_name *name)
{
    double share;

    if (name->is_slice)
        text_append_note(facts->note, sizeof(facts->note),
                         "a MIG instance: the figures are those of the whole GPU");
    if (name->vgpu_gib == 0 || !(facts->memory_gib > 0))
        return;
    share = fmin(1, name->vgpu_gib / facts->memory_gib);
    facts->board_watts *= share;
    facts->typical_watts *= share;
    facts->idle_watts *= share;
    facts->band_ratio = hypot(facts->band_ratio, SLICE_BAND);
    facts->note[0] = '\0';
    (void)snprintf(facts->note, sizeof(facts->note), "vGPU with %u of %.4g GiB of the GPU's memory",
                   name->vgpu_gib, facts->memory_gib);
    facts->memory_gib = name->vgpu_gib;
}

/* A reader that shows a board of several devices as one tells the memory of all of them. */
static void take_whole_board(struct gpu_facts *facts, double gib)
{
    double board = facts->memory_gib * facts->devices;

    if (facts->devices < 2 || !(board > 0) || fabs(board - gib) > BOARD_TOLERANCE * board)
        return;
    facts->board_watts *= facts->devices;
    facts->typical_watts *= facts->devices;
    facts->idle_watts *= facts->devices;
    facts->memory_gib = board;
    facts->devices = 1;
}

static void drop_disagreeing(struct gpu_matches *matches, double gib)
{
    struct gpu_matches agreeing = { .count = 0 };

    for (size_t i = 0; i < matches->count; i++) {
        if (gpu_memory_agrees(matches->rows[i], gib))
            agreeing.rows[agreeing.count++] = matches->rows[i];
    }
    if (agreeing.count > 0)
        *matches = agreeing;
}

void catalog_gpu_find(const char *name, uint64_t memory_bytes, struct gpu_facts *facts_out)
{
    struct gpu_matches matches;
    struct gpu_name parsed;

    *facts_out = (struct gpu_facts){ .devices = 1, .memory_gib = NAN };
    gpu_name_parse(name, &parsed);
    if (parsed.vgpu_gib > 0)
        memory_bytes = 0; /* the guest sees its share */
    gpu_name_find(&parsed, memory_bytes, &matches);
    if (matches.count > 1 && memory_bytes > 0)
        drop_disagreeing(&matches, (double)memory_bytes / BYTES_PER_GIB);

    if (matches.count == 0)
        use_default(facts_out, &parsed);
    else if (matches.count == 1)
        use_row(facts_out, matches.rows[0]);
    else
        use_variants(facts_out, &matches);
    take_whole_board(facts_out, (double)memory_bytes / BYTES_PER_GIB);
    take_slice(facts_out, &parsed);
}
