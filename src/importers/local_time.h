/* SPDX-License-Identifier: Apache-2.0 */
/* importers/local_time.h - dates and times of a log whose zone is not in it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time_text.h"

/* By which zone, and what was met on the way. */
struct local_time {
    bool has_offset; /* of the user: the same for every time */
    int64_t offset_seconds;
    bool used; /* a time without a zone was met: one was assumed */
    int64_t first_offset_seconds;
    int64_t last_seconds; /* of the last time, UTC; INT64_MIN none yet */
    int64_t quarter; /* a quarter of an hour by the clock, and its offset: changes are on one */
    int64_t quarter_offset_seconds;
    bool quarter_is_known;
    struct civil_time twice; /* the first time that the clock showed twice; year 0: none */
    struct civil_time never; /* the first that it never showed */
};

#define LOCAL_TIME_NULL ((struct local_time){ .last_seconds = INT64_MIN })

/* A time as a log has it, taken from the start of a text. */
struct stamp {
    int64_t wall_ns;
    bool coarse;   /* to the second */
    size_t length; /* of the text that it is */
};

/**
 * stamp_take() - "2026-11-24 10:00:00[.123456][Z|+01:00]" or "11-24-2026 10:00:00"
 * Of a time that the clock showed twice (the end of summer time) the first is taken, unless the log has
 * passed it.
 * Return: whether there is one; `time` is changed only then.
 */
bool stamp_take(struct local_time *time, const char *text, struct stamp *stamp_out);

/* Says which zone was assumed, and what came twice or never. Return: 0 or -ENOMEM. */
int local_time_note(const struct local_time *time, char ***lines, size_t *count);

/* "+01:00", "-0530", "Z", "0": seconds east of UTC. */
bool utc_offset_parse(const char *text, int64_t *seconds_out);
/* "+01:00" */
void utc_offset_format(char text_out[8], int64_t seconds);
