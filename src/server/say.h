/* SPDX-License-Identifier: Apache-2.0 */
/* server/say.h - lines on standard error, each one event */
#pragma once

#include "base/attributes.h"
#include "base/log.h"

/* "aico2 serve: <message>", whatever the message holds; warnings with "warning: " before it. */
void say(const char *format, ...) AICO2_PRINTF(1, 2);
void say_warning(const char *format, ...) AICO2_PRINTF(1, 2);

/* The same for the stages: what is at least a warning. */
extern const struct log say_log;
