/* SPDX-License-Identifier: Apache-2.0 */
/* writers/text_out.c - lines of at most 80 columns: cleaning, shortening, padding, wrapping */
#include "writers/text_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "writers/format.h"

/* Stands for a blank that is no place to break; never in cleaned text, which has no controls. */
#define SOLID_BLANK '\x1f'

enum { SHORT_ID = 10 };

struct text_out text_out_begin(struct strbuf *buffer, struct text_style style)
{
    struct text_out out = { .buffer = buffer, .style = style, .width = 80 };

    if (style.columns > 0 && style.columns < 80)
        out.width = style.columns < 40 ? 40 : (size_t)style.columns;
    return out;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void text_add_clean(struct strbuf *out, const char *text, bool unicode)
{
    AICO2_CLEANUP(freep) char *clean = NULL;
    size_t size = strlen(text) + 1; /* cleaning never makes a text longer */

    clean = malloc(size);
    if (clean == NULL) {
        out->failed = true;
        return;
    }
    text_copy_clean(clean, size, text);
    if (unicode) {
        strbuf_add(out, clean);
        return;
    }
    for (const char *at = clean; *at != '\0'; at++) {
        if (!continues(*at))
            strbuf_add_bytes(out, (unsigned char)*at < 0x80 ? at : "?", 1);
    }
}

/* Bytes of the first `columns` characters. */
static size_t bytes_of_columns(const char *text, size_t columns)
{
    size_t at = 0;

    while (text[at] != '\0') {
        if (!continues(text[at]) && columns-- == 0)
            break;
        at++;
    }
    return at;
}

size_t text_add_short(struct strbuf *out, const char *text, size_t columns, bool unicode)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf clean = { 0 };
    const char *dots = symbols_for(unicode)->dots;
    size_t dots_columns = text_columns(dots);
    size_t have;

    text_add_clean(&clean, text, unicode);
    out->failed = out->failed || clean.failed;
    have = text_columns(strbuf_text(&clean));
    if (have <= columns) {
        strbuf_add(out, strbuf_text(&clean));
        return have;
    }
    if (columns <= dots_columns) {
        strbuf_add_bytes(out, strbuf_text(&clean), bytes_of_columns(strbuf_text(&clean), columns));
        return columns;
    }
    strbuf_add_bytes(out, strbuf_text(&clean),
                     bytes_of_columns(strbuf_text(&clean), columns - dots_columns));
    strbuf_add(out, dots);
    return columns;
}

void text_add_solid(struct strbuf *out, const char *text)
{
    static const char blank = SOLID_BLANK;

    for (; *text != '\0'; text++)
        strbuf_add_bytes(out, *text == ' ' ? &blank : text, 1);
}

void text_pad(struct strbuf *out, size_t have, size_t want)
{
    for (; have < want; have++)
        strbuf_add_bytes(out, " ", 1);
}

void text_cell_right(struct strbuf *out, const char *text, size_t columns)
{
    text_pad(out, text_columns(text), columns);
    strbuf_add(out, text);
}

void text_cell_left(struct strbuf *out, const char *text, size_t columns, bool unicode)
{
    text_pad(out, text_add_short(out, text, columns, unicode), columns);
}

static void add_word(struct strbuf *out, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        strbuf_add_bytes(out, word[i] == SOLID_BLANK ? " " : &word[i], 1);
}

static size_t columns_of_bytes(const char *text, size_t length)
{
    size_t columns = 0;

    for (size_t i = 0; i < length; i++)
        columns += !continues(text[i]);
    return columns;
}

/* @at: the column the text begins in. */
static void wrap(struct text_out *out, size_t at, size_t indent, const char *text)
{
    size_t used = at;
    bool empty = true; /* nothing on this line yet */

    while (*text != '\0') {
        size_t gap = strspn(text, " ");
        size_t length = strcspn(text + gap, " ");
        size_t columns = columns_of_bytes(text + gap, length);

        if (length == 0)
            break;
        if (!empty && used + gap + columns > out->width) {
            strbuf_add(out->buffer, "\n");
            text_pad(out->buffer, 0, indent);
            used = indent;
            empty = true;
        }
        if (empty)
            text += gap;
        else
            strbuf_add_bytes(out->buffer, text, gap);
        if (!empty) {
            text += gap;
            used += gap;
        }
        if (columns > out->width - used) { /* one long word: broken where the line ends */
            columns = out->width - used;
            length = bytes_of_columns(text, columns);
        }
        add_word(out->buffer, text, length);
        text += length;
        used += columns;
        empty = false;
    }
    strbuf_add(out->buffer, "\n");
}

void text_item(struct text_out *out, const char *label, size_t indent, const char *text)
{
    size_t at = label == NULL ? 0 : 2 + text_columns(label) + 1;

    if (label != NULL)
        strbuf_printf(out->buffer, "  %s ", label);
    if (at < indent) {
        text_pad(out->buffer, at, indent);
        at = indent;
    }
    wrap(out, at, indent, text);
}

void text_go_on(struct text_out *out, size_t at, const char *text)
{
    wrap(out, at, at, text);
}

void text_itemf(struct text_out *out, const char *label, size_t indent, const char *format, ...)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
        out->buffer->failed = true;
    }
    va_end(arguments);
    if (text != NULL)
        text_item(out, label, indent, text);
}

void text_title(struct text_out *out, const char *left, const char *right)
{
    size_t right_columns = text_columns(right);
    size_t room = out->width - (right_columns > 0 ? right_columns + 1 : 0);
    size_t have;

    if (out->style.colour)
        strbuf_add(out->buffer, "\033[1m");
    have = text_add_short(out->buffer, left, room, out->style.unicode);
    if (right_columns > 0)
        text_pad(out->buffer, have, room + 1);
    strbuf_add(out->buffer, right);
    if (out->style.colour)
        strbuf_add(out->buffer, "\033[0m");
    strbuf_add(out->buffer, "\n");
}

void text_short_id(struct strbuf *out, const char *id, bool unicode)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf clean = { 0 };
    const char *text;

    text_add_clean(&clean, id, false);
    out->failed = out->failed || clean.failed;
    text = strbuf_text(&clean);
    strbuf_add_bytes(out, text, strlen(text) > SHORT_ID ? SHORT_ID : strlen(text));
    if (strlen(text) > SHORT_ID)
        strbuf_add(out, symbols_for(unicode)->dots);
}
