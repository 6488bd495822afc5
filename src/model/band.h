/* SPDX-License-Identifier: Apache-2.0 */
/* model/band.h - a figure with the interval that holds the true value in at least 95 % of cases */
#pragma once

#include <math.h>
#include <stdbool.h>

struct band {
    double value; /* NAN: unavailable; low and high are NAN too */
    double low;   /* <= value */
    double high;  /* >= value */
};

#define BAND_NONE ((struct band){ NAN, NAN, NAN })

static inline bool band_is_known(struct band band)
{
    return isfinite(band.value);
}

/* value ± half_width_ratio, low cut at 0. */
static inline struct band band_relative(double value, double half_width_ratio)
{
    double low = value * (1 - half_width_ratio);

    return (struct band){ value, low > 0 ? low : 0, value * (1 + half_width_ratio) };
}

/* Both non-negative: the hull of the products. */
static inline struct band band_times(struct band a, struct band b)
{
    return (struct band){ a.value * b.value, a.low * b.low, a.high * b.high };
}

static inline struct band band_scaled(struct band a, double factor)
{
    return (struct band){ a.value * factor, a.low * factor, a.high * factor };
}

/* Ends and all: of errors that are alike. Unknown when one of them is. */
static inline struct band band_sum(struct band a, struct band b)
{
    return (struct band){ a.value + b.value, a.low + b.low, a.high + b.high };
}
