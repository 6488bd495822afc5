/* SPDX-License-Identifier: Apache-2.0 */
/* base/error.c - setting the caller-owned error of include/aico2/error.h */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int aico2_error_set(struct aico2_error *err, int code, const char *format, ...)
{
    va_list arguments;

    if (err == NULL)
        return code;

    err->code = code;
    va_start(arguments, format);
    (void)vsnprintf(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    return code;
}

int aico2_error_set_errno(struct aico2_error *err, int errnum, const char *format, ...)
{
    va_list arguments;
    size_t used;
    char text[128];

    if (err == NULL)
        return -errnum;

    err->code = -errnum;
    va_start(arguments, format);
    (void)vsnprintf(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    used = strlen(err->message);
    /* the GNU strerror_r may return a constant instead of filling the buffer */
    (void)snprintf(err->message + used, sizeof(err->message) - used, ": %s",
                   strerror_r(errnum, text, sizeof(text)));
    return -errnum;
}

void aico2_error_prefix(struct aico2_error *err, const char *format, ...)
{
    va_list arguments;
    char message[sizeof(err->message)];
    size_t used;

    if (err == NULL)
        return;

    memcpy(message, err->message, sizeof(message));
    va_start(arguments, format);
    (void)vsnprintf(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    used = strlen(err->message);
    (void)snprintf(err->message + used, sizeof(err->message) - used, ": %s", message);
}
