/* SPDX-License-Identifier: Apache-2.0 */
/* readers/battery.h - the power of a laptop by what its battery gives up */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_battery;
