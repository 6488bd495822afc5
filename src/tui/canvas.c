/* SPDX-License-Identifier: Apache-2.0 */
/* tui/canvas.c - a grid of cells that a picture is drawn into; knows no terminal */
#include "tui/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"

enum { TEXT_MOST = 512 };

static const uint32_t ELLIPSIS = 0x2026;
static const uint32_t LINE = 0x2500;

int canvas_resize(struct canvas *canvas, int rows, int columns)
{
    struct cell *cells = calloc((size_t)rows * (size_t)columns + 1, sizeof(*cells));

    if (cells == NULL)
        return -ENOMEM;
    free(canvas->cells);
    canvas->cells = cells;
    canvas->rows = rows;
    canvas->columns = columns;
    canvas_clear(canvas);
    return 0;
}

void canvas_clear(struct canvas *canvas)
{
    for (int i = 0; i < canvas->rows * canvas->columns; i++)
        canvas->cells[i] = (struct cell){ .code = ' ', .tint = TINT_NORMAL };
}

void canvas_deinit(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){ 0 };
}

static struct cell *at(struct canvas *canvas, int row, int column)
{
    if (row < 0 || row >= canvas->rows || column < 0 || column >= canvas->columns)
        return NULL;
    return &canvas->cells[row * canvas->columns + column];
}

void canvas_put(struct canvas *canvas, int row, int column, uint32_t code, enum tint tint)
{
    struct cell *cell = at(canvas, row, column);

    if (cell != NULL)
        *cell = (struct cell){ .code = code, .tint = (uint8_t)tint };
}

/* What may be shown of a character, and its columns; 0: nothing. */
static int fit(const struct canvas *canvas, uint32_t *code)
{
    int width;

    if (*code < 0x80)
        return 1; /* cleaned: no controls */
    width = canvas->unicode ? wcwidth((wchar_t)*code) : -1;
    if (width >= 0)
        return width;
    *code = '?';
    return 1;
}

/* Return: the bytes of the first character; 0 at the end. */
static size_t next(const char *text, uint32_t *code_out)
{
    size_t length = text[0] == '\0' ? 0 : text_utf8_length((const unsigned char *)text, code_out);

    if (length == 0 && text[0] != '\0') {
        *code_out = '?';
        return 1;
    }
    return length;
}

static int width_of(const struct canvas *canvas, const char *clean)
{
    uint32_t code;
    size_t length;
    int width = 0;

    for (; (length = next(clean, &code)) > 0; clean += length)
        width += fit(canvas, &code);
    return width;
}

/* Blanks at the ends are the caller's; only what is between is cleaned. */
static void clean_between(char clean[TEXT_MOST], const char *text)
{
    size_t before = strspn(text, " ");
    size_t length;
    size_t after = 0;

    if (before >= TEXT_MOST)
        before = TEXT_MOST - 1;
    memset(clean, ' ', before);
    text_copy_clean(clean + before, TEXT_MOST - before, text);
    length = strlen(text);
    while (after < length && text[length - 1 - after] == ' ')
        after++;
    length = strlen(clean);
    while (clean[before] != '\0' && after > 0 && length + 1 < TEXT_MOST) {
        clean[length++] = ' ';
        clean[length] = '\0';
        after--;
    }
}

int canvas_width(const struct canvas *canvas, const char *text)
{
    char clean[TEXT_MOST];

    clean_between(clean, text);
    return width_of(canvas, clean);
}

int canvas_text(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                const char *text)
{
    char clean[TEXT_MOST];
    const char *rest = clean;
    uint32_t code;
    size_t length;
    int used = 0;
    bool whole;

    if (columns <= 0)
        return 0;
    clean_between(clean, text);
    whole = width_of(canvas, clean) <= columns;
    while ((length = next(rest, &code)) > 0) {
        int width = fit(canvas, &code);

        rest += length;
        if (width == 0)
            continue; /* it would change the cell before */
        if (used + width > columns - (whole ? 0 : 1))
            break;
        canvas_put(canvas, row, column + used, code, tint);
        if (width == 2)
            canvas_put(canvas, row, column + used + 1, 0, tint);
        used += width;
    }
    if (!whole)
        canvas_put(canvas, row, column + used++, canvas->unicode ? ELLIPSIS : '~', tint);
    return used;
}

int canvas_textf(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                 const char *format, ...)
{
    char text[TEXT_MOST];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    text_drop_torn_end(text);
    return canvas_text(canvas, row, column, columns, tint, text);
}

void canvas_right(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                  const char *text)
{
    int width = canvas_width(canvas, text);

    if (width > columns)
        width = columns;
    (void)canvas_text(canvas, row, column + columns - width, width, tint, text);
}

void canvas_tint(struct canvas *canvas, int row, int column, int columns, enum tint tint)
{
    for (int i = 0; i < columns; i++) {
        struct cell *cell = at(canvas, row, column + i);

        if (cell != NULL)
            cell->tint = (uint8_t)tint;
    }
}

void canvas_rule(struct canvas *canvas, const struct box *box, enum tint tint, const char *title,
                 const char *right)
{
    const uint32_t line = canvas->unicode ? LINE : '-';
    int width;

    for (int i = 0; i < box->columns; i++)
        canvas_put(canvas, box->row, box->column + i, line, TINT_DIM);
    if (title[0] == '\0')
        return;
    width = canvas_width(canvas, title);
    if (width > box->columns - 4)
        width = box->columns - 4;
    canvas_put(canvas, box->row, box->column + 1, ' ', TINT_DIM);
    (void)canvas_text(canvas, box->row, box->column + 2, width, tint, title);
    canvas_put(canvas, box->row, box->column + 2 + width, ' ', TINT_DIM);
    if (right == NULL || right[0] == '\0' || canvas_width(canvas, right) + width + 8 > box->columns)
        return;
    width = canvas_width(canvas, right);
    canvas_put(canvas, box->row, box->column + box->columns - width - 3, ' ', TINT_DIM);
    (void)canvas_text(canvas, box->row, box->column + box->columns - width - 2, width, TINT_DIM,
                      right);
    canvas_put(canvas, box->row, box->column + box->columns - 2, ' ', TINT_DIM);
}
