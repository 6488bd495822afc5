/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_time_text.c - any text as a duration, a point in time, a zone and the stamp of a log */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/time_text.h"
#include "importers/local_time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the years 1970 to 2200, and a day more for a zone. */
static bool is_of_a_calendar(int64_t wall_ns)
{
    return wall_ns >= -86400 * NSEC_PER_SEC &&
           wall_ns <= (INT64_C(7289654400) + 86400) * NSEC_PER_SEC;
}

/* What is written to the millisecond is read back as it was, and written so again. */
static void check_wall(int64_t wall_ns)
{
    char text[32];
    char again[32];
    int64_t back_ns;

    if (!is_of_a_calendar(wall_ns))
        abort();
    if (wall_ns < 0 || wall_ns >= INT64_C(7289654400) * NSEC_PER_SEC)
        return; /* a year before or after those that are taken */
    wall_time_format(text, sizeof(text), wall_ns);
    if (!wall_time_parse(text, &back_ns) || back_ns > wall_ns || wall_ns - back_ns >= NSEC_PER_MSEC)
        abort();
    wall_time_format(again, sizeof(again), back_ns);
    if (strcmp(text, again) != 0)
        abort();
}

static void check_stamp(const char *text, size_t size, bool has_offset)
{
    struct local_time time = LOCAL_TIME_NULL;
    struct stamp stamp = { .length = size + 1 };

    time.has_offset = has_offset;
    time.offset_seconds = 3600;
    if (!stamp_take(&time, text, &stamp)) {
        if (stamp.length != size + 1 || time.used || time.last_seconds != INT64_MIN)
            abort();
        return;
    }
    if (stamp.length < sizeof("2026-11-24 10:00:00") - 1 || stamp.length > size ||
        !is_of_a_calendar(stamp.wall_ns) || (stamp.coarse && stamp.wall_ns % NSEC_PER_SEC != 0) ||
        stamp.wall_ns < time.last_seconds * NSEC_PER_SEC ||
        stamp.wall_ns >= (time.last_seconds + 1) * NSEC_PER_SEC)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    int64_t value = -7;
    char shown[8];
    int64_t back;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (duration_parse(text, &value) ? value < 0 : value != -7)
        abort();
    value = -7;
    if (wall_time_parse(text, &value))
        check_wall(value);
    else if (value != -7)
        abort();
    if (utc_offset_parse(text, &value)) {
        utc_offset_format(shown, value);
        if (!utc_offset_parse(shown, &back) || back != value || labs(value) >= 16 * 3600)
            abort();
    }
    check_stamp(text, size, false);
    check_stamp(text, size, true);
    free(text);
    return 0;
}
