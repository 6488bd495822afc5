/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate/estimate.c - a footprint from hardware, time and place, without measuring */
#include "session/estimate/estimate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/lines.h"
#include "carbon/footprint.h"
#include "carbon/market.h"
#include "carbon/price.h"
#include "catalog/hardware.h"
#include "model/units.h"
#include "session/estimate/parts.h"

static const double SECONDS_PER_HOUR = 3600;

static void add_embodied_part(struct estimate *estimate, const struct estimate_query *query,
                              struct estimate_part *part, const struct part_facts *own)
{
    struct embodied_facts facts;
    double years;

    if (!catalog_embodied_find(part->kind, own->name, own->memory_bytes, 1, &facts))
        return;
    years = isfinite(query->lifetime_years) ? query->lifetime_years : facts.lifetime_years;
    part->embodied_gco2e =
        footprint_embodied((struct band){ facts.kgco2e, facts.kg_low, facts.kg_high }, years,
                           part->hours * SECONDS_PER_HOUR, part->count);
    /* no figure for any device is not 0 grams */
    if (!band_is_known(estimate->embodied_gco2e))
        estimate->embodied_gco2e = (struct band){ 0 };
    estimate->embodied_gco2e = band_sum(estimate->embodied_gco2e, part->embodied_gco2e);
    estimate_assume(estimate, "making %s: %.4g kgCO2e (%.4g ... %.4g), spread over %.3g years: %s",
                    part->kind == DEVICE_GPU   ? "a GPU"
                    : part->kind == DEVICE_CPU ? "a CPU"
                                               : "the memory",
                    facts.kgco2e, facts.kg_low, facts.kg_high, years, facts.source);
}

/* Of machines that nobody named a device of: only when asked for. */
static int add_servers(struct estimate *estimate, const struct estimate_query *query,
                       struct aico2_error *err)
{
    struct embodied_facts facts;
    double years;

    estimate->servers_gco2e = BAND_NONE;
    if (!(query->servers > 0) || !query->embodied)
        return 0;
    if (!isfinite(query->hours))
        return aico2_error_set(err, -EINVAL, "--servers: for how long? Give it by --hours H");
    catalog_embodied_server(&facts);
    years = isfinite(query->lifetime_years) ? query->lifetime_years : facts.lifetime_years;
    estimate->servers_gco2e =
        footprint_embodied((struct band){ facts.kgco2e, facts.kg_low, facts.kg_high }, years,
                           query->hours * SECONDS_PER_HOUR, query->servers);
    if (!band_is_known(estimate->embodied_gco2e))
        estimate->embodied_gco2e = (struct band){ 0 };
    estimate->embodied_gco2e = band_sum(estimate->embodied_gco2e, estimate->servers_gco2e);
    estimate_assume(estimate,
                    "making a server without its devices: %.4g kgCO2e (%.4g ... %.4g), spread over "
                    "%.3g years, %.6g of them: %s",
                    facts.kgco2e, facts.kg_low, facts.kg_high, years, query->servers, facts.source);
    return 0;
}

static void add_embodied(struct estimate *estimate, const struct estimate_query *query,
                         const struct part_facts *facts)
{
    estimate->embodied_gco2e = BAND_NONE;
    for (size_t i = 0; i < estimate->part_count; i++) {
        estimate->parts[i].embodied_gco2e = BAND_NONE;
        if (query->embodied)
            add_embodied_part(estimate, query, &estimate->parts[i], &facts[i]);
    }
}

static int add_energy(struct estimate *estimate, const struct estimate_query *query,
                      const struct part_facts *facts, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct class_part *bands = calloc(estimate->part_count, sizeof(*bands));
    struct band joules;

    if (bands == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < estimate->part_count; i++) {
        struct estimate_part *part = &estimate->parts[i];

        double joules_of_it = isfinite(facts[i].joules)
                                  ? facts[i].joules
                                  : part->count * part->power_watts * part->utilization_ratio *
                                        part->hours * SECONDS_PER_HOUR;

        bands[i] = (struct class_part){
            .kind = part->kind,
            .part = band_relative(joules_of_it, facts[i].band_ratio),
        };
        part->energy_kwh = band_scaled(bands[i].part, query->pue / JOULES_PER_KWH);
    }
    joules = footprint_add_bands(bands, estimate->part_count);
    estimate->it_energy_kwh = kwh_from_joules(joules.value);
    estimate->energy_kwh = band_scaled(joules, query->pue / JOULES_PER_KWH);
    estimate->operational_gco2e =
        footprint_operational(joules, query->pue, query->intensity.gco2e_per_kwh);
    estimate->total_gco2e = estimate->operational_gco2e;
    if (band_is_known(estimate->embodied_gco2e))
        estimate->total_gco2e = band_sum(estimate->total_gco2e, estimate->embodied_gco2e);
    estimate->market = market_based_make(&query->market, estimate->energy_kwh,
                                         query->intensity.gco2e_per_kwh, estimate->embodied_gco2e);
    return 0;
}

static void add_water(struct estimate *estimate, const struct estimate_query *query)
{
    struct water *water = &estimate->water;

    *water = (struct water){ .litres = BAND_NONE, .wue_l_per_kwh = NAN };
    (void)snprintf(estimate->pue_source, sizeof(estimate->pue_source), "%s",
                   query->pue_source != NULL ? query->pue_source : "");
    if (query->wue_source == NULL || !isfinite(query->wue_l_per_kwh))
        return;
    water->wue_l_per_kwh = query->wue_l_per_kwh;
    /* the energy has PUE inside; a WUE is of the computers' alone */
    water->litres = band_scaled(estimate->energy_kwh, query->wue_l_per_kwh / query->pue);
    (void)snprintf(water->source, sizeof(water->source), "%s", query->wue_source);
    estimate_assume(estimate, "%.4g litres of water on site per kWh of the computers: %s",
                    water->wue_l_per_kwh, water->source);
}

static void add_cost(struct estimate *estimate, const struct price *price)
{
    estimate->cost = (struct cost){ .price = *price, .amount = BAND_NONE };
    if (price->currency[0] != '\0')
        estimate->cost.amount = price_of(estimate->energy_kwh, price->per_kwh);
}

static void assume_time(struct estimate *estimate, const struct estimate_query *query)
{
    const char *else_said = "";
    char time[96];

    if (isfinite(query->energy_kwh))
        return;
    for (size_t i = 0; i < query->device_count; i++) {
        if (isfinite(query->devices[i].utilization))
            else_said = ", where nothing else is said";
    }
    if (isfinite(query->gpu_hours))
        (void)snprintf(time, sizeof(time), "%.10g GPU-hours", query->gpu_hours);
    else
        (void)snprintf(time, sizeof(time), "%.6g %s", query->hours,
                       query->hours == 1 ? "hour" : "hours");
    if (query->utilization >= 1)
        estimate_assume(estimate, "%s at full load all the time%s", time, else_said);
    else
        estimate_assume(estimate, "%s at %.6g %% of full load, power being linear in it%s", time,
                        query->utilization * 100, else_said);
}

static void assume_use(struct estimate *estimate, const struct estimate_query *query)
{
    const struct intensity *intensity = &query->intensity;
    bool usual =
        strcmp(intensity->kind, "lifecycle-average") == 0 || strcmp(intensity->kind, "user") == 0;

    assume_time(estimate, query);
    if (query->pue_source != NULL && query->pue_source[0] != '\0')
        estimate_assume(estimate, "PUE %.6g: %s", query->pue, query->pue_source);
    else
        estimate_assume(estimate,
                        query->pue > 1 ? "PUE %.6g of the building"
                                       : "PUE %.6g: nothing for cooling",
                        query->pue);
    if (intensity->name[0] != '\0')
        estimate_assume(estimate, "%s: %.4g gCO2e/kWh, %s%s%s", intensity->name,
                        intensity->gco2e_per_kwh.value, usual ? "" : intensity->kind,
                        usual ? "" : ", ", intensity->source);
    else
        estimate_assume(estimate, "%.4g gCO2e/kWh as given", intensity->gco2e_per_kwh.value);
    if (intensity_kind_is_marginal(intensity->kind))
        estimate_assume(estimate,
                        "marginal: what one kilowatt-hour more causes, not a share of what is "
                        "emitted; not to be added to footprints");
}

/* The report's power fields speak of the first device named: the GPU where there is one. */
static void describe_power(struct estimate *estimate)
{
    const struct estimate_part *first = &estimate->parts[0];

    estimate->power_watts = first->power_watts;
    estimate->power_basis = first->power_basis;
    (void)snprintf(estimate->power_model, sizeof(estimate->power_model), "%s", first->model);
    (void)snprintf(estimate->power_source, sizeof(estimate->power_source), "%s",
                   first->power_source);
}

static int make(struct estimate_query *query, struct estimate *estimate, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct part_facts *facts = NULL;
    int r = estimate_parts_make(query, estimate, &facts, err);

    if (r < 0)
        return r;
    if (!isfinite(query->hours) && !isfinite(query->energy_kwh))
        return aico2_error_set(err, -EINVAL, "no time: give it by --hours H or --gpu-hours H");

    describe_power(estimate);
    assume_use(estimate, query);
    add_embodied(estimate, query, facts);
    r = add_servers(estimate, query, err);
    if (r < 0)
        return r;
    r = add_energy(estimate, query, facts, err);
    add_cost(estimate, &query->price);
    add_water(estimate, query);
    if (isfinite(query->energy_kwh))
        estimate_assume(estimate, "not counted: the making of the devices, none being named");
    else
        estimate_assume(estimate, "not counted: every device that is not named, fans, disks, "
                                  "network, power-supply loss");
    return r;
}

int estimate_make(const struct estimate_query *query, struct estimate *estimate_out,
                  struct aico2_error *err)
{
    struct estimate estimate = { .intensity = query->intensity, .pue = query->pue };
    struct estimate_query settled = *query;
    int r = make(&settled, &estimate, err);

    if (r < 0) {
        estimate_deinit(&estimate);
        return r;
    }
    *estimate_out = estimate;
    return 0;
}

void estimate_deinit(struct estimate *estimate)
{
    free(estimate->parts);
    lines_free(estimate->assumptions, estimate->assumption_count);
    lines_free(estimate->warnings, estimate->warning_count);
    *estimate = (struct estimate){ 0 };
}
