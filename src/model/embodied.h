/* SPDX-License-Identifier: Apache-2.0 */
/* model/embodied.h - what making a part of the machine emitted, and how much of that is a run's */
#pragma once

#include "model/band.h"
#include "model/device.h"

struct embodied_part {
    const char *component;       /* "cpu", "board", ...: a word that lives as long as the program */
    char device[DEVICE_ID_SIZE]; /* "" what the machine has beside its devices */
    struct band kgco2e;          /* of it all; of a guest, of what is ours of the host's */
    double lifetime_years;
    double share_ratio; /* of the run's time that is the run's */
    struct band gco2e;  /* kgco2e x 1000 x duration / lifetime x share_ratio */
    char source[DEVICE_SOURCE_SIZE];
};
