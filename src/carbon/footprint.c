/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/footprint.c - bands added up, and joules turned into grams */
#include "carbon/footprint.h"

#include <math.h>

#include "model/units.h"

static const double SECONDS_PER_YEAR = 365.0 * 86400.0; /* 8760 h, as the sources of embodied.csv */

double kwh_from_joules(double joules)
{
    return joules / JOULES_PER_KWH;
}

struct band footprint_add_bands(const struct class_part *parts, size_t count)
{
    double below[DEVICE_OTHER + 1] = { 0 };
    double above[DEVICE_OTHER + 1] = { 0 };
    double below_squares = 0;
    double above_squares = 0;
    double sum = 0;
    double low;

    for (size_t i = 0; i < count; i++) {
        sum += parts[i].part.value;
        below[parts[i].kind] += parts[i].part.value - parts[i].part.low;
        above[parts[i].kind] += parts[i].part.high - parts[i].part.value;
    }
    for (size_t kind = 0; kind <= DEVICE_OTHER; kind++) {
        below_squares += below[kind] * below[kind];
        above_squares += above[kind] * above[kind];
    }
    low = sum - sqrt(below_squares);
    return (struct band){ sum, low > 0 ? low : 0, sum + sqrt(above_squares) };
}

struct band footprint_operational(struct band joules, double pue, struct band gco2e_per_kwh)
{
    return band_times(band_scaled(joules, pue / JOULES_PER_KWH), gco2e_per_kwh);
}

struct band footprint_embodied(struct band kgco2e, double lifetime_years, double seconds,
                               double share)
{
    return band_scaled(kgco2e, 1000 * seconds / (lifetime_years * SECONDS_PER_YEAR) * share);
}

struct band footprint_water(struct band joules, double wue_l_per_kwh)
{
    return band_scaled(joules, wue_l_per_kwh / JOULES_PER_KWH);
}
