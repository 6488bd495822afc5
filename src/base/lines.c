/* SPDX-License-Identifier: Apache-2.0 */
/* base/lines.c - lists of one-line texts on the heap, as reports carry them */
#include "base/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

int lines_add_va(char ***lines, size_t *count, const char *format, va_list arguments)
{
    size_t capacity = *count; /* not kept: lists are short, and grow by the double */
    char line[512];
    char *copy;

    (void)vsnprintf(line, sizeof(line), format, arguments);
    text_drop_torn_end(line);
    copy = strdup(line);
    if (copy == NULL || array_reserve(lines, &capacity, *count + 1, sizeof(char *)) < 0) {
        free(copy);
        return -ENOMEM;
    }
    (*lines)[(*count)++] = copy;
    return 0;
}

int lines_add(char ***lines, size_t *count, const char *format, ...)
{
    va_list arguments;
    int r;

    va_start(arguments, format);
    r = lines_add_va(lines, count, format, arguments);
    va_end(arguments);
    return r;
}

void lines_free(char **lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
}
