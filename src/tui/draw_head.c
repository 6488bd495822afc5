/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_head.c - the bar at the top, what is used now and since the beginning, and power over time */
#include "tui/draw_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/chart.h"
#include "writers/format.h"

enum { LABEL_COLUMNS = 9, NAME_COLUMNS = 24, LINE_SIZE = 256 };

/* --- the bar --- */

static void local_time(char *out, size_t size, int64_t wall_ns)
{
    const time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm now;

    if (localtime_r(&seconds, &now) == NULL || strftime(out, size, "%H:%M:%S", &now) == 0)
        out[0] = '\0';
}

/* What looking costs. */
static void own_cost(char *out, size_t size, const struct view *view, bool unicode)
{
    char memory[BYTES_SIZE];
    char energy[ENERGY_SIZE] = "";
    const struct glance *glance = &view->glance;
    const char *gap = "";

    view_bytes(memory, glance->own_resident_bytes, unicode);
    if (glance->own_energy.value > 0) {
        draw_energy(energy, view, glance->own_energy.value, unicode);
        gap = " ";
    }
    if (isfinite(glance->own_cpu_ratio))
        (void)snprintf(out, size, "self %.1f %% CPU %s%s%s", glance->own_cpu_ratio * 100, memory,
                       gap, energy);
    else
        (void)snprintf(out, size, "self %s%s%s", memory, gap, energy);
}

/* As much as leaves room for the name of the machine. Return: its columns. */
static int draw_title_right(struct canvas *canvas, const struct box *box, const struct view *view,
                            int left_columns)
{
    const char *dot = canvas->unicode ? "·" : "|";
    char texts[3][LINE_SIZE];
    char clock[16] = "";
    char cost[96] = "";
    size_t i = 0;

    if (view->has_glance) {
        local_time(clock, sizeof(clock), view->glance.wall_ns);
        own_cost(cost, sizeof(cost), view, canvas->unicode);
    }
    (void)snprintf(texts[0], LINE_SIZE, "%s %s every %g s %s %s ", cost, dot,
                   view->interval_seconds, dot, clock);
    (void)snprintf(texts[1], LINE_SIZE, "every %g s %s %s ", view->interval_seconds, dot, clock);
    (void)snprintf(texts[2], LINE_SIZE, "%s ", clock);
    while (i + 1 < ARRAY_LENGTH(texts) &&
           canvas_width(canvas, texts[i]) + left_columns + 1 > box->columns)
        i++;
    canvas_right(canvas, box->row, box->column, box->columns, TINT_TITLE, texts[i]);
    return canvas_width(canvas, texts[i]);
}

void draw_title(struct canvas *canvas, const struct box *box, const struct view *view)
{
    char left[LINE_SIZE];
    int width;

    canvas_tint(canvas, box->row, box->column, box->columns, TINT_TITLE);
    (void)snprintf(left, sizeof(left), " aico2  %s%s", view->paused ? "PAUSED  " : "",
                   view->glance.hostname);
    width = canvas_width(canvas, left);
    if (width > NAME_COLUMNS)
        width = NAME_COLUMNS; /* a long one is cut */
    width = draw_title_right(canvas, box, view, width);
    (void)canvas_text(canvas, box->row, box->column, box->columns - width - 1, TINT_TITLE, left);
}

/* --- figures --- */

static void label(struct canvas *canvas, int row, int column, const char *text)
{
    (void)canvas_text(canvas, row, column + 1, LABEL_COLUMNS - 1, TINT_DIM, text);
}

static int figure(struct canvas *canvas, int row, int column, int columns, enum tint tint,
                  const char *text, const char *after)
{
    int used = canvas_text(canvas, row, column, columns, tint, text);

    return used + canvas_text(canvas, row, column + used, columns - used, TINT_NORMAL, after);
}

static void power_line(struct canvas *canvas, int row, const struct box *box,
                       const struct glance *glance)
{
    char watts[FIGURE_SIZE];
    char range[RANGE_SIZE];
    char after[RANGE_SIZE + 8] = "";
    int at = box->column + LABEL_COLUMNS;

    label(canvas, row, box->column, "Power");
    figure_format(watts, QUANTITY_WATTS, glance->watts.value, canvas->unicode);
    if (band_is_known(glance->watts) && glance->watts.low < glance->watts.high) {
        range_format(range, QUANTITY_WATTS, glance->watts, glance->watts.value, canvas->unicode);
        (void)snprintf(after, sizeof(after), " (%s)", range);
    }
    (void)figure(canvas, row, at, box->columns - LABEL_COLUMNS, TINT_STRONG, watts, after);
}

static void use_line(struct canvas *canvas, int row, const struct box *box,
                     const struct glance *glance)
{
    char active[FIGURE_SIZE];
    char idle[FIGURE_SIZE];
    int at = box->column + LABEL_COLUMNS;
    int used;

    figure_format(active, QUANTITY_WATTS, glance->active_watts, canvas->unicode);
    draw_idle(idle, glance, canvas->unicode);
    used = figure(canvas, row, at, box->columns - LABEL_COLUMNS, TINT_NORMAL, active, " active  ");
    used += figure(canvas, row, at + used, box->columns - LABEL_COLUMNS - used, TINT_NORMAL, idle,
                   " idle  ");
    (void)canvas_textf(canvas, row, at + used, box->columns - LABEL_COLUMNS - used, TINT_DIM,
                       "CPU %.0f %%", glance->cpu_ratio * 100);
}

static void energy_line(struct canvas *canvas, int row, const struct box *box,
                        const struct view *view)
{
    const struct glance *glance = &view->glance;
    char energy[ENERGY_SIZE];
    char duration[FIGURE_SIZE];
    char share[FIGURE_SIZE];
    char after[LINE_SIZE];

    label(canvas, row, box->column, "Energy");
    draw_energy(energy, view, glance->joules, canvas->unicode);
    seconds_format(duration,
                   glance->elapsed_seconds < 60 ? glance->elapsed_seconds
                                                : floor(glance->elapsed_seconds),
                   canvas->unicode);
    percent_format(share, glance->measured_ratio, canvas->unicode);
    (void)snprintf(after, sizeof(after), " in %s, %s measured", duration, share);
    (void)figure(canvas, row, box->column + LABEL_COLUMNS, box->columns - LABEL_COLUMNS,
                 TINT_STRONG, energy, after);
}

static void carbon_line(struct canvas *canvas, int row, const struct box *box,
                        const struct glance *glance)
{
    char grams[FIGURE_SIZE];
    char range[RANGE_SIZE];
    char rate[FIGURE_SIZE];
    char after[LINE_SIZE];

    label(canvas, row, box->column, "Carbon");
    figure_format(rate, QUANTITY_GCO2E, glance->gco2e_per_hour.value, canvas->unicode);
    figure_format(grams, QUANTITY_GCO2E, glance->gco2e.value, canvas->unicode);
    range_format(range, QUANTITY_GCO2E, glance->gco2e, glance->gco2e.value, canvas->unicode);
    if (band_is_known(glance->gco2e) && glance->gco2e.low < glance->gco2e.high)
        (void)snprintf(after, sizeof(after), " (%s), now %s/h", range, rate);
    else
        (void)snprintf(after, sizeof(after), ", now %s/h", rate);
    (void)figure(canvas, row, box->column + LABEL_COLUMNS, box->columns - LABEL_COLUMNS,
                 TINT_CARBON, grams, after);
}

static void place_line(struct canvas *canvas, int row, const struct box *box,
                       const struct glance *glance)
{
    const struct intensity *place = &glance->intensity;
    char number[FIGURE_SIZE];
    char band[FIGURE_SIZE] = "";
    char year[16] = "";
    char line[LINE_SIZE];

    label(canvas, row, box->column, "Place");
    plain_format(number, place->gco2e_per_kwh.value, canvas->unicode);
    if (place->gco2e_per_kwh.low < place->gco2e_per_kwh.high) /* an hour's is given without one */
        band_format(band, place->gco2e_per_kwh, canvas->unicode);
    if (glance->hourly)
        (void)snprintf(year, sizeof(year), "this hour");
    else if (place->year > 0)
        (void)snprintf(year, sizeof(year), "%d", place->year);
    (void)snprintf(line, sizeof(line), "%s g/kWh%s%s  %s%s%s%s%s", number,
                   band[0] != '\0' ? " " : "", band,
                   place->name[0] != '\0' ? place->name : "as given", year[0] != '\0' ? ", " : "",
                   year, place->source_short[0] != '\0' && !glance->hourly ? ", " : "",
                   glance->hourly ? "" : place->source_short);
    (void)canvas_text(canvas, row, box->column + LABEL_COLUMNS, box->columns - LABEL_COLUMNS,
                      TINT_NORMAL, line);
}

/* Where there is room for three lines alone. */
static void draw_few(struct canvas *canvas, const struct box *box, const struct view *view)
{
    const struct glance *glance = &view->glance;

    power_line(canvas, box->row, box, glance);
    if (box->rows > 1)
        energy_line(canvas, box->row + 1, box, view);
    if (box->rows > 2)
        carbon_line(canvas, box->row + 2, box, glance);
}

void draw_figures(struct canvas *canvas, const struct box *box, const struct view *view)
{
    const struct glance *glance = &view->glance;

    if (!view->has_glance) {
        (void)canvas_text(canvas, box->row, box->column + 1, box->columns - 1, TINT_DIM,
                          "measuring: the first figures come after the first interval");
        return;
    }
    if (box->rows < 5) {
        draw_few(canvas, box, view);
        return;
    }
    power_line(canvas, box->row, box, glance);
    use_line(canvas, box->row + 1, box, glance);
    energy_line(canvas, box->row + 2, box, view);
    carbon_line(canvas, box->row + 3, box, glance);
    place_line(canvas, box->row + 4, box, glance);
}

/* --- power over time --- */

void draw_power(struct canvas *canvas, const struct box *box, const struct view *view)
{
    const double top = chart_round_up(trend_highest(&view->trend, (size_t)box->columns));
    char scale[FIGURE_SIZE];

    chart_trend(canvas, box, &view->trend, top);
    if (trend_kept(&view->trend) == 0)
        return;
    figure_format(scale, QUANTITY_WATTS, top, canvas->unicode);
    (void)canvas_text(canvas, box->row, box->column, box->columns, TINT_DIM, scale);
}
