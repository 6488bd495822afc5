/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_rails.h - which rails a Jetson's power monitors see, and which of them make a whole */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/rails.h"

enum {
    JETSON_RAILS_MAX = 64, /* a TX2 has twelve */
    JETSON_PATH_SIZE = 160,
    JETSON_TOTAL_MAX = RAILS_TOTAL_MAX,
};

struct jetson_rail {
    char label[40]; /* "VDD_IN" */
    char chip[24];  /* its name on the bus: "1-0040" */
    int channel;    /* as the driver counts: from 0 through iio, from 1 through hwmon */
    bool off;       /* switched off: it has no readings */
    bool single;    /* of an INA238, which has one channel and its name in another file */
};

/* In the order of chips and channels; channels without a name and unconnected ones are no rails. */
struct jetson_rails {
    struct jetson_rail items[JETSON_RAILS_MAX];
    size_t count;
};

/* Where a chip's files are: the directory has a number that changes with every load of the driver.
 */
struct jetson_monitor {
    char path[JETSON_PATH_SIZE]; /* below /sys */
    bool iio;                    /* NVIDIA's driver of JetPack 4; else hwmon */
};

/* Rails whose powers add up to a device. */
struct jetson_total {
    const struct jetson_rail *rails[JETSON_TOTAL_MAX];
    size_t count; /* 0: there is none */
};

void jetson_find_rails(int sys_fd, struct jetson_rails *rails_out);
bool jetson_find_monitor(int sys_fd, const char *chip, struct jetson_monitor *monitor_out);
/* Whether its channel still bears its name: a driver that was loaded again may count otherwise. */
bool jetson_is_rail_there(int sys_fd, const struct jetson_monitor *monitor,
                          const struct jetson_rail *rail);

/* The module: its input where that has a rail, else the rails that are known to add up to it. */
void jetson_choose_module(const struct jetson_rails *rails, struct jetson_total *total_out);
/* All of the carrier board, module included. */
void jetson_choose_carrier(const struct jetson_rails *rails, struct jetson_total *total_out);

/* Whether a rail is of the carrier board, outside of the module. */
bool jetson_is_on_carrier(const struct jetson_total *carrier, const struct jetson_rail *rail);
