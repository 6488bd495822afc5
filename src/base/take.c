/* SPDX-License-Identifier: Apache-2.0 */
/* base/take.c - pieces taken from the front of a text, for what has a fixed form */
#include "base/take.h"

#include <ctype.h>
#include <string.h>

bool take_digits(const char **text, int count, int64_t *value_out)
{
    int64_t value = 0;

    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)(*text)[i]))
            return false;
        value = value * 10 + ((*text)[i] - '0');
    }
    *text += count;
    *value_out = value;
    return true;
}

bool take_char(const char **text, const char *allowed)
{
    if (**text == '\0' || strchr(allowed, **text) == NULL)
        return false;
    (*text)++;
    return true;
}
