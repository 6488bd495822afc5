/* SPDX-License-Identifier: Apache-2.0 */
/* model/tick.h - what all devices draw now, for who looks on while it is measured */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/device.h"

/* NAN: not known. */
struct tick_device {
    char id[DEVICE_ID_SIZE];
    enum device_kind kind;
    enum basis basis;
    bool added;   /* its power is part of the machine's: it is no board, and no module holds it */
    double watts; /* mean of the interval */
    double low_watts;
    double high_watts;
    double utilization_ratio;
    double joules;            /* since counting began */
    double memory_used_bytes; /* of a card's own memory */
    double memory_total_bytes;
};

/* { 0 } is an empty one; its memory serves the next. */
struct tick {
    int64_t id; /* rises by one from tick to tick */
    int64_t wall_ns;
    double interval_seconds;
    struct tick_device *devices;
    size_t device_count;
    size_t device_capacity;
    double memory_used_bytes; /* of the machine */
    double memory_total_bytes;
};
