/* SPDX-License-Identifier: Apache-2.0 */
/* base/text.c - text from outside made fit to store and to show */
#include "base/text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DISTANCE_MAX = 63, BEGINNING_MIN = 3 };

size_t text_utf8_length(const unsigned char *bytes, uint32_t *code_out)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length;
    uint32_t code;

    if (bytes[0] < 0x80) {
        *code_out = bytes[0];
        return 1;
    }
    if ((bytes[0] & 0xe0) == 0xc0) {
        length = 2;
        code = bytes[0] & 0x1fu;
    } else if ((bytes[0] & 0xf0) == 0xe0) {
        length = 3;
        code = bytes[0] & 0x0fu;
    } else if ((bytes[0] & 0xf8) == 0xf0) {
        length = 4;
        code = bytes[0] & 0x07u;
    } else {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) /* a NUL ends here too */
            return 0;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;

    *code_out = code;
    return length;
}

static bool is_hidden(uint32_t code)
{
    return (code >= 0x80 && code < 0xa0) || /* C1 */
           code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || /* bidirectional overrides */
           (code >= 0x2066 && code <= 0x2069) || code == 0x2028 || code == 0x2029 || code == 0xfeff;
}

void text_copy_clean(char *target, size_t size, const char *source)
{
    const unsigned char *bytes = (const unsigned char *)source;
    size_t used = 0;

    if (size == 0)
        return;
    while (*bytes != '\0') {
        uint32_t code = 0;
        size_t length = text_utf8_length(bytes, &code);
        const char *put = (const char *)bytes;
        size_t put_length = length;

        if (length == 0 || is_hidden(code)) {
            put = "?";
            put_length = 1;
        } else if (code < 0x20 || code == 0x7f || code == ' ') {
            put = " ";
        }
        bytes += length == 0 ? 1 : length;
        if (put[0] == ' ' && (used == 0 || target[used - 1] == ' '))
            continue;
        if (used + put_length >= size)
            break;
        memcpy(target + used, put, put_length);
        used += put_length;
    }
    while (used > 0 && target[used - 1] == ' ')
        used--;
    target[used] = '\0';
}

void text_append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length >= size - used)
        text_drop_torn_end(text);
}

void text_append_note(char *text, size_t size, const char *note)
{
    if (note[0] != '\0')
        text_append(text, size, "%s%s", text[0] != '\0' ? "; " : "", note);
}

void text_drop_torn_end(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    uint32_t code;

    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0 &&
        text_utf8_length((const unsigned char *)text + start - 1, &code) == 0)
        text[start - 1] = '\0';
}

size_t text_columns(const char *text)
{
    size_t columns = 0;

    for (; *text != '\0'; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

unsigned text_distance_within(const char *a, const char *b, unsigned most)
{
    size_t a_length = strnlen(a, DISTANCE_MAX);
    size_t b_length = strnlen(b, DISTANCE_MAX);
    unsigned apart = (unsigned)(a_length > b_length ? a_length - b_length : b_length - a_length);
    unsigned row[DISTANCE_MAX + 1];

    if (apart > most)
        return apart;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        unsigned least = (unsigned)i;

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0u : 1u);
            unsigned best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

            diagonal = row[j];
            row[j] = change < best ? change : best;
            least = row[j] < least ? row[j] : least;
        }
        if (least > most) /* it never falls from row to row */
            return least;
    }
    return row[b_length];
}

unsigned text_distance(const char *a, const char *b)
{
    return text_distance_within(a, b, UINT_MAX);
}

bool text_is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    uint32_t code;

    while (*at != '\0') {
        size_t length = text_utf8_length(at, &code);

        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

bool text_is_line(const char *field, size_t size)
{
    const char *end = memchr(field, '\0', size);

    if (end == NULL)
        return false;
    for (; field < end; field++) {
        unsigned char byte = (unsigned char)*field;

        if (byte < 0x20 || byte == 0x7f)
            return false;
    }
    return true;
}

int text_index(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -1;
}

int text_nearest(const char *word, const char *const *candidates, size_t count)
{
    unsigned best = (unsigned)(strnlen(word, DISTANCE_MAX) / 3 + 1);
    int found = -1;

    for (size_t i = 0; i < count; i++) {
        unsigned distance = text_distance_within(word, candidates[i], best);

        /* the beginning of a word is a word left unfinished, not a mistyped other one */
        if (distance > 1 && strnlen(word, BEGINNING_MIN) == BEGINNING_MIN &&
            strncasecmp(word, candidates[i], strlen(word)) == 0)
            distance = 1;
        if (distance < best || (distance == best && found < 0)) {
            best = distance;
            found = (int)i;
        }
    }
    return found;
}

bool text_equal_nocase(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}
