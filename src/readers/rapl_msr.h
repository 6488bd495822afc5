/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_msr.h - why the energy registers of a processor cannot be read */
#pragma once

#include <stdbool.h>

#include "readers/rapl_door.h"

/* code: -errno of opening or reading /dev/cpu/N/msr; -ENODATA: what was read is 0. */
void rapl_msr_explain(int code, bool locked_down, struct rapl_closed *closed_out);
/* Secure Boot, as a rule. */
bool rapl_msr_is_locked_down(int sys_fd);
