/* SPDX-License-Identifier: Apache-2.0 */
/* model/inventory.h - what can be measured here, and how: `aico2 devices` and `aico2 doctor` */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/device.h"
#include "model/gauge.h"
#include "model/machine.h"
#include "model/sensor.h"

struct inventory_device {
    struct device device;
    bool used;
    char reason[128]; /* why it is not used; "" it is */
};

struct inventory_reader {
    const char *name;
    const char *summary;
    enum reader_state state;
    bool root_only; /* what is read is open to root alone */
    char reason[SENSOR_REASON_SIZE];
    char fix[SENSOR_FIX_SIZE];
    char detail[SENSOR_DETAIL_SIZE]; /* what it reads through */
};

struct inventory {
    struct machine machine;
    struct inventory_device *devices; /* used, then those another reader outranks */
    size_t device_count;
    struct inventory_reader *readers;
    size_t reader_count;
    struct gauge *gauges; /* what is seen of the machine right now, beside energy */
    size_t gauge_count;
    struct sensor_check *checks; /* readers, each of their doors a line */
    size_t check_count;
};
