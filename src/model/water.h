/* SPDX-License-Identifier: Apache-2.0 */
/* model/water.h - water that a building used to cool what was counted, on site only */
#pragma once

#include "model/band.h"

struct water {
    struct band litres;   /* the band is the energy's; NAN: no WUE, or no energy */
    double wue_l_per_kwh; /* litres per kWh of the computers; NAN: not known */
    char source[96];      /* "given by --wue", who disclosed it; "" not known */
};
