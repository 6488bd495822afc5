/* SPDX-License-Identifier: Apache-2.0 */
/* base/number.h - strict numbers from text and back, whatever the locale says */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each takes the whole text (surrounding blanks, a final newline and NUL padding allowed) or
 * returns false and leaves the output alone. No hexadecimal, no "inf", no "nan", no overflow. */
bool number_parse_u64(const char *text, uint64_t *value_out);
bool number_parse_i64(const char *text, int64_t *value_out);
bool number_parse_double(const char *text, double *value_out);

/* The shortest text that reads back as the same double, "." as the point; "null" when not finite.
 * size >= 32 always suffices. Return: the length. */
size_t number_format_double(char *buffer, size_t size, double value);

/* Fixed decimals, "." as the point, and never "-0.00". Return: the length. */
size_t number_format_fixed(char *buffer, size_t size, double value, int decimals);
