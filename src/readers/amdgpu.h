/* SPDX-License-Identifier: Apache-2.0 */
/* readers/amdgpu.h - AMD GPUs through the kernel driver's files */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_amdgpu;
