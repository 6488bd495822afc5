/* SPDX-License-Identifier: Apache-2.0 */
/* base/time_text.c - durations and points in time as people write them */
#include "base/time_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/take.h"

bool duration_parse(const char *text, int64_t *ns_out)
{
    static const struct {
        const char *suffix;
        double ns;
    } units[] = {
        { "ms", 1e6 }, { "us", 1e3 },   { "s", 1e9 },
        { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
    };
    char number[48];
    size_t digits = strspn(text, "0123456789.");
    double scale = 1e9;
    double value;

    if (digits == 0 || digits >= sizeof(number))
        return false;

    memcpy(number, text, digits);
    number[digits] = '\0';
    if (text[digits] != '\0') {
        size_t i;

        for (i = 0; i < ARRAY_LENGTH(units); i++) {
            if (strcmp(text + digits, units[i].suffix) == 0)
                break;
        }
        if (i == ARRAY_LENGTH(units))
            return false;
        scale = units[i].ns;
    }
    if (!number_parse_double(number, &value) || value * scale > 9e18)
        return false;

    *ns_out = (int64_t)(value * scale + 0.5);
    return true;
}

/* Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's civil-days arithmetic). What 63 bits of
 * nanoseconds hold begins in 1677: no year is below 0. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era;
    int64_t year_of_era;
    int64_t day_of_year;

    year -= month <= 2;
    era = year / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t era;
    int64_t day_of_era;
    int64_t year_of_era;
    int64_t day_of_year;
    int64_t shifted_month;

    days += 719468;
    era = days / 146097;
    day_of_era = days - era * 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static bool take_offset(const char **text, int64_t *seconds_out)
{
    int64_t hours;
    int64_t minutes;
    int64_t sign;

    if (take_char(text, "Zz")) {
        *seconds_out = 0;
        return true;
    }
    if (**text != '+' && **text != '-')
        return false;
    sign = **text == '-' ? -1 : 1;
    (*text)++;
    if (!take_digits(text, 2, &hours) || !take_char(text, ":") || !take_digits(text, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;

    *seconds_out = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool civil_time_as_utc(const struct civil_time *civil, int64_t *seconds_out)
{
    static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t year = civil->year;

    if (civil->month < 1 || civil->month > 12 || civil->day < 1 ||
        civil->day > month_days[civil->month - 1] || civil->hour < 0 || civil->hour > 23 ||
        civil->minute < 0 || civil->minute > 59 || civil->second < 0 || civil->second > 60 ||
        year < 1970 || year > 2200)
        return false;
    if (civil->month == 2 && civil->day == 29 &&
        (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
        return false;

    *seconds_out = days_from_civil(year, civil->month, civil->day) * 86400 + civil->hour * 3600 +
                   civil->minute * 60 + civil->second;
    return true;
}

static bool parse_rfc3339(const char *text, int64_t *wall_ns_out)
{
    struct civil_time civil;
    int64_t seconds, offset;
    int64_t fraction_ns = 0;

    if (!take_digits(&text, 4, &civil.year) || !take_char(&text, "-") ||
        !take_digits(&text, 2, &civil.month) || !take_char(&text, "-") ||
        !take_digits(&text, 2, &civil.day) || !take_char(&text, "Tt ") ||
        !take_digits(&text, 2, &civil.hour) || !take_char(&text, ":") ||
        !take_digits(&text, 2, &civil.minute) || !take_char(&text, ":") ||
        !take_digits(&text, 2, &civil.second))
        return false;
    if (take_char(&text, ".")) {
        int64_t unit = NSEC_PER_SEC;

        if (!isdigit((unsigned char)*text))
            return false;
        for (; isdigit((unsigned char)*text); text++) {
            unit /= 10;
            fraction_ns += (*text - '0') * unit;
        }
    }
    if (!take_offset(&text, &offset) || *text != '\0' || !civil_time_as_utc(&civil, &seconds))
        return false;

    *wall_ns_out = (seconds - offset) * NSEC_PER_SEC + fraction_ns;
    return true;
}

bool wall_time_parse(const char *text, int64_t *wall_ns_out)
{
    double seconds;
    int64_t whole;

    if (number_parse_i64(text, &whole)) { /* exact, where a double would lose nanoseconds */
        if (whole < 0 || whole > INT64_C(7258118400))
            return false;
        *wall_ns_out = whole * NSEC_PER_SEC;
        return true;
    }
    if (number_parse_double(text, &seconds)) {
        if (seconds < 0 || seconds > 7258118400.0)
            return false;
        *wall_ns_out = (int64_t)(seconds * 1e9);
        return true;
    }
    return parse_rfc3339(text, wall_ns_out);
}

void wall_time_format(char *buffer, size_t size, int64_t wall_ns)
{
    int64_t seconds = wall_ns / NSEC_PER_SEC;
    int64_t rest_ns = wall_ns % NSEC_PER_SEC;
    int64_t days;
    int year, month, day;

    if (rest_ns < 0) {
        rest_ns += NSEC_PER_SEC;
        seconds--;
    }
    days = seconds / 86400;
    seconds %= 86400;
    if (seconds < 0) {
        seconds += 86400;
        days--;
    }
    civil_from_days(days, &year, &month, &day);
    (void)snprintf(buffer, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day,
                   (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60),
                   (int)(rest_ns / NSEC_PER_MSEC));
}
