/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/intensity.h - grams of CO2 equivalent for a kilowatt-hour of a place's electricity */
#ifndef AICO2_INTENSITY_H
#define AICO2_INTENSITY_H

#include <aico2/band.h>
#include <aico2/error.h>
#include <aico2/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A place's yearly figure from the built-in tables: no file is read, no network is asked. Never
 * changes once made, so that threads may share it. */
struct aico2_intensity;

/**
 * aico2_intensity_new() - looks a place up
 * @intensity_out: the caller's, to be given to aico2_intensity_free(); untouched on failure
 * @place:         UTF-8: a country ("FR", "FRA", "France"), a subdivision ("US-CA"), a cloud region
 *                 ("aws:eu-west-3"), a grid zone, or "world". NULL is the world too: a place is never
 *                 guessed.
 * @err:           filled on failure; may be NULL
 *
 * Return: 0; -EINVAL for a place that is unknown or has no figure (the message quotes it and names
 * the nearest); -ENOMEM.
 */
AICO2_API int aico2_intensity_new(struct aico2_intensity **intensity_out, const char *place,
                                  struct aico2_error *err);

/* Accepts NULL. */
AICO2_API void aico2_intensity_free(struct aico2_intensity *intensity);

/* Texts below are never NULL, may be "", and live as long as the object. */

AICO2_API struct aico2_band aico2_intensity_gco2e_per_kwh(const struct aico2_intensity *intensity);

/* "FR", "US-CA", "world" */
AICO2_API const char *aico2_intensity_place(const struct aico2_intensity *intensity);
/* "France" */
AICO2_API const char *aico2_intensity_name(const struct aico2_intensity *intensity);
/* "lifecycle-average", "direct-average": figures of two kinds are not to be compared. */
AICO2_API const char *aico2_intensity_kind(const struct aico2_intensity *intensity);
/* Who published it. */
AICO2_API const char *aico2_intensity_source(const struct aico2_intensity *intensity);
/* The year the figure speaks of; 0 when its source does not say. */
AICO2_API int aico2_intensity_year(const struct aico2_intensity *intensity);
/* The document aico2.intensity/1, as `aico2 intensity PLACE --json` prints it. */
AICO2_API const char *aico2_intensity_json(const struct aico2_intensity *intensity);

#ifdef __cplusplus
}
#endif

#endif
