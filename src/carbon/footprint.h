/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/footprint.h - bands added up, and joules turned into grams */
#pragma once

#include <stddef.h>

#include "model/band.h"
#include "model/device.h"

struct class_part {
    enum device_kind kind;
    struct band part;
};

/**
 * footprint_add_bands() - the sum of figures of several devices
 * Errors of one class are alike: their half-widths add; those of different classes are independent:
 * they combine in quadrature. The low end is cut at 0.
 * Source: METHODOLOGY.md, section 4.
 */
struct band footprint_add_bands(const struct class_part *parts, size_t count);

/* kWh (with PUE inside) x gCO2e/kWh: the hull of the products. */
struct band footprint_operational(struct band joules, double pue, struct band gco2e_per_kwh);

/* Grams of manufacture for `seconds` of use of `share` of a device. */
struct band footprint_embodied(struct band kgco2e, double lifetime_years, double seconds,
                               double share);

/* Water on site: WUE is told per kWh of the computers, so that PUE has no part in it. */
struct band footprint_water(struct band joules, double wue_l_per_kwh);

double kwh_from_joules(double joules);
