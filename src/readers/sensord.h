/* SPDX-License-Identifier: Apache-2.0 */
/* readers/sensord.h - counters that are not ours to read, as aico2-sensord tells them */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_sensord;
