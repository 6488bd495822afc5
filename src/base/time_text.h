/* SPDX-License-Identifier: Apache-2.0 */
/* base/time_text.h - durations and points in time as people write them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "500ms", "10s", "5m", "8h", "2d" or plain seconds ("1.5"); not negative. */
bool duration_parse(const char *text, int64_t *ns_out);

/* What a clock shows, wherever it hangs. */
struct civil_time {
    int64_t year;
    int64_t month; /* 1-12 */
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second; /* 60: a leap second */
};

/* Unix seconds, had the clock shown UTC; false for a day or an hour that is none (1970 to 2200). */
bool civil_time_as_utc(const struct civil_time *civil, int64_t *seconds_out);

/* RFC 3339 ("2026-11-24T02:28:48.123Z", an offset, a space or 't' for 'T') or unix seconds. */
bool wall_time_parse(const char *text, int64_t *wall_ns_out);

/* "2026-11-24T02:28:48.123Z": RFC 3339, UTC, milliseconds. size >= 32. */
void wall_time_format(char *buffer, size_t size, int64_t wall_ns);
