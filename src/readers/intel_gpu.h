/* SPDX-License-Identifier: Apache-2.0 */
/* readers/intel_gpu.h - discrete Intel GPUs through the energy counters of i915 and xe */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_intel_gpu;
