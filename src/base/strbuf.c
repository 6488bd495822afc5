/* SPDX-License-Identifier: Apache-2.0 */
/* base/strbuf.c - a growing string whose failure is remembered and asked for once */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void strbuf_deinit(struct strbuf *buffer)
{
    free(buffer->text);
    *buffer = (struct strbuf){ 0 };
}

static bool grow(struct strbuf *buffer, size_t length)
{
    return length <= SIZE_MAX - buffer->length - 1 &&
           array_reserve(&buffer->text, &buffer->capacity, buffer->length + length + 1, 1) == 0;
}

void strbuf_add_bytes(struct strbuf *buffer, const char *bytes, size_t length)
{
    if (buffer->failed)
        return;
    if (length >= buffer->capacity - buffer->length && !grow(buffer, length)) {
        buffer->failed = true;
        return;
    }
    memcpy(buffer->text + buffer->length, bytes, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void strbuf_add(struct strbuf *buffer, const char *text)
{
    strbuf_add_bytes(buffer, text, strlen(text));
}

void strbuf_printf(struct strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    char small[256];
    int length;

    va_start(arguments, format);
    length = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (length < 0) { /* no memory within, or characters that the locale has not */
        buffer->failed = true;
        return;
    }
    if ((size_t)length < sizeof(small)) {
        strbuf_add_bytes(buffer, small, (size_t)length);
        return;
    }
    if (buffer->failed || array_reserve(&buffer->text, &buffer->capacity,
                                        buffer->length + (size_t)length + 1, 1) < 0) {
        buffer->failed = true;
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->text == NULL ? "" : buffer->text;
}

char *strbuf_take(struct strbuf *buffer)
{
    char *text = NULL;

    if (!buffer->failed)
        text = buffer->text != NULL ? buffer->text : calloc(1, 1);
    if (buffer->failed)
        free(buffer->text);
    *buffer = (struct strbuf){ 0 };
    return text;
}
