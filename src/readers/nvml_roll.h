/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_roll.h - the roll call: each GPU is asked what it is, and one that hangs is passed over */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/device.h"
#include "readers/nvml_gpu.h"
#include "readers/nvml_library.h"

/* What one GPU answered. */
struct nvml_answer {
    struct nvml_gpu gpu;
    struct device device;
    int code;  /* NVML_SUCCESS: both are filled */
    bool hung; /* it has not answered at all */
};

/**
 * nvml_roll_call() - describe GPUs 0 to count - 1
 * @visible:     CUDA_VISIBLE_DEVICES; must outlive the process, as a hung call may still use it
 * @answers_out: count answers, the caller's; the GPUs in them are to be deinitialised
 * @hung_out:    a thread is left behind in the library, which must not be unloaded any more
 * Return: 0 or -ENOMEM
 */
int nvml_roll_call(const struct nvml_library *library, const char *visible, unsigned count,
                   struct nvml_answer **answers_out, bool *hung_out);
