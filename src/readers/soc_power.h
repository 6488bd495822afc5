/* SPDX-License-Identifier: Apache-2.0 */
/* readers/soc_power.h - ARM servers by the power sensors of their own firmware */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_soc_power;

/* What a meter of a Grace superchip covers, by what its maker says of it (power1_oem_info). */
enum grace_meter { GRACE_NONE, GRACE_MODULE, GRACE_TOTAL, GRACE_CPU, GRACE_SYSIO };

/* "Module Power Socket 0", "CPU Rail Power in uW socket 1"; *socket_out is untouched for GRACE_NONE. */
enum grace_meter grace_meter_of(const char *oem_info, int *socket_out);
