/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/public.h - what the implementations of include/aico2 share */
#pragma once

#include <locale.h>
#include <stddef.h>

#include <aico2/band.h>

#include "base/error.h"
#include "model/band.h"
#include "model/intensity.h"

struct aico2_band public_band(struct band band);

/* place: anything place_query.any takes; NULL is the world. gco2e_per_kwh: NAN, or a figure of the
 * caller's. */
int public_place_resolve(const char *place, double gco2e_per_kwh, struct intensity *intensity_out,
                         struct aico2_error *err);

/**
 * public_read_options() - a caller's size-first struct, whatever version of the header it was built against
 * @known_out:  all zero; gets what is given, as far as we know it
 * @least:      the size of the first version's
 * @name:       of the struct, for the message
 * Return: 0; -EINVAL for a size that is not set, or a field set that we do not know
 */
int public_read_options(void *known_out, size_t known_size, const void *given, size_t least,
                        const char *name, struct aico2_error *err);

/* The same the other way: fills as much as the caller's struct has room for, its size apart.
 * Return: 0; -EINVAL for a size below `least`, and nothing is touched. */
int public_fill(void *caller_out, const void *known, size_t known_size, size_t least,
                const char *name, struct aico2_error *err);

/* A field of the options with what it may be; 0 is "not given" in all of them. */
struct public_range {
    const char *name;
    double value;
    double low;
    double high;
};
int public_check_ranges(const struct public_range *ranges, size_t count, struct aico2_error *err);

static inline double public_given_or(double value, double otherwise)
{
    return value > 0 ? value : otherwise;
}

/* The host program may have set a locale with a comma: no figure in a text of ours has one. Of this
 * thread alone. */
struct public_locale {
    locale_t ours;
    locale_t before;
};
int public_locale_enter(struct public_locale *locale, struct aico2_error *err);
void public_locale_leave(struct public_locale *locale);
