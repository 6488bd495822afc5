/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.c - where a stage says what a person might want to know; never prints by itself */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
    va_list arguments;
    char line[512];

    if (log == NULL || log->write == NULL)
        return;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    text_drop_torn_end(line);
    log->write(log->payload, level, line);
}
