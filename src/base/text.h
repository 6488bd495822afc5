/* SPDX-License-Identifier: Apache-2.0 */
/* base/text.h - text from outside made fit to store and to show */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/**
 * text_copy_clean() - copy what a machine says of itself into a fixed field
 * Control characters become a space, bidirectional controls and invalid UTF-8 become '?', runs of
 * blanks one blank, ends trimmed; cut at a character boundary.
 */
void text_copy_clean(char *target, size_t size, const char *source);

/**
 * text_append() - add to what stands in a fixed field
 * @text: NUL-terminated, of `size` bytes; what does not fit is cut at a character boundary
 */
void text_append(char *text, size_t size, const char *format, ...) AICO2_PRINTF(3, 4);

/* The same for a remark: parted by "; " from what stands there; "" adds nothing. */
void text_append_note(char *text, size_t size, const char *note);

/* Cuts a character that a full buffer has left incomplete at the end. */
void text_drop_torn_end(char *text);

/**
 * text_utf8_length() - the bytes of the first character
 * @code_out: its code point; untouched when 0 is returned
 * Return: 1 to 4, or 0 for what is no UTF-8 (overlong, a surrogate, torn)
 */
size_t text_utf8_length(const unsigned char *bytes, uint32_t *code_out);

/* Whether all of it is UTF-8, so that nothing is put in its place where it is written. */
bool text_is_utf8(const char *text);

/* Whether a fixed field holds a text that ends within it and prints on one line; "" is one. */
bool text_is_line(const char *field, size_t size);

/* Columns on a terminal: one per code point (no East Asian width here: figures and model names). */
size_t text_columns(const char *text);

/* Edit distance, ASCII case ignored; texts longer than 63 bytes are cut. */
unsigned text_distance(const char *a, const char *b);
/* The same, or any number above `most` where it is more: sooner told. */
unsigned text_distance_within(const char *a, const char *b, unsigned most);

/* Index of the word in a list, letter for letter; -1: it is none of them. */
int text_index(const char *word, const char *const *words, size_t count);

/* Index of the candidate nearest to word, or -1 when none is near enough to be worth naming. */
int text_nearest(const char *word, const char *const *candidates, size_t count);

/* NULL-safe equality, ASCII case ignored. */
bool text_equal_nocase(const char *a, const char *b);
