/* SPDX-License-Identifier: Apache-2.0 */
/* session/place_text.c - what is kept of the place and the figure that a run was asked to be reported under */
#include "session/place_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char BAR = '|';

/* The value of a field's text if it has that key, else NULL; length: up to the next bar. */
static const char *value_of(const char *field, size_t length, const char *key)
{
    const char *equals = memchr(field, '=', length);
    size_t key_length = strlen(key);

    if (equals == NULL)
        return key_length == 0 ? field : NULL;
    if ((size_t)(equals - field) != key_length || memcmp(field, key, key_length) != 0)
        return NULL;
    return equals + 1;
}

/* Where the field of a key begins (at its bar), and where the next one does; NULL: it is not there. */
static const char *find_field(const char *option, const char *key, const char **value_out,
                              const char **end_out)
{
    const char *bar = strchr(option, BAR);

    while (bar != NULL) {
        size_t length = strcspn(bar + 1, "|");

        *end_out = bar + 1 + length;
        *value_out = value_of(bar + 1, length, key);
        if (*value_out != NULL)
            return bar;
        bar = **end_out == BAR ? *end_out : NULL;
    }
    return NULL;
}

void place_text_place(const char *option, char *place_out, size_t size)
{
    (void)snprintf(place_out, size, "%.*s", (int)strcspn(option, "|"), option);
}

void place_text_set_place(char *option, size_t size, const char *place)
{
    size_t fields = strcspn(option, "|");
    size_t fields_size = strlen(option + fields) + 1;
    size_t length = strlen(place);

    if (length + fields_size > size)
        return;
    memmove(option + length, option + fields, fields_size);
    memcpy(option, place, length);
}

bool place_text_get(const char *option, const char *key, char *value_out, size_t size)
{
    const char *value;
    const char *end;

    value_out[0] = '\0';
    if (find_field(option, key, &value, &end) == NULL)
        return false;
    (void)snprintf(value_out, size, "%.*s", (int)(end - value), value);
    return true;
}

void place_text_set(char *option, size_t size, const char *key, const char *value)
{
    const char *old_value;
    const char *end;
    const char *field = find_field(option, key, &old_value, &end);

    if (field != NULL)
        memmove(option + (field - option), end, strlen(end) + 1);
    if (value == NULL || strlen(option) + strlen(key) + strlen(value) + 3 > size)
        return;
    text_append(option, size, "%c%s%s%s", BAR, key, key[0] != '\0' ? "=" : "", value);
}
