/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml.h - NVIDIA GPUs through the driver's management library */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_nvml;
