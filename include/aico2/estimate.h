/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/estimate.h - a footprint from hardware, time and place, without measuring */
#ifndef AICO2_ESTIMATE_H
#define AICO2_ESTIMATE_H

#include <stddef.h>

#include <aico2/band.h>
#include <aico2/error.h>
#include <aico2/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct aico2_estimate_options - what ran, for how long, and where
 * @size:              sizeof(struct aico2_estimate_options): fields are only ever added at the end
 * @gpu:               model name, as people or drivers write it; NULL: no GPU is counted
 * @cpu:               the same for the CPU; counts once beside GPUs
 * @memory_gib:        RAM, in GiB; 0: none is counted
 * @count:             devices of that kind (GPUs, or CPUs when no GPU is named); 0: one
 * @hours:             of use; needed
 * @power_watts:       of one device at full load, instead of the table's; 0: the table's
 * @utilization_ratio: above 0 to 1, linear; 0: 1
 * @pue:               of the building, 1 and more; 0: 1
 * @lifetime_years:    over which making the devices is spread; 0: the table's
 * @place:             as for aico2_intensity_new(); NULL: the world's average
 * @gco2e_per_kwh:     instead of the place's figure, without a band; 0: the place's
 * @without_embodied:  not 0: emissions of making the devices are left out
 *
 * Only what is named is counted: at least one of gpu, cpu, memory_gib and power_watts. All bytes
 * zero but size is "nothing given" in every field, so that initialising the struct by field name,
 * or by memset, is enough. Strings are UTF-8 and need not outlive the call.
 */
struct aico2_estimate_options {
    size_t size;
    const char *gpu;
    const char *cpu;
    double memory_gib;
    int count;
    double hours;
    double power_watts;
    double utilization_ratio;
    double pue;
    double lifetime_years;
    const char *place;
    double gco2e_per_kwh;
    int without_embodied;
};

/* Never changes once made, so that threads may share it. */
struct aico2_estimate;

/**
 * aico2_estimate_new() - energy = count x hours x watts x utilisation x PUE, and its grams
 * @estimate_out: the caller's, to be given to aico2_estimate_free(); untouched on failure
 * @options:      size set, hours and one device at least
 * @err:          filled on failure; may be NULL
 *
 * A model name that no table knows is not an error: its power is assumed, the band is wide, and a
 * warning names the nearest models.
 *
 * Return: 0; -EINVAL for an unknown place, a figure out of its range (the message quotes it), or
 * when nothing is named; -ENOMEM.
 */
AICO2_API int aico2_estimate_new(struct aico2_estimate **estimate_out,
                                 const struct aico2_estimate_options *options,
                                 struct aico2_error *err);

/* Accepts NULL. */
AICO2_API void aico2_estimate_free(struct aico2_estimate *estimate);

/* PUE included. */
AICO2_API struct aico2_band aico2_estimate_energy_kwh(const struct aico2_estimate *estimate);
/* Of the electricity. */
AICO2_API struct aico2_band aico2_estimate_operational_gco2e(const struct aico2_estimate *estimate);
/* The share of making the devices; NaN with without_embodied. */
AICO2_API struct aico2_band aico2_estimate_embodied_gco2e(const struct aico2_estimate *estimate);
/* Both together. */
AICO2_API struct aico2_band aico2_estimate_total_gco2e(const struct aico2_estimate *estimate);

/* Texts live as long as the object. */

/* The document aico2.estimate/1, as `aico2 estimate --json` prints it. */
AICO2_API const char *aico2_estimate_json(const struct aico2_estimate *estimate);
/* The warnings, from index 0; NULL past the last. */
AICO2_API const char *aico2_estimate_warning(const struct aico2_estimate *estimate, size_t index);

#ifdef __cplusplus
}
#endif

#endif
