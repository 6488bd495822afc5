/* SPDX-License-Identifier: Apache-2.0 */
/* base/text.h - text from outside made fit to store and to show */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * text_copy_clean() - copy what a machine says of itself into a fixed field
 * Control characters become a space, bidirectional controls and invalid UTF-8 become '?', runs of
 * blanks one blank, ends trimmed; cut at a character boundary.
 */
void text_copy_clean(char *target, size_t size, const char *source);

/* Columns on a terminal: one per code point (no East Asian width here: figures and model names). */
size_t text_columns(const char *text);

/* Edit distance, ASCII case ignored; texts longer than 63 bytes are cut. */
unsigned text_distance(const char *a, const char *b);

/* Index of the candidate nearest to word, or -1 when none is near enough to be worth naming. */
int text_nearest(const char *word, const char *const *candidates, size_t count);

/* NULL-safe equality, ASCII case ignored. */
bool text_equal_nocase(const char *a, const char *b);
