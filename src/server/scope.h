/* SPDX-License-Identifier: Apache-2.0 */
/* server/scope.h - what somebody may do here: of a token, or of a user */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum scope {
    SCOPE_READ = 1u << 0,  /* all that is told here; everybody who may ask at all */
    SCOPE_WRITE = 1u << 1, /* put runs into the history */
    SCOPE_RAW = 1u << 2,   /* figures finer than a second and 0.1 J */
};

enum { SCOPE_WORD_SIZE = 48 };

/**
 * scopes_parse() - "read", "write", "raw", several parted by commas
 * @bad_out: the first word that is none, cleaned; untouched otherwise
 * Return: SCOPE_* bits, SCOPE_READ always among them; 0: one is none
 */
unsigned scopes_parse(const char *text, size_t length, char bad_out[SCOPE_WORD_SIZE]);
