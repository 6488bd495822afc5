/* SPDX-License-Identifier: Apache-2.0 */
/* session/public.h - what the implementations of include/aico2 share */
#pragma once

#include <aico2/band.h>

#include "base/error.h"
#include "model/band.h"
#include "model/intensity.h"

struct aico2_band public_band(struct band band);

/* place: anything place_query.any takes; NULL is the world. gco2e_per_kwh: NAN, or a figure of the
 * caller's. */
int public_place_resolve(const char *place, double gco2e_per_kwh, struct intensity *intensity_out,
                         struct aico2_error *err);
