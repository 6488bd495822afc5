/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/retry_after.c - until when a server does not want to be asked */
#include "fetch/retry_after.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/take.h"
#include "base/time_text.h"

static const int64_t LONGEST_NS = 24 * 3600 * NSEC_PER_SEC;

static bool take_text(const char **text, const char *expected)
{
    size_t length = strlen(expected);

    if (strncmp(*text, expected, length) != 0)
        return false;
    *text += length;
    return true;
}

static bool take_month(const char **text, int64_t *month_out)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int64_t month = 0; month < 12; month++) {
        if (strncmp(*text, names + month * 3, 3) != 0)
            continue;
        *text += 3;
        *month_out = month + 1;
        return true;
    }
    return false;
}

static bool take_clock(const char **text, struct civil_time *civil)
{
    return take_digits(text, 2, &civil->hour) && take_text(text, ":") &&
           take_digits(text, 2, &civil->minute) && take_text(text, ":") &&
           take_digits(text, 2, &civil->second);
}

/* " 06 Nov 1994 08:49:37 GMT", behind the comma */
static bool take_fixdate(const char **text, struct civil_time *civil)
{
    return take_text(text, " ") && take_digits(text, 2, &civil->day) && take_text(text, " ") &&
           take_month(text, &civil->month) && take_text(text, " ") &&
           take_digits(text, 4, &civil->year) && take_text(text, " ") && take_clock(text, civil) &&
           take_text(text, " GMT");
}

/* " 06-Nov-94 08:49:37 GMT": what would lie far ahead is of the century before, but nobody asks for that */
static bool take_rfc850(const char **text, struct civil_time *civil)
{
    bool good = take_text(text, " ") && take_digits(text, 2, &civil->day) && take_text(text, "-") &&
                take_month(text, &civil->month) && take_text(text, "-") &&
                take_digits(text, 2, &civil->year) && take_text(text, " ") &&
                take_clock(text, civil) && take_text(text, " GMT");

    civil->year += 2000;
    return good;
}

/* " Nov  6 08:49:37 1994", behind the day's name */
static bool take_asctime(const char **text, struct civil_time *civil)
{
    if (!take_text(text, " ") || !take_month(text, &civil->month) || !take_text(text, " "))
        return false;
    if (!take_digits(text, take_text(text, " ") ? 1 : 2, &civil->day))
        return false;
    return take_text(text, " ") && take_clock(text, civil) && take_text(text, " ") &&
           take_digits(text, 4, &civil->year);
}

static bool parse_date(const char *text, int64_t *wall_ns_out)
{
    static bool (*const forms[])(const char **, struct civil_time *) = { take_fixdate, take_rfc850,
                                                                         take_asctime };
    size_t name = 0;

    while (isalpha((unsigned char)text[name]))
        name++;
    if (name < 3)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        const char *at = text + name + (text[name] == ',' ? 1 : 0);
        struct civil_time civil = { 0 };
        int64_t seconds;

        if (!forms[i](&at, &civil) || *at != '\0' || !civil_time_as_utc(&civil, &seconds))
            continue;
        *wall_ns_out = seconds * NSEC_PER_SEC;
        return true;
    }
    return false;
}

static bool parse_seconds(const char *text, int64_t *ns_out)
{
    int64_t seconds = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        if (seconds < LONGEST_NS / NSEC_PER_SEC)
            seconds = seconds * 10 + (*text - '0');
    }
    *ns_out = seconds * NSEC_PER_SEC;
    return true;
}

bool retry_after_parse(const char *text, int64_t now_wall_ns, int64_t *until_wall_ns_out)
{
    int64_t wait_ns;
    int64_t date_ns;

    if (parse_date(text, &date_ns))
        wait_ns = date_ns - now_wall_ns;
    else if (!parse_seconds(text, &wait_ns))
        return false;
    if (wait_ns < 0)
        wait_ns = 0;
    *until_wall_ns_out = now_wall_ns + (wait_ns < LONGEST_NS ? wait_ns : LONGEST_NS);
    return true;
}
