/* SPDX-License-Identifier: Apache-2.0 */
/* importers/local_time.c - dates and times of a log whose zone is not in it */
#include "importers/local_time.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/take.h"

static const int64_t QUARTER_SECONDS = 900;
static const int64_t DAY_SECONDS = 86400;

static bool take_date(const char **text, struct civil_time *civil)
{
    const char *at = *text;

    if (take_digits(&at, 4, &civil->year)) {
        if (!take_char(&at, "-") || !take_digits(&at, 2, &civil->month) || !take_char(&at, "-") ||
            !take_digits(&at, 2, &civil->day))
            return false;
    } else {
        at = *text; /* month first, as tegrastats writes it */
        if (!take_digits(&at, 2, &civil->month) || !take_char(&at, "-") ||
            !take_digits(&at, 2, &civil->day) || !take_char(&at, "-") ||
            !take_digits(&at, 4, &civil->year))
            return false;
    }
    *text = at;
    return true;
}

static bool take_fraction(const char **text, int64_t *ns_out)
{
    int64_t unit_ns = NSEC_PER_SEC;

    if (!isdigit((unsigned char)**text))
        return false;
    for (; isdigit((unsigned char)**text); (*text)++) {
        unit_ns /= 10;
        *ns_out += (**text - '0') * unit_ns;
    }
    return true;
}

/* "+01:00", "+0100", "Z"; the text stays where it is when there is none. */
static bool take_zone(const char **text, int64_t *seconds_out)
{
    const char *at = *text;
    int64_t sign = *at == '-' ? -1 : 1;
    int64_t hours;
    int64_t minutes;

    if (take_char(&at, "Zz")) {
        *seconds_out = 0;
        *text = at;
        return true;
    }
    if (!take_char(&at, "+-") || !take_digits(&at, 2, &hours))
        return false;
    (void)take_char(&at, ":");
    if (!take_digits(&at, 2, &minutes) || hours > 15 || minutes > 59)
        return false;
    *seconds_out = sign * (hours * 3600 + minutes * 60);
    *text = at;
    return true;
}

static int64_t zone_offset_at(int64_t utc_seconds)
{
    time_t moment = (time_t)utc_seconds;
    struct tm local;

    return localtime_r(&moment, &local) == NULL ? 0 : (int64_t)local.tm_gmtoff;
}

/* The offset of this process's zone when its clock shows `shown`, as seconds of a UTC clock. */
static int64_t zone_offset_of(struct local_time *time, int64_t shown,
                              const struct civil_time *civil)
{
    int64_t before = zone_offset_at(shown - DAY_SECONDS);
    int64_t after = zone_offset_at(shown + DAY_SECONDS);
    bool as_before = zone_offset_at(shown - before) == before;
    bool as_after = zone_offset_at(shown - after) == after;

    time->quarter_is_known = before == after;
    if (before == after)
        return before;
    if (as_before && as_after) {
        if (time->twice.year == 0)
            time->twice = *civil;
        return shown - before >= time->last_seconds ? before : after;
    }
    if (!as_before && !as_after && time->never.year == 0)
        time->never = *civil;
    return as_after ? after : before;
}

static int64_t offset_of(struct local_time *time, int64_t shown, const struct civil_time *civil)
{
    int64_t quarter = shown / QUARTER_SECONDS;
    int64_t offset;

    if (time->has_offset)
        return time->offset_seconds;
    if (time->quarter_is_known && quarter == time->quarter)
        return time->quarter_offset_seconds;
    offset = zone_offset_of(time, shown, civil);
    time->quarter = quarter;
    time->quarter_offset_seconds = offset;
    return offset;
}

bool stamp_take(struct local_time *time, const char *text, struct stamp *stamp_out)
{
    const char *at = text;
    struct civil_time civil;
    int64_t fraction_ns = 0;
    int64_t offset;
    int64_t shown;
    bool coarse;

    if (!take_date(&at, &civil) || !take_char(&at, "Tt ") || !take_digits(&at, 2, &civil.hour) ||
        !take_char(&at, ":") || !take_digits(&at, 2, &civil.minute) || !take_char(&at, ":") ||
        !take_digits(&at, 2, &civil.second))
        return false;
    coarse = !take_char(&at, ".");
    if ((!coarse && !take_fraction(&at, &fraction_ns)) || !civil_time_as_utc(&civil, &shown))
        return false;
    if (!take_zone(&at, &offset)) {
        offset = offset_of(time, shown, &civil);
        if (!time->used)
            time->first_offset_seconds = offset;
        time->used = true;
    }
    time->last_seconds = shown - offset;
    *stamp_out = (struct stamp){
        .wall_ns = (shown - offset) * NSEC_PER_SEC + fraction_ns,
        .coarse = coarse,
        .length = (size_t)(at - text),
    };
    return true;
}

/* "2024-10-27 02:00:00" */
static void format_civil(const struct civil_time *civil, char text_out[32])
{
    (void)snprintf(text_out, 32, "%04d-%02d-%02d %02d:%02d:%02d", (int)civil->year % 10000,
                   (int)civil->month, (int)civil->day, (int)civil->hour, (int)civil->minute,
                   (int)civil->second);
}

int local_time_note(const struct local_time *time, char ***lines, size_t *count)
{
    char offset[8];
    char text[32];
    int r;

    if (!time->used || time->has_offset) /* the user's own word */
        return 0;
    utc_offset_format(offset, time->first_offset_seconds);
    r = lines_add(lines, count,
                  "the log's times have no zone: taken as this machine's local time, UTC%s at its "
                  "start; --utc-offset names another",
                  offset);
    if (r == 0 && time->twice.year != 0) {
        format_civil(&time->twice, text);
        r = lines_add(lines, count,
                      "%s and what is near it came twice that day, as summer time ended: the first "
                      "is meant until the log has passed it; --utc-offset decides",
                      text);
    }
    if (r == 0 && time->never.year != 0) {
        format_civil(&time->never, text);
        r = lines_add(lines, count,
                      "%s did not come in this machine's zone, as summer time began: --utc-offset "
                      "names the log's",
                      text);
    }
    return r;
}

bool utc_offset_parse(const char *text, int64_t *seconds_out)
{
    int64_t seconds = 0;

    if (strcmp(text, "0") != 0 && (!take_zone(&text, &seconds) || *text != '\0'))
        return false;
    *seconds_out = seconds;
    return true;
}

void utc_offset_format(char text_out[8], int64_t seconds)
{
    int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;

    (void)snprintf(text_out, 8, "%c%02d:%02d", seconds < 0 ? '-' : '+', (int)(minutes / 60 % 24),
                   (int)(minutes % 60));
}
