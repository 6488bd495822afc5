/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/estimate_tests.h - an estimate from a query, and what of it is compared */
#pragma once

#include <math.h>
#include <string.h>

#include "session/estimate/estimate.h"
#include "support.h"

static const struct estimate_query empty_query = {
    .count = 1,
    .memory_gib = NAN,
    .hours = NAN,
    .gpu_hours = NAN,
    .energy_kwh = NAN,
    .power_watts = NAN,
    .utilization = 1,
    .pue = 1,
    .lifetime_years = NAN,
    .intensity = { .gco2e_per_kwh = { 500, 500, 500 } },
};

struct result {
    double it_kwh;
    struct band kwh;
    struct band grams;
    size_t warnings;
    enum power_basis basis;
    bool notes_variant;
};

static inline struct result made(struct estimate_query query)
{
    struct aico2_error err = { 0 };
    struct estimate estimate;
    struct result result;

    if (estimate_make(&query, &estimate, &err) != 0)
        fail_msg("%s", err.message);
    result =
        (struct result){ estimate.it_energy_kwh, estimate.energy_kwh,  estimate.operational_gco2e,
                         estimate.warning_count, estimate.power_basis, false };
    for (size_t i = 0; i < estimate.assumption_count; i++)
        result.notes_variant =
            result.notes_variant || strstr(estimate.assumptions[i], "variant open") != NULL;
    estimate_deinit(&estimate);
    return result;
}

static inline void assert_close(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance * fabs(expected)))
        fail_msg("%.9g is not %.9g", value, expected);
}

static inline struct result gpus(const char *name, int64_t count, double hours, double pue,
                                 double intensity)
{
    struct estimate_query query = empty_query;

    query.gpu = name;
    query.count = count;
    query.hours = hours;
    query.pue = pue;
    query.intensity.gco2e_per_kwh = (struct band){ intensity, intensity, intensity };
    return made(query);
}

static inline struct result card(const char *gpu, double watts, double gpu_hours, double pue,
                                 double grams)
{
    struct estimate_query query = empty_query;

    query.gpu = gpu;
    query.power_watts = watts;
    query.gpu_hours = gpu_hours;
    query.pue = pue;
    query.intensity.gco2e_per_kwh = (struct band){ grams, grams, grams };
    return made(query);
}
