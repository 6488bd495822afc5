/* SPDX-License-Identifier: Apache-2.0 */
/* server/say.c - lines on standard error, each one event */
#include "server/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

enum { MESSAGE_SIZE = 1024 };

/* One write a line: threads do not get into each other's. */
static void AICO2_PRINTF(2, 0) print(const char *kind, const char *format, va_list arguments)
{
    char message[MESSAGE_SIZE];
    char clean[MESSAGE_SIZE];
    char line[MESSAGE_SIZE + 64];
    int length;

    (void)vsnprintf(message, sizeof(message), format, arguments);
    text_copy_clean(clean, sizeof(clean), message);
    length = snprintf(line, sizeof(line), "aico2 serve: %s%s\n", kind, clean);
    if (length > 0)
        (void)fs_write_all(STDERR_FILENO, line, (size_t)length);
}

void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print("", format, arguments);
    va_end(arguments);
}

void say_warning(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print("warning: ", format, arguments);
    va_end(arguments);
}

static void write_log(void *payload, enum log_level level, const char *line)
{
    (void)payload;
    if (level <= LOG_WARNING)
        say_warning("%s", line);
}

const struct log say_log = { .write = write_log };
