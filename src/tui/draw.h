/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw.h - the view as a picture */
#pragma once

#include "tui/canvas.h"
#include "tui/view.h"

/* All of the canvas anew. What has room in which pane is noted in the view, and its first lines so that the selected
 * one is seen. */
void draw_screen(struct canvas *canvas, struct view *view);
