/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl.h - energy counters of CPU packages and their DRAM, through powercap */
#pragma once

#include "model/device.h"
#include "readers/cpuinfo.h"
#include "readers/reader.h"

extern const struct reader_driver reader_rapl;

/* Half-width (95 %) of what a counter of this kind says on this processor. */
double rapl_band_ratio(enum device_kind kind, const struct cpuinfo *info);
