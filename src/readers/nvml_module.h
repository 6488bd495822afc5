/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_module.h - a superchip as a whole: CPU, memory and GPUs on one module */
#pragma once

#include "model/device.h"
#include "readers/nvml_gpu.h"

/* Which module a GPU is on. sys_fd -1: not looked up. */
int nvml_module_number(const struct nvml_library *library, const struct nvml_gpu *gpu,
                       const char *name, int sys_fd);

/* The module that a GPU is on, read through that GPU. Return: false when the driver tells nothing of
 * it. */
bool nvml_module_describe(const struct nvml_library *library, const struct nvml_gpu *gpu,
                          const struct device *device, struct nvml_gpu *module_out,
                          struct device *device_out);
