/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_status.h - why a Jetson's rails tell nothing, and what would help */
#pragma once

#include "readers/jetson_rails.h"
#include "readers/reader.h"

/* "power monitors 1-0040: VDD_IN, VDD_SOC; ..." */
void jetson_list_rails(const struct jetson_rails *rails, char *text, size_t size);
/* What stands in the way of a total. */
void jetson_refuse(int sys_fd, const struct jetson_rail *rail, int code,
                   struct reader_status *status);
void jetson_explain_nothing(bool jetson, const struct jetson_rails *rails,
                            struct reader_status *status_out);
