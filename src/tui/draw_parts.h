/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_parts.h - the parts of the picture, a file each */
#pragma once

#include "tui/canvas.h"
#include "tui/keys.h"
#include "tui/view.h"
#include "writers/format.h"

void draw_title(struct canvas *canvas, const struct box *box, const struct view *view);
void draw_figures(struct canvas *canvas, const struct box *box, const struct view *view);
void draw_power(struct canvas *canvas, const struct box *box, const struct view *view);
void draw_devices(struct canvas *canvas, const struct box *box, struct view *view);
void draw_processes(struct canvas *canvas, const struct box *box, struct view *view);
void draw_runs(struct canvas *canvas, const struct box *box, struct view *view);
void draw_place(struct canvas *canvas, const struct box *box, const struct view *view);
void draw_help(struct canvas *canvas, struct view *view);
void draw_keys(struct canvas *canvas, const struct box *box, const struct view *view);

/* Columns of a hint at the bottom. */
int draw_hint_width(const struct key_hint *hint);
/* Whether it has room at a column of so many; one that has not is passed over. */
bool draw_hint_fits(const struct view *view, const struct key_hint *hint, int at, int columns);
/* Which order a click on the names of the columns asks for; -1: none. */
int draw_column_at(const struct view *view, const struct box *box, int column);

/* The title of a pane; it shows whether keys go there. */
void draw_pane_rule(struct canvas *canvas, const struct box *box, const struct view *view,
                    enum pane pane, const char *title, const char *right);
/* Scrolls so that the selected line is seen. Return: the first line to be shown. */
int draw_scroll(struct view *view, enum pane pane, int lines, int room);

/* Idle power, "–" where no device has one that is known: nothing draws 0 W. */
void draw_idle(char out[FIGURE_SIZE], const struct glance *glance, bool unicode);
/* Energy in Wh or joules, as it was asked for. */
enum { ENERGY_SIZE = 64 };
void draw_energy(char out[ENERGY_SIZE], const struct view *view, double joules, bool unicode);
enum tint draw_basis_tint(enum basis basis);
/* A mark for where a figure is from: measured, modelled, assumed. */
const char *draw_basis_mark(enum basis basis, bool unicode);
