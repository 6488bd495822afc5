/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/retry_after.h - until when a server does not want to be asked */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Seconds or a date (RFC 9110, 10.2.3 and 5.6.7, with both old forms of dates); a day at most, never the past. */
bool retry_after_parse(const char *text, int64_t now_wall_ns, int64_t *until_wall_ns_out);
