/* SPDX-License-Identifier: Apache-2.0 */
/* base/error.c - setting the caller-owned error of include/aico2/error.h */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void AICO2_PRINTF(2, 0)
    set_message(struct aico2_error *err, const char *format, va_list arguments)
{
    (void)vsnprintf(err->message, sizeof(err->message), format, arguments);
    text_drop_torn_end(err->message);
}

int aico2_error_set(struct aico2_error *err, int code, const char *format, ...)
{
    va_list arguments;

    if (err == NULL)
        return code;

    err->code = code;
    va_start(arguments, format);
    set_message(err, format, arguments);
    va_end(arguments);
    return code;
}

int aico2_error_set_errno(struct aico2_error *err, int errnum, const char *format, ...)
{
    va_list arguments;
    char text[128];

    if (err == NULL)
        return -errnum;

    err->code = -errnum;
    va_start(arguments, format);
    set_message(err, format, arguments);
    va_end(arguments);
    /* the GNU strerror_r may return a constant instead of filling the buffer */
    text_append(err->message, sizeof(err->message), ": %s", strerror_r(errnum, text, sizeof(text)));
    return -errnum;
}

void aico2_error_prefix(struct aico2_error *err, const char *format, ...)
{
    va_list arguments;
    char message[sizeof(err->message)];

    if (err == NULL)
        return;

    memcpy(message, err->message, sizeof(message));
    va_start(arguments, format);
    set_message(err, format, arguments);
    va_end(arguments);
    text_append(err->message, sizeof(err->message), ": %s", message);
}
