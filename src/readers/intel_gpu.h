/* SPDX-License-Identifier: Apache-2.0 */
/* readers/intel_gpu.h - discrete Intel GPUs through the energy counters of i915 and xe */
#pragma once

#include <stdbool.h>

#include "readers/reader.h"

extern const struct reader_driver reader_intel_gpu;

/* Half-width (95 %) of what a card tells; package_only: its counter is of the GPU's package, without memory and board. */
double intel_gpu_band_ratio(bool package_only);
