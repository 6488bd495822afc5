/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_power.h - what a Jetson's rails draw together, out of their open files */
#pragma once

#include <stdint.h>

#include "readers/jetson_rails.h"

enum { JETSON_FILES_MAX = 2 };

struct jetson_file {
    char path[JETSON_PATH_SIZE + 40]; /* below /sys */
    int fd;
};

struct jetson_metered_rail {
    struct jetson_rail rail;
    struct jetson_file files[JETSON_FILES_MAX];
    size_t file_count;       /* 1: power; 2: voltage and current; 0: not found */
    int64_t microwatts_each; /* of a power: the unit of its file */
};

/* The rails of one device. */
struct jetson_sum {
    struct jetson_metered_rail rails[JETSON_TOTAL_MAX];
    size_t count;
};

/**
 * jetson_sum_open() - find the files of each rail, wherever its chip is now
 * @failed_out: NULL, or the first rail that has none
 * Return: 0 or -errno of that rail; what was open before is closed in any case
 */
int jetson_sum_open(int sys_fd, struct jetson_sum *sum, const struct jetson_rail **failed_out);
void jetson_sum_close(struct jetson_sum *sum);

/* One rail, which may read a little below zero. Return: 0 or as below. */
int jetson_rail_read(int sys_fd, bool captured, struct jetson_metered_rail *metered,
                     int64_t *microwatts_out);

/**
 * jetson_sum_read() - one reading
 * @captured:   the files may be replaced by others of the same name
 * @failed_out: NULL, or the first rail that cannot be read: without it the sum is none
 * Return: 0 or -errno; -ENODEV: the chip, or its driver, is gone
 */
int jetson_sum_read(int sys_fd, bool captured, struct jetson_sum *sum, double *watts_out,
                    const struct jetson_rail **failed_out);
