/* SPDX-License-Identifier: Apache-2.0 */
/* base/number.c - strict numbers from text and back, whatever the locale says */
#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
        text++;
    return text;
}

bool number_parse_u64(const char *text, uint64_t *value_out)
{
    uint64_t value = 0;

    text = skip_blanks(text);
    if (*text == '+')
        text++;
    if (!isdigit((unsigned char)*text))
        return false;

    for (; isdigit((unsigned char)*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (*skip_blanks(text) != '\0')
        return false;

    *value_out = value;
    return true;
}

bool number_parse_i64(const char *text, int64_t *value_out)
{
    uint64_t magnitude;
    bool negative;

    text = skip_blanks(text);
    negative = *text == '-';
    if (negative) {
        text++;
        if (!isdigit((unsigned char)*text))
            return false;
    }
    if (!number_parse_u64(text, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1u : 0u))
        return false;

    if (negative)
        *value_out = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
    else
        *value_out = (int64_t)magnitude;
    return true;
}

bool number_parse_double(const char *text, double *value_out)
{
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc: a static object */
    double value;
    char *end;
    bool ok;

    text = skip_blanks(text);
    if (c_locale == (locale_t)0)
        return false;

    /* strtod would take "0x1p3", "inf" and "nan": a number starts like one and stays decimal here */
    if (text[strspn(text, "+-0123456789.eE \t\r\n")] != '\0' || text[0] == '\0') {
        freelocale(c_locale);
        return false;
    }
    value = strtod_l(text, &end, c_locale);
    ok = end != text && *skip_blanks(end) == '\0' && isfinite(value);
    freelocale(c_locale);
    if (!ok)
        return false;

    *value_out = value;
    return true;
}

/* snprintf writes the locale's decimal point; a host program may have set one. */
static void point_to_dot(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *found;

    if (strcmp(point, ".") == 0 || point[0] == '\0')
        return;

    found = strstr(text, point);
    if (found == NULL)
        return;

    *found = '.';
    memmove(found + 1, found + strlen(point), strlen(found + strlen(point)) + 1);
}

static size_t put_digits(char *buffer, uint64_t magnitude, int decimals, bool negative)
{
    char digits[24];
    size_t count = 0;
    size_t length = 0;

    do {
        digits[count++] = (char)('0' + magnitude % 10);
        magnitude /= 10;
        if (count == (size_t)decimals)
            digits[count++] = '.';
    } while (magnitude > 0 || count < (size_t)decimals || digits[count - 1] == '.');
    if (negative)
        buffer[length++] = '-';
    while (count > 0)
        buffer[length++] = digits[--count];
    buffer[length] = '\0';
    return length;
}

/* Most figures are whole or have a few decimals: a scrape has hundreds, and a history hundreds of thousands.
 * What fits 15 digits reads back as the double next to it; a quotient of exact numbers is that double, too.
 * Return: 0 for another value. */
static size_t format_few_decimals(char *buffer, size_t size, double value)
{
    static const double powers[] = { 1, 10, 100, 1000, 10000 };

    if (size < 24)
        return 0;
    for (int decimals = 0; decimals < (int)ARRAY_LENGTH(powers); decimals++) {
        const double scaled = rint(fabs(value) * powers[decimals]);

        if (!(scaled < 1e15))
            return 0;
        if (scaled / powers[decimals] == fabs(value))
            return put_digits(buffer, (uint64_t)scaled, decimals, value < 0);
    }
    return 0;
}

size_t number_format_double(char *buffer, size_t size, double value)
{
    size_t length;

    if (!isfinite(value)) {
        (void)snprintf(buffer, size, "null");
        return strlen(buffer);
    }
    if (value == 0)
        value = 0; /* no "-0" */
    length = format_few_decimals(buffer, size, value);
    if (length > 0)
        return length;
    for (int digits = 15; digits <= 17; digits++) {
        double back = 0;

        (void)snprintf(buffer, size, "%.*g", digits, value);
        point_to_dot(buffer);
        if (number_parse_double(buffer, &back) && back == value)
            break;
    }
    return strlen(buffer);
}

size_t number_format_fixed(char *buffer, size_t size, double value, int decimals)
{
    if (!isfinite(value)) {
        (void)snprintf(buffer, size, "null");
        return strlen(buffer);
    }
    (void)snprintf(buffer, size, "%.*f", decimals, value);
    point_to_dot(buffer);
    if (buffer[0] == '-' && strspn(buffer + 1, "0.") == strlen(buffer + 1))
        memmove(buffer, buffer + 1, strlen(buffer));
    return strlen(buffer);
}
