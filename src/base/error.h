/* SPDX-License-Identifier: Apache-2.0 */
/* base/error.h - setting the caller-owned error of include/aico2/error.h */
#pragma once

#include <aico2/error.h>

#include "base/attributes.h"

/**
 * aico2_error_set() - fill an error and return its code, so that a failing function ends in one
 * line
 * @err:  may be NULL
 * @code: negative errno
 */
int aico2_error_set(struct aico2_error *err, int code, const char *format, ...) AICO2_PRINTF(3, 4);

/* The same from a positive errno value; ": <its text>" is appended to the message. */
int aico2_error_set_errno(struct aico2_error *err, int errnum, const char *format, ...)
    AICO2_PRINTF(3, 4);

/* Puts "<context>: " before a message that is already there. */
void aico2_error_prefix(struct aico2_error *err, const char *format, ...) AICO2_PRINTF(2, 3);
