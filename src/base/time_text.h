/* SPDX-License-Identifier: Apache-2.0 */
/* base/time_text.h - durations and points in time as people write them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "500ms", "10s", "5m", "8h", "2d" or plain seconds ("1.5"); not negative. */
bool duration_parse(const char *text, int64_t *ns_out);

/* RFC 3339 ("2026-11-24T02:28:48.123Z", an offset, a space or 't' for 'T') or unix seconds. */
bool wall_time_parse(const char *text, int64_t *wall_ns_out);

/* "2026-11-24T02:28:48.123Z": RFC 3339, UTC, milliseconds. size >= 32. */
void wall_time_format(char *buffer, size_t size, int64_t wall_ns);
