/* SPDX-License-Identifier: Apache-2.0 */
/* writers/text_out.h - lines of at most 80 columns: cleaning, shortening, padding, wrapping */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/strbuf.h"
#include "writers/writer.h"

struct text_out {
    struct strbuf *buffer;
    struct text_style style;
    size_t width; /* 40 to 80: wider terminals do not make lines longer */
};

struct text_out text_out_begin(struct strbuf *buffer, struct text_style style);

/* Appends text that came from outside: no controls, no hidden characters, ASCII only where the
 * terminal knows no other. */
void text_add_clean(struct strbuf *out, const char *text, bool unicode);
/* The same, cut to `columns` with "…" at the end. Return: the columns used. */
size_t text_add_short(struct strbuf *out, const char *text, size_t columns, bool unicode);
/* Appends a figure whose blanks text_item() must not break at. */
void text_add_solid(struct strbuf *out, const char *text);
void text_pad(struct strbuf *out, size_t have, size_t want);
/* text in a cell of `columns`, to the right of it or to the left; a longer one is kept whole. */
void text_cell_right(struct strbuf *out, const char *text, size_t columns);
/* Cut to the cell. */
void text_cell_left(struct strbuf *out, const char *text, size_t columns, bool unicode);

/**
 * text_item() - "  label     text", wrapped at blanks, what follows under the text
 * @label:  NULL for none
 * @indent: column of the text
 */
void text_item(struct text_out *out, const char *label, size_t indent, const char *text);
void text_itemf(struct text_out *out, const char *label, size_t indent, const char *format, ...)
    AICO2_PRINTF(4, 5);

/* text wrapped on a line that is filled up to `at` already; what follows stands under its start. */
void text_go_on(struct text_out *out, size_t at, const char *text);

/* left (cut when needed), right at the margin; bold on a colour terminal. right may be "". */
void text_title(struct text_out *out, const char *left, const char *right);

/* A heading's "run 01KB3FABCD…": the id by its first 10 characters, its time. */
void text_short_id(struct strbuf *out, const char *id, bool unicode);
