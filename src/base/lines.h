/* SPDX-License-Identifier: Apache-2.0 */
/* base/lines.h - lists of one-line texts on the heap, as reports carry them */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/attributes.h"

/**
 * lines_add() - append a line of at most 511 bytes
 * @lines, @count: both 0 at first; lines_free() in the end
 * Return: 0; -ENOMEM, the list as it was
 */
int lines_add(char ***lines, size_t *count, const char *format, ...) AICO2_PRINTF(3, 4);
int lines_add_va(char ***lines, size_t *count, const char *format, va_list arguments)
    AICO2_PRINTF(3, 0);
void lines_free(char **lines, size_t count);
