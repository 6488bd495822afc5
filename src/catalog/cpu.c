/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/cpu.c - what a CPU draws: its row of cpu_tdp.csv, or a default that says so
 *
 * P(u) = P_idle + (P_full - P_idle) x shape(u), shares of TDP by Teads' measurements of packages
 * (cpu_power_curve.csv), three models by their own. Bands are twice the 1-sigma figure for
 * "CPU by TDP x utilisation" (30-40 %), wider where the table doubts. docs/models.md.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "catalog/cpu_arm.h"
#include "catalog/cpu_default.h"
#include "catalog/cpu_name.h"
#include "catalog/hardware.h"

static const double MODEL_BAND = 0.70;
static const double DISPUTED_BAND = 0.40;  /* "sources differ" */
static const double ESTIMATED_BAND = 0.60; /* the maker publishes no figure */
static const double SHARE_BAND =
    0.20; /* CPU time of a guest for the host's power: +-10 % (1 sigma) */
static const double GUESSED_BAND = 0.40; /* threads of the host by its class */
static const double TURBO_BAND_MOST = 1.3;

static double row_band(const struct cpu_row *row, double full_ratio)
{
    const char *note = cpu_text(row->note);
    double band = MODEL_BAND;

    if (strstr(note, "differ") != NULL || strstr(note, "range") != NULL)
        band = hypot(band, DISPUTED_BAND);
    if (strstr(note, "estimate") != NULL || strstr(note, "publishe") != NULL ||
        strstr(note, "not verified") != NULL)
        band = hypot(band, ESTIMATED_BAND);
    /* a board may let it draw the maximum turbo power for as long as the load lasts */
    if (row->max_watts > row->tdp_watts)
        band =
            fmax(band, fmin(row->max_watts / (full_ratio * row->tdp_watts) - 1, TURBO_BAND_MOST));
    return band;
}

static void set_power(struct cpu_facts *facts, const struct cpu_curve_row *curve)
{
    facts->idle_watts = facts->tdp_watts * curve->idle_ratio * facts->host_share;
    facts->full_watts = facts->tdp_watts * curve->full_ratio * facts->host_share;
    facts->curve = curve->curve;
}

/* A guest is billed for its threads of the host's. ARM servers without that flag but with fewer
 * cores than the chip has are guests too. */
static void take_share(struct cpu_facts *facts, const struct cpu_query *query, bool is_guest,
                       const char *about)
{
    facts->host_share = 1;
    if (!is_guest)
        return;
    if (query->threads <= 0 || facts->threads <= 0) {
        (void)snprintf(facts->note, sizeof(facts->note),
                       "a guest whose share of the host is unknown: the whole package is counted");
        return;
    }
    facts->host_share = fmin(1, (double)query->threads / facts->threads);
    facts->band_ratio = hypot(facts->band_ratio, SHARE_BAND);
    (void)snprintf(facts->note, sizeof(facts->note), "%d of %s%d threads of the host",
                   query->threads < facts->threads ? query->threads : facts->threads, about,
                   facts->threads);
}

/* Threads of a package the table does not tell, by the watts a thread of its class. */
static int guess_threads(const struct cpu_query *query, const struct cpu_name *name,
                         const struct cpu_row *row)
{
    struct cpu_default stand_in;

    cpu_default_find(query, name, NULL, &stand_in);
    if (stand_in.per_package || stand_in.threads <= 0)
        return stand_in.threads;
    return (int)lround(row->tdp_watts / (stand_in.tdp_watts / stand_in.threads));
}

static void use_row(struct cpu_facts *facts, const struct cpu_query *query,
                    const struct cpu_name *name, const struct cpu_row *row)
{
    const struct cpu_curve_row *curve = cpu_curve_of(row);
    bool is_guest = query->virtualized || (row->vendor == CPU_VENDOR_AWS && query->threads > 0 &&
                                           query->threads < row->threads);

    facts->basis = BASIS_MODELLED;
    text_copy_clean(facts->name, sizeof(facts->name), cpu_text(row->name));
    (void)snprintf(facts->source, sizeof(facts->source), "cpu_tdp.csv: %s (%s)",
                   cpu_text(row->name), cpu_text(row->source));
    facts->tdp_watts = row->tdp_watts;
    facts->cores = row->cores;
    facts->threads = row->threads;
    facts->band_ratio = row_band(row, curve->full_ratio);
    if (is_guest && facts->threads == 0) {
        facts->threads = guess_threads(query, name, row);
        facts->band_ratio = hypot(facts->band_ratio, GUESSED_BAND);
        take_share(facts, query, true, "about ");
    } else {
        take_share(facts, query, is_guest, "");
    }
    text_append_note(facts->note, sizeof(facts->note), cpu_text(row->note));
    set_power(facts, curve);
}

static void use_default(struct cpu_facts *facts, const struct cpu_query *query,
                        const struct cpu_default *stand_in)
{
    facts->basis = BASIS_ASSUMED;
    facts->tdp_watts = stand_in->tdp_watts;
    facts->threads = stand_in->threads;
    facts->band_ratio = stand_in->band_ratio;
    if (!stand_in->per_package && stand_in->threads > 0) {
        double per_thread = stand_in->tdp_watts / stand_in->threads;

        (void)snprintf(facts->source, sizeof(facts->source), "default: %s, %.2g W a thread",
                       stand_in->label, per_thread);
        /* what is seen is all there is, or more than the class's package has */
        if (query->threads > 0 && (!query->virtualized || query->threads > stand_in->threads)) {
            facts->threads = query->threads;
            facts->tdp_watts = per_thread * query->threads;
        }
    } else {
        (void)snprintf(facts->source, sizeof(facts->source), "default: %s, %.4g W", stand_in->label,
                       stand_in->tdp_watts);
    }
    take_share(facts, query, query->virtualized, "about ");
    set_power(facts, cpu_curve_of(NULL));
}

static const struct cpu_row *row_of_arm(const struct arm_core *core, int threads)
{
    if (core == NULL || core->key == NULL)
        return NULL;
    if (core->many_key != NULL && threads > core->many_threads)
        return cpu_row_by_key(core->many_key);
    return cpu_row_by_key(core->key);
}

void catalog_cpu_find(const struct cpu_query *query, struct cpu_facts *facts_out)
{
    const struct arm_core *core;
    const struct cpu_row *row;
    struct cpu_default stand_in;
    struct cpu_name name;
    char key[NAME_KEY_SIZE];
    int implementer = query->arm_implementer;
    int part = query->arm_part;

    *facts_out = (struct cpu_facts){ .host_share = 1 };
    cpu_name_parse(query->model_name, query->vendor_id, &name);
    row = cpu_name_find(&name);
    if (row != NULL) {
        use_row(facts_out, query, &name, row);
        return;
    }

    if (implementer < 0)
        (void)arm_ids_from_words(&name.words, &implementer, &part);
    core = arm_core_by_id(implementer, part);
    if (core == NULL)
        core = arm_core_by_name(&name.words);
    row = row_of_arm(core, query->threads);
    if (row != NULL) {
        use_row(facts_out, query, &name, row);
        text_append_note(facts_out->note, sizeof(facts_out->note), core->label);
        return;
    }

    cpu_default_find(query, &name, core, &stand_in);
    use_default(facts_out, query, &stand_in);
    if (name_join(&name.loose, key))
        cpu_nearest(key, facts_out->nearest, sizeof(facts_out->nearest));
}
