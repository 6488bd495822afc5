/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/estimate.c - the estimate that options ask for: of a command line, a table's row, a request's body */
#include "cli/options/estimate.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "cli/options/own_figures.h"
#include "cli/options/place.h"

static int read_devices(const struct options *options, enum option_id id, enum device_kind kind,
                        struct estimate_device *devices, size_t *count, struct aico2_error *err)
{
    for (size_t i = 0; i < options_value_count(options, id); i++) {
        int r = estimate_device_parse(options_text_at(options, id, i), kind, &devices[*count], err);

        if (r < 0)
            return r;
        (*count)++;
    }
    return 0;
}

int estimate_from_options(const struct options *options, const struct intensity *intensity,
                          struct estimate *estimate_out, struct aico2_error *err)
{
    size_t most = options_value_count(options, OPT_GPU) + options_value_count(options, OPT_CPU);
    AICO2_CLEANUP(freep) struct estimate_device *devices = calloc(most + 1, sizeof(*devices));
    const struct site_options site = site_from_options(options);
    struct estimate_query query = {
        .devices = devices,
        .count = options_given(options, OPT_COUNT) ? options_integer(options, OPT_COUNT) : 0,
        .memory_gib = options_number(options, OPT_MEMORY_GIB),
        .hours = options_number(options, OPT_HOURS),
        .gpu_hours = options_number(options, OPT_GPU_HOURS),
        .energy_kwh = options_number(options, OPT_ENERGY_KWH),
        .power_watts = options_number(options, OPT_POWER),
        .utilization = options_number(options, OPT_UTILIZATION),
        .embodied = options_flag(options, OPT_EMBODIED),
        .lifetime_years = options_number(options, OPT_LIFETIME_YEARS),
        .servers = options_number(options, OPT_SERVERS),
        .pue = site.pue,
        .pue_source = site.pue_source,
        .wue_l_per_kwh = site.wue_l_per_kwh,
        .wue_source = site.wue_source,
        .intensity = *intensity,
    };
    int r;

    if (devices == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = market_from_options(options, &query.market, err);
    if (r == 0)
        r = price_from_options(options, &query.price, err);
    if (r == 0)
        r = read_devices(options, OPT_GPU, DEVICE_GPU, devices, &query.device_count, err);
    if (r == 0)
        r = read_devices(options, OPT_CPU, DEVICE_CPU, devices, &query.device_count, err);
    return r < 0 ? r : estimate_make(&query, estimate_out, err);
}

int estimate_of_options(const struct options *options, const struct own_table *own,
                        struct estimate *estimate_out, struct aico2_error *err)
{
    struct place_query query = place_query_from_options(options);
    struct intensity intensity;
    int r = place_options_check(options, err);

    if (r == 0)
        r = own_figures_resolve_in(own, &query, &intensity, NULL, err);
    return r < 0 ? r : estimate_from_options(options, &intensity, estimate_out, err);
}

void estimate_settle_ways(struct options *options, const bool given[OPT_COUNT_OF_OPTIONS])
{
    static const enum option_id times[] = { OPT_HOURS, OPT_GPU_HOURS, OPT_ENERGY_KWH };
    static const enum option_id devices[] = { OPT_GPU,        OPT_CPU,   OPT_COUNT,
                                              OPT_MEMORY_GIB, OPT_POWER, OPT_UTILIZATION };
    bool told = false;

    for (size_t i = 0; i < ARRAY_LENGTH(times); i++)
        told = told || given[times[i]];
    for (size_t i = 0; told && i < ARRAY_LENGTH(times); i++) {
        if (!given[times[i]])
            options_unset(options, times[i]);
    }
    for (size_t i = 0; given[OPT_ENERGY_KWH] && i < ARRAY_LENGTH(devices); i++) {
        if (!given[devices[i]])
            options_unset(options, devices[i]);
    }
}
