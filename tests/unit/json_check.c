/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/json_check.c - is it JSON (RFC 8259), and what does it hold; apart from the code under
 * test */
#include "json_check.h"

#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32, KEYS_MAX = 64 };

struct span {
    const char *at;
    const char *end;
};

static bool take_value(struct span *in, int depth);

static void skip_blanks(struct span *in)
{
    while (in->at < in->end && strchr(" \t\r\n", *in->at) != NULL && *in->at != '\0')
        in->at++;
}

static bool take_char(struct span *in, char c)
{
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

static bool take_word(struct span *in, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0)
        return false;
    in->at += length;
    return true;
}

static size_t take_digits(struct span *in)
{
    const char *start = in->at;

    while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
        in->at++;
    return (size_t)(in->at - start);
}

static bool take_number(struct span *in)
{
    (void)take_char(in, '-');
    if (!take_char(in, '0') && take_digits(in) == 0)
        return false;
    if (take_char(in, '.') && take_digits(in) == 0)
        return false;
    if (take_char(in, 'e') || take_char(in, 'E')) {
        if (!take_char(in, '-'))
            (void)take_char(in, '+');
        return take_digits(in) > 0;
    }
    return true;
}

/* RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF. */
static bool take_utf8(struct span *in)
{
    const unsigned char *at = (const unsigned char *)in->at;
    size_t have = (size_t)(in->end - in->at);
    unsigned char least = 0x80;
    unsigned char most = 0xbf;
    size_t length;

    if (at[0] < 0x80) {
        in->at++;
        return true;
    }
    length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || have < length)
        return false;
    least = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : least;
    most = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : most;
    if (at[1] < least || at[1] > most)
        return false;
    for (size_t i = 2; i < length; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf)
            return false;
    }
    in->at += length;
    return true;
}

static bool take_string(struct span *in)
{
    if (!take_char(in, '"'))
        return false;
    while (in->at < in->end) {
        if (take_char(in, '"'))
            return true;
        if ((unsigned char)*in->at < 0x20)
            return false;
        if (take_char(in, '\\')) {
            if (in->at == in->end || *in->at == '\0' || strchr("\"\\/bfnrtu", *in->at) == NULL)
                return false;
            if (*in->at++ != 'u')
                continue;
            for (int i = 0; i < 4; i++, in->at++) {
                if (in->at == in->end || *in->at == '\0' ||
                    strchr("0123456789abcdefABCDEF", *in->at) == NULL)
                    return false;
            }
        } else if (!take_utf8(in)) {
            return false;
        }
    }
    return false;
}

static bool take_object(struct span *in, int depth)
{
    struct span keys[KEYS_MAX];
    size_t count = 0;

    if (!take_char(in, '{'))
        return false;
    skip_blanks(in);
    if (take_char(in, '}'))
        return true;
    do {
        struct span key;

        skip_blanks(in);
        key.at = in->at;
        if (!take_string(in))
            return false;
        key.end = in->at;
        for (size_t i = 0; i < count; i++) {
            if (key.end - key.at == keys[i].end - keys[i].at &&
                memcmp(key.at, keys[i].at, (size_t)(key.end - key.at)) == 0)
                return false;
        }
        if (count < KEYS_MAX)
            keys[count++] = key;
        skip_blanks(in);
        if (!take_char(in, ':') || !take_value(in, depth))
            return false;
    } while (take_char(in, ','));
    return take_char(in, '}');
}

static bool take_array(struct span *in, int depth)
{
    if (!take_char(in, '['))
        return false;
    skip_blanks(in);
    if (take_char(in, ']'))
        return true;
    do {
        if (!take_value(in, depth))
            return false;
    } while (take_char(in, ','));
    return take_char(in, ']');
}

/* With the blanks around it. */
static bool take_value(struct span *in, int depth)
{
    bool valid;

    skip_blanks(in);
    if (depth > DEPTH_MAX || in->at == in->end)
        return false;
    if (*in->at == '{')
        valid = take_object(in, depth + 1);
    else if (*in->at == '[')
        valid = take_array(in, depth + 1);
    else if (*in->at == '"')
        valid = take_string(in);
    else
        valid = take_word(in, "null") || take_word(in, "true") || take_word(in, "false") ||
                take_number(in);
    if (valid)
        skip_blanks(in);
    return valid;
}

bool json_is_valid(const char *text, size_t length)
{
    struct span in = { text, text + length };

    return take_value(&in, 0) && in.at == in.end;
}

/* in stands at an object or an array; left at the member's value. */
static bool enter(struct span *in, const char *name, size_t length)
{
    bool array = take_char(in, '[');

    if (!array && !take_char(in, '{'))
        return false;
    for (size_t index = 0;; index++) {
        char number[24];
        const char *key = number;
        size_t key_length;

        skip_blanks(in);
        if (array) {
            key_length = (size_t)snprintf(number, sizeof(number), "%zu", index);
        } else {
            key = in->at + 1;
            if (!take_string(in))
                return false;
            key_length = (size_t)(in->at - key) - 1;
            skip_blanks(in);
            if (!take_char(in, ':'))
                return false;
            skip_blanks(in);
        }
        if (key_length == length && memcmp(key, name, length) == 0)
            return true;
        if (!take_value(in, 0) || !take_char(in, ','))
            return false;
    }
}

bool json_find(const char *text, const char *path, char *value_out, size_t size)
{
    struct span in = { text, text + strlen(text) };
    struct span value;

    skip_blanks(&in);
    while (*path != '\0') {
        size_t length = strcspn(path, ".");

        if (!enter(&in, path, length))
            return false;
        path += length + (path[length] == '.');
    }
    value = in;
    if (!take_value(&in, 0))
        return false;
    value.end = in.at;
    while (value.end > value.at && strchr(" \n", value.end[-1]) != NULL)
        value.end--;
    (void)snprintf(value_out, size, "%.*s", (int)(value.end - value.at), value.at);
    return true;
}

double json_number_at(const char *text, const char *path)
{
    char raw[64] = "nothing";
    char *end;
    double value;

    if (!json_find(text, path, raw, sizeof(raw)))
        fail_msg("no '%s'", path);
    if (strcmp(raw, "null") == 0)
        return NAN;
    value = strtod(raw, &end);
    if (end == raw || *end != '\0')
        fail_msg("'%s' is %s, not a number", path, raw);
    return value;
}

void assert_json_at(const char *text, const char *path, const char *raw)
{
    char found[2048] = "nothing";

    if (!json_find(text, path, found, sizeof(found)))
        fail_msg("no '%s'", path);
    if (strcmp(found, raw) != 0)
        fail_msg("'%s' is %s, not %s", path, found, raw);
}
