/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tui_sample.h - a made-up machine on the monitor, and its picture as text */
#pragma once

#include "tui/canvas.h"
#include "tui/view.h"

/* Two packages and DRAM measured, memory modelled, a GPU measured, a board beside; three processes, 40 W of others. */
void sample_view(struct view *view);
/* Copies what the view holds; sample_free() ends it. */
void sample_free(struct view *view);

/* UTF-8, trailing blanks cut; static, until the next call. */
const char *canvas_line(const struct canvas *canvas, int row);
/* All lines; the caller frees. */
char *canvas_whole(const struct canvas *canvas);
/* Whether a text stands in a line. */
bool canvas_has(const struct canvas *canvas, const char *text);
