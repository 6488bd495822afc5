/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.h - where a stage says what a person might want to know; never prints by itself */
#pragma once

#include "base/attributes.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    void (*write)(void *payload, enum log_level level, const char *line);
    void *payload;
};

/* log may be NULL. One event, one line, lower case, no newline. */
void log_write(const struct log *log, enum log_level level, const char *format, ...)
    AICO2_PRINTF(3, 4);
