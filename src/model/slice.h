/* SPDX-License-Identifier: Apache-2.0 */
/* model/slice.h - the sums of one device over a stretch of time that shares an intensity */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/totals.h"

struct slice {
    int64_t start_wall_ns; /* start of the hour, or of an intensity series' value */
    int device;            /* index into the run's devices */
    struct energy_sums sums;
};

/* Those of one device by rising time. A run's totals are the sum of its slices. */
struct slice_list {
    struct slice *items;
    size_t count;
    size_t capacity;
    size_t changed_from; /* no slice before this one was touched since somebody set it */
};
