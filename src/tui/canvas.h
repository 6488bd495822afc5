/* SPDX-License-Identifier: Apache-2.0 */
/* tui/canvas.h - a grid of cells that a picture is drawn into; knows no terminal */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* What a cell is for; the terminal chooses the colour, and none where there are none. */
enum tint {
    TINT_NORMAL,
    TINT_DIM,   /* frames, labels, what matters less */
    TINT_TITLE, /* the bar at the top, and that of the keys */
    TINT_HEAD,  /* of a table */
    TINT_KEY,
    TINT_STRONG,   /* a figure to be found at a glance */
    TINT_MEASURED, /* what a figure rests on */
    TINT_MODELLED,
    TINT_ASSUMED,
    TINT_CARBON,
    TINT_ALERT,
    TINT_SELECTED,
    TINT_COUNT,
};

struct cell {
    uint32_t code; /* 0: the second half of a wide character */
    uint8_t tint;
};

struct canvas {
    struct cell *cells;
    int rows;
    int columns;
    bool unicode; /* the terminal knows more than ASCII */
};

/* A part of it. rows or columns 0: there is none. */
struct box {
    int row;
    int column;
    int rows;
    int columns;
};

/* Blank, of that size. Return: 0 or -ENOMEM, the canvas as it was. */
int canvas_resize(struct canvas *canvas, int rows, int columns);
void canvas_clear(struct canvas *canvas);
void canvas_deinit(struct canvas *canvas);

/* One character; outside it is dropped. */
void canvas_put(struct canvas *canvas, int row, int column, uint32_t code, enum tint tint);

/**
 * canvas_text() - text from anywhere, cut to `columns`
 * Controls, hidden and unprintable characters become '?', and so does what is not ASCII where the terminal knows no
 * more; a cut text ends in an ellipsis.
 * Return: the columns it took
 */
int canvas_text(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                const char *text);
int canvas_textf(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                 const char *format, ...) AICO2_PRINTF(6, 7);
/* With its end at column + columns. */
void canvas_right(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                  const char *text);
/* The columns that a text takes. */
int canvas_width(const struct canvas *canvas, const char *text);

/* All of a stretch in that tint, whatever stands there. */
void canvas_tint(struct canvas *canvas, int row, int column, int columns, enum tint tint);

/* A line over the width of the box with a title in it; right: at its end, or NULL. */
void canvas_rule(struct canvas *canvas, const struct box *box, enum tint tint, const char *title,
                 const char *right);
