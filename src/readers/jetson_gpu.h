/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_gpu.h - where the load and the clocks of a Jetson's graphics are told */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { JETSON_GPU_PATH_SIZE = 128, JETSON_GPU_CLOCKS_MAX = 4 };

struct jetson_gpu {
    char load[JETSON_GPU_PATH_SIZE];   /* below /sys, a number of 0 to 1000; "": it is not told */
    char folder[JETSON_GPU_PATH_SIZE]; /* where that is */
    char clocks[JETSON_GPU_CLOCKS_MAX][JETSON_GPU_PATH_SIZE]; /* devfreq directories */
    size_t clock_count;
};

void jetson_gpu_find(int sys_fd, struct jetson_gpu *gpu_out);

/* Whether it is the name of a Jetson's GPU in the device tree. */
bool jetson_gpu_is_node(const char *name);
