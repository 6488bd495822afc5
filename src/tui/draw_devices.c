/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_devices.c - a line a device: how busy, what it draws and how far off that may be, over time */
#include "tui/draw_parts.h"

#include <math.h>
#include <stdio.h>

#include "tui/chart.h"
#include "writers/format.h"

enum {
    ID_COLUMNS = 11,
    LONG_ID_COLUMNS = 16, /* a Jetson's rails */
    LOAD_COLUMNS = 6,
    WATTS_COLUMNS = 9,
    BAND_COLUMNS = 10,
    HEAT_COLUMNS = 6,
    MEMORY_COLUMNS = 12,
    MODEL_COLUMNS = 28,
    WITH_MODEL = 118, /* from so many columns on it has room beside the rest */
    WITH_LONG_BAR = 100,
};

static void draw_load(struct canvas *canvas, int row, int column, int columns,
                      const struct glance_device *device)
{
    char percent[FIGURE_SIZE] = "";

    if (!isfinite(device->utilization_ratio))
        return;
    chart_bar(canvas, row, column, columns, device->utilization_ratio,
              draw_basis_tint(device->basis));
    (void)snprintf(percent, sizeof(percent), "%.0f %%", device->utilization_ratio * 100);
    canvas_right(canvas, row, column + columns, LOAD_COLUMNS, TINT_NORMAL, percent);
}

/* What is no part of the sum stands in brackets. */
static void draw_watts(struct canvas *canvas, int row, int column,
                       const struct glance_device *device)
{
    char watts[FIGURE_SIZE];
    char text[FIGURE_SIZE + 2];

    figure_format(watts, QUANTITY_WATTS, device->watts.value, canvas->unicode);
    (void)snprintf(text, sizeof(text), device->added ? "%s" : "(%s)", watts);
    canvas_right(canvas, row, column, WATTS_COLUMNS, TINT_STRONG, text);
}

/* One that is cut at 0 is as wide below as above, which is shorter to say. */
static void format_band(char out[FIGURE_SIZE], struct band band, bool unicode)
{
    if (band.low <= 0 && band.value > 0)
        (void)snprintf(out, FIGURE_SIZE, "%s%.0f %%", symbols_for(unicode)->plus_minus,
                       (band.high / band.value - 1) * 100);
    else
        band_format(out, band, unicode);
}

static void draw_heat(struct canvas *canvas, int row, int column,
                      const struct glance_device *device)
{
    char text[16];

    if (!isfinite(device->celsius))
        return;
    (void)snprintf(text, sizeof(text), "%.0f%s", device->celsius, canvas->unicode ? "°C" : "C");
    canvas_right(canvas, row, column, HEAT_COLUMNS,
                 device->celsius >= 90 ? TINT_ALERT : TINT_NORMAL, text);
}

static void draw_memory(struct canvas *canvas, int row, int column, double used, double total)
{
    char text[2 * BYTES_SIZE];

    if (!isfinite(used))
        return;
    view_bytes_of(text, used, total, canvas->unicode);
    canvas_right(canvas, row, column, MEMORY_COLUMNS, TINT_NORMAL, text);
}

static void draw_source(struct canvas *canvas, int row, int column, int columns,
                        const struct glance_device *device)
{
    (void)canvas_textf(canvas, row, column, columns, TINT_NORMAL, "%s, %s  %s",
                       basis_name(device->basis), device->reader, device->model);
}

static void draw_trend(struct canvas *canvas, int row, int column, int columns,
                       const struct view *view, const struct glance_device *device)
{
    const struct trend *trend = view_trend(view, device->id);
    const struct box box = { row, column, 1, columns };
    double top;

    if (trend == NULL || columns <= 0)
        return;
    top = isfinite(device->rated_watts) && device->rated_watts > 0
              ? fmax(device->rated_watts, trend_highest(trend, (size_t)columns))
              : chart_round_up(trend_highest(trend, (size_t)columns));
    chart_trend(canvas, &box, trend, top);
}

static void draw_device(struct canvas *canvas, int row, const struct box *box,
                        const struct view *view, const struct glance_device *device)
{
    const int end = box->column + box->columns - 1;
    const int bar = box->columns >= WITH_LONG_BAR ? 20 : 10;
    const int id = box->columns >= WITH_MODEL ? LONG_ID_COLUMNS : ID_COLUMNS;
    const bool machine = device->kind == DEVICE_MEMORY;
    char band[FIGURE_SIZE] = "";
    int at = box->column;

    canvas_text(canvas, row, at + 1, 1, draw_basis_tint(device->basis),
                draw_basis_mark(device->basis, canvas->unicode));
    at += 3;
    (void)canvas_text(canvas, row, at, id, device->is_missing ? TINT_ALERT : TINT_NORMAL,
                      device->id);
    at += id + 1;
    draw_load(canvas, row, at, bar, device);
    at += bar + LOAD_COLUMNS;
    draw_watts(canvas, row, at, device);
    at += WATTS_COLUMNS + 1;
    if (band_is_known(device->watts))
        format_band(band, device->watts, canvas->unicode);
    if (at + canvas_width(canvas, band) > end + 1)
        return; /* half a figure is a wrong one */
    (void)canvas_text(canvas, row, at, BAND_COLUMNS, TINT_DIM, band);
    at += BAND_COLUMNS;
    if (view->by_source) {
        draw_source(canvas, row, at, end - at, device);
        return;
    }
    if (at + HEAT_COLUMNS > end + 1)
        return;
    draw_heat(canvas, row, at, device);
    at += HEAT_COLUMNS;
    if (at + MEMORY_COLUMNS > end + 1)
        return;
    draw_memory(canvas, row, at,
                machine ? view->glance.memory_used_bytes : device->memory_used_bytes,
                machine ? view->glance.memory_total_bytes : device->memory_total_bytes);
    at += MEMORY_COLUMNS + 1;
    if (box->columns >= WITH_MODEL) {
        (void)canvas_text(canvas, row, at, MODEL_COLUMNS - 1, TINT_DIM, device->model);
        at += MODEL_COLUMNS;
    }
    draw_trend(canvas, row, at, end - at, view, device);
}

static void draw_closed(struct canvas *canvas, int row, const struct box *box,
                        const struct glance *glance)
{
    (void)canvas_textf(canvas, row, box->column + 1, box->columns - 2, TINT_DIM,
                       "%s %s: %s; `aico2 doctor` says what opens %s", canvas->unicode ? "✕" : "x",
                       glance->closed[0].reader, glance->closed[0].reason,
                       glance->closed_count > 1 ? "these" : "it");
}

/* What stands below the devices: number 0 and on. */
static void draw_word(struct canvas *canvas, int row, const struct box *box,
                      const struct glance *glance, int number)
{
    if (glance->closed_count > 0 && number == 0) {
        draw_closed(canvas, row, box, glance);
        return;
    }
    number -= glance->closed_count > 0;
    (void)canvas_textf(canvas, row, box->column + 1, box->columns - 2, TINT_DIM, "! %s",
                       glance->notes[number]);
}

void draw_devices(struct canvas *canvas, const struct box *box, struct view *view)
{
    const struct glance *glance = &view->glance;
    const int lines = view_device_lines(view);
    const int first = draw_scroll(view, PANE_DEVICES, lines, box->rows - 1);
    char title[48] = "Devices";
    char right[96];

    if (lines > box->rows - 1)
        (void)snprintf(title, sizeof(title), "Devices %d-%d of %d", first + 1,
                       first + box->rows - 1, lines);
    (void)snprintf(right, sizeof(right), "%s measured  %s modelled  %s assumed",
                   draw_basis_mark(BASIS_MEASURED, canvas->unicode),
                   draw_basis_mark(BASIS_MODELLED, canvas->unicode),
                   draw_basis_mark(BASIS_ASSUMED, canvas->unicode));
    draw_pane_rule(canvas, box, view, PANE_DEVICES, title, right);
    for (int i = 0; i < box->rows - 1 && first + i < lines; i++) {
        const int row = box->row + 1 + i;

        if (first + i < (int)glance->device_count)
            draw_device(canvas, row, box, view, &glance->devices[first + i]);
        else
            draw_word(canvas, row, box, glance, first + i - (int)glance->device_count);
        if (view->pane == PANE_DEVICES && first + i == view->selected)
            canvas_tint(canvas, row, box->column, 3, TINT_SELECTED);
    }
}
