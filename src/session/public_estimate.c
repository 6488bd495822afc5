/* SPDX-License-Identifier: Apache-2.0 */
/* session/public_estimate.c - implements include/aico2/estimate.h */
#include <aico2/estimate.h>

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/estimate.h"
#include "session/public.h"
#include "writers/writer.h"

struct aico2_estimate {
    struct estimate estimate;
    struct strbuf json;
};

/* A field of the options with what it may be; 0 is "not given" in all of them. */
struct range {
    const char *name;
    double value;
    double low;
    double high;
};

static int check_ranges(const struct aico2_estimate_options *options, struct aico2_error *err)
{
    const struct range ranges[] = {
        { "memory_gib", options->memory_gib, 0, 1e9 },
        { "count", options->count, 0, 1e9 },
        { "hours", options->hours, 0, 1e9 },
        { "power_watts", options->power_watts, 0, 1e9 },
        { "utilization_ratio", options->utilization_ratio, 0, 1 },
        { "pue", options->pue, 1, 100 },
        { "lifetime_years", options->lifetime_years, 0, 1000 },
        { "gco2e_per_kwh", options->gco2e_per_kwh, 0, 1e6 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++) {
        const struct range *range = &ranges[i];
        bool given = range->value < 0 || range->value > 0 || isnan(range->value);

        if (given && !(range->value >= range->low && range->value <= range->high))
            return aico2_error_set(err, -EINVAL, "%s is %g: it must be %g to %g", range->name,
                                   range->value, range->low, range->high);
    }
    return 0;
}

static double given_or(double value, double otherwise)
{
    return value > 0 ? value : otherwise;
}

static int read_options(const struct aico2_estimate_options *given,
                        struct aico2_estimate_options *options_out, struct aico2_error *err)
{
    *options_out = (struct aico2_estimate_options){ .size = sizeof(*options_out) };
    if (given->size < offsetof(struct aico2_estimate_options, without_embodied) + sizeof(int))
        return aico2_error_set(err, -EINVAL,
                               "size is %zu: set it to sizeof(struct "
                               "aico2_estimate_options)",
                               given->size);
    /* a caller built against a newer header: what it knows beyond us must be "not given" */
    for (size_t at = sizeof(*options_out); at < given->size; at++) {
        if (((const unsigned char *)given)[at] != 0)
            return aico2_error_set(err, -EINVAL,
                                   "an option is set that this version does not know");
    }
    memcpy(options_out, given,
           given->size < sizeof(*options_out) ? given->size : sizeof(*options_out));
    return 0;
}

static int make(struct aico2_estimate *made, const struct aico2_estimate_options *options,
                struct aico2_error *err)
{
    struct estimate_query query = {
        .gpu = options->gpu,
        .cpu = options->cpu,
        .count = options->count > 0 ? options->count : 1,
        .memory_gib = given_or(options->memory_gib, NAN),
        .hours = given_or(options->hours, NAN),
        .gpu_hours = NAN,
        .energy_kwh = NAN,
        .power_watts = given_or(options->power_watts, NAN),
        .utilization = given_or(options->utilization_ratio, 1),
        .pue = given_or(options->pue, 1),
        .embodied = options->without_embodied == 0,
        .lifetime_years = given_or(options->lifetime_years, NAN),
    };
    int r;

    r = public_place_resolve(options->place, given_or(options->gco2e_per_kwh, NAN),
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

/* The host program may have set a locale with a comma: no figure in a text of ours has one. */
static int make_with_points(struct aico2_estimate *made,
                            const struct aico2_estimate_options *options, struct aico2_error *err)
{
    locale_t with_points = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t before;
    int r;

    if (with_points == (locale_t)0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    before = uselocale(with_points); /* of this thread alone */
    r = check_ranges(options, err);
    if (r == 0)
        r = make(made, options, err);
    (void)uselocale(before);
    freelocale(with_points);
    return r;
}

int aico2_estimate_new(struct aico2_estimate **estimate_out,
                       const struct aico2_estimate_options *options, struct aico2_error *err)
{
    struct aico2_estimate_options known;
    struct aico2_estimate *made;
    int r;

    r = read_options(options, &known, err);
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
