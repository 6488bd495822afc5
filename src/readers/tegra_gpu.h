/* SPDX-License-Identifier: Apache-2.0 */
/* readers/tegra_gpu.h - the graphics of an NVIDIA Jetson by their load, where no rail can be read */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_tegra_gpu;
