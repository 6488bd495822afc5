/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw.c - the view as a picture: the parts where the layout has them */
#include "tui/draw.h"

#include <math.h>
#include <stdio.h>

#include "tui/draw_parts.h"
#include "writers/format.h"

void draw_idle(char out[FIGURE_SIZE], const struct glance *glance, bool unicode)
{
    figure_format(out, QUANTITY_WATTS, glance_idle_watts(glance), unicode);
}

void draw_energy(char out[ENERGY_SIZE], const struct view *view, double joules, bool unicode)
{
    static const struct {
        const char *name;
        double size;
    } units[] = { { "J", 1 }, { "kJ", 1e3 }, { "MJ", 1e6 }, { "GJ", 1e9 } };
    size_t unit = 0;
    char number[FIGURE_SIZE];

    if (!view->in_joules || !isfinite(joules)) {
        figure_format(out, QUANTITY_JOULES, joules, unicode);
        return;
    }
    while (unit + 1 < ARRAY_LENGTH(units) && joules >= 999.5 * units[unit].size)
        unit++;
    plain_format(number, joules / units[unit].size, unicode);
    (void)snprintf(out, ENERGY_SIZE, "%s %s", number, units[unit].name);
}

enum tint draw_basis_tint(enum basis basis)
{
    return basis == BASIS_MEASURED   ? TINT_MEASURED
           : basis == BASIS_MODELLED ? TINT_MODELLED
                                     : TINT_ASSUMED;
}

const char *draw_basis_mark(enum basis basis, bool unicode)
{
    static const char *const rich[] = { "●", "◐", "○" };
    static const char *const plain[] = { "#", "~", "?" };

    return (unicode ? rich : plain)[basis];
}

void draw_pane_rule(struct canvas *canvas, const struct box *box, const struct view *view,
                    enum pane pane, const char *title, const char *right)
{
    canvas_rule(canvas, box, view->pane == pane ? TINT_HEAD : TINT_STRONG, title, right);
}

int draw_scroll(struct view *view, enum pane pane, int lines, int room)
{
    int *first = &view->first[pane];

    view->shown[pane] = room;
    if (view->pane == pane) {
        if (view->selected < *first)
            *first = view->selected;
        if (view->selected >= *first + room)
            *first = view->selected - room + 1;
    }
    if (*first > lines - room)
        *first = lines - room;
    if (*first < 0)
        *first = 0;
    return *first;
}

static void draw_too_small(struct canvas *canvas)
{
    (void)canvas_textf(canvas, 0, 0, canvas->columns, TINT_NORMAL, "needs %d x %d",
                       LAYOUT_LEAST_COLUMNS, LAYOUT_LEAST_ROWS);
}

void draw_screen(struct canvas *canvas, struct view *view)
{
    const struct layout layout = layout_of(canvas->rows, canvas->columns, view_device_lines(view),
                                           (int)view->run_count, view->pane);

    canvas_clear(canvas);
    if (layout.too_small) {
        draw_too_small(canvas);
        return;
    }
    draw_title(canvas, &layout.title, view);
    draw_figures(canvas, &layout.figures, view);
    if (layout.chart.rows > 0)
        draw_power(canvas, &layout.chart, view);
    if (layout.panes[PANE_DEVICES].rows > 0)
        draw_devices(canvas, &layout.panes[PANE_DEVICES], view);
    if (layout.panes[PANE_PROCESSES].rows > 0)
        draw_processes(canvas, &layout.panes[PANE_PROCESSES], view);
    if (layout.panes[PANE_RUNS].rows > 0)
        draw_runs(canvas, &layout.panes[PANE_RUNS], view);
    if (layout.panes[PANE_PLACE].rows > 0)
        draw_place(canvas, &layout.panes[PANE_PLACE], view);
    if (layout.keys.rows > 0)
        draw_keys(canvas, &layout.keys, view);
    if (view->help)
        draw_help(canvas, view);
}
