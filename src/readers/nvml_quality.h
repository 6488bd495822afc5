/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_quality.h - how far NVML's energy and power can be believed, by card and by method */
#pragma once

#include <stdbool.h>

#include "model/device.h"
#include "readers/nvml_meter.h"

/* Half-width (95 %) of the energy or power NVML gives for a GPU of this name in long runs. */
double nvml_band_ratio(const char *name, unsigned architecture);

/* A superchip: a Grace CPU and its GPUs on one module, told by the name of the GPU. */
bool nvml_is_superchip(const char *name);

/* The GPU of a Tegra chip, as on Jetson modules: a part of a module that has meters of its own. */
bool nvml_is_integrated(const char *name);

/* Sets band, time of the power and note of a device whose model is known. */
void nvml_quality_describe(const struct nvml_meter *meter, unsigned architecture,
                           struct device *device);
