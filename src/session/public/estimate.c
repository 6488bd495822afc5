/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/estimate.c - implements include/aico2/estimate.h */
#include <aico2/estimate.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "session/estimate/estimate.h"
#include "session/public/public.h"
#include "writers/writer.h"

struct aico2_estimate {
    struct estimate estimate;
    struct strbuf json;
};

static int check_ranges(const struct aico2_estimate_options *options, struct aico2_error *err)
{
    const struct public_range ranges[] = {
        { "memory_gib", options->memory_gib, 0, 1e9 },
        { "count", options->count, 0, 1e9 },
        { "hours", options->hours, 0, 1e9 },
        { "power_watts", options->power_watts, 0, 1e9 },
        { "utilization_ratio", options->utilization_ratio, 0, 1 },
        { "pue", options->pue, 1, 100 },
        { "lifetime_years", options->lifetime_years, 0, 1000 },
        { "gco2e_per_kwh", options->gco2e_per_kwh, 0, 1e6 },
    };

    return public_check_ranges(ranges, ARRAY_LENGTH(ranges), err);
}

static int make(struct aico2_estimate *made, const struct aico2_estimate_options *options,
                struct aico2_error *err)
{
    struct estimate_query query = {
        .gpu = options->gpu,
        .cpu = options->cpu,
        .count = options->count > 0 ? options->count : 1,
        .memory_gib = public_given_or(options->memory_gib, NAN),
        .hours = public_given_or(options->hours, NAN),
        .gpu_hours = NAN,
        .energy_kwh = NAN,
        .power_watts = public_given_or(options->power_watts, NAN),
        .utilization = public_given_or(options->utilization_ratio, 1),
        .pue = public_given_or(options->pue, 1),
        .embodied = options->without_embodied == 0,
        .lifetime_years = public_given_or(options->lifetime_years, NAN),
    };
    int r;

    r = public_place_resolve(options->place, public_given_or(options->gco2e_per_kwh, NAN),
                             &query.intensity, err);
    if (r < 0)
        return r;
    if (query.gpu == NULL && query.cpu == NULL && isnan(query.memory_gib) &&
        isnan(query.power_watts))
        return aico2_error_set(err, -EINVAL, "no device: set gpu, cpu, memory_gib or power_watts");
    if (isnan(query.hours))
        return aico2_error_set(err, -EINVAL, "no time: set hours");
    r = estimate_make(&query, &made->estimate, err);
    if (r < 0)
        return r;

    write_estimate_json(&made->json, &made->estimate);
    return made->json.failed ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

static int make_with_points(struct aico2_estimate *made,
                            const struct aico2_estimate_options *options, struct aico2_error *err)
{
    struct public_locale locale;
    int r = public_locale_enter(&locale, err);

    if (r < 0)
        return r;
    r = check_ranges(options, err);
    if (r == 0)
        r = make(made, options, err);
    public_locale_leave(&locale);
    return r;
}

int aico2_estimate_new(struct aico2_estimate **estimate_out,
                       const struct aico2_estimate_options *options, struct aico2_error *err)
{
    struct aico2_estimate_options known = { .size = sizeof(known) };
    struct aico2_estimate *made;
    int r;

    r = public_read_options(&known, sizeof(known), options,
                            offsetof(struct aico2_estimate_options, without_embodied) + sizeof(int),
                            "aico2_estimate_options", err);
    if (r < 0)
        return r;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = make_with_points(made, &known, err);
    if (r < 0) {
        aico2_estimate_free(made);
        return r;
    }
    *estimate_out = made;
    return 0;
}

void aico2_estimate_free(struct aico2_estimate *estimate)
{
    if (estimate == NULL)
        return;
    estimate_deinit(&estimate->estimate);
    strbuf_deinit(&estimate->json);
    free(estimate);
}

struct aico2_band aico2_estimate_energy_kwh(const struct aico2_estimate *estimate)
{
    return public_band(estimate->estimate.energy_kwh);
}

struct aico2_band aico2_estimate_operational_gco2e(const struct aico2_estimate *estimate)
{
    return public_band(estimate->estimate.operational_gco2e);
}

struct aico2_band aico2_estimate_embodied_gco2e(const struct aico2_estimate *estimate)
{
    return public_band(estimate->estimate.embodied_gco2e);
}

struct aico2_band aico2_estimate_total_gco2e(const struct aico2_estimate *estimate)
{
    return public_band(estimate->estimate.total_gco2e);
}

const char *aico2_estimate_json(const struct aico2_estimate *estimate)
{
    return strbuf_text(&estimate->json);
}

const char *aico2_estimate_warning(const struct aico2_estimate *estimate, size_t index)
{
    return index < estimate->estimate.warning_count ? estimate->estimate.warnings[index] : NULL;
}
