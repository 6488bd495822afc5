/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_place.c - the carbon intensity of the place: the figure, where it is from, and the day's curve */
#include "tui/draw_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/chart.h"
#include "writers/format.h"

enum { HOUR_COLUMNS = 5, NOW_COLUMNS = 3 };
enum { TEXT_ROWS = 4, AXIS_COLUMNS = 6, COLUMNS_MOST = 240, LINE_SIZE = 320 };

static const int64_t HOUR_NS = INT64_C(3600000000000);

static void hour_text(char *out, size_t size, int64_t wall_ns)
{
    const time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm then;

    if (localtime_r(&seconds, &then) == NULL || strftime(out, size, "%H:%M", &then) == 0)
        out[0] = '\0';
}

/* --- what is known of it --- */

static void draw_facts(struct canvas *canvas, const struct box *box, const struct view *view)
{
    const struct intensity *place = &view->glance.intensity;
    char figure[FIGURE_SIZE];
    char range[RANGE_SIZE];
    char band[RANGE_SIZE + 4] = "";
    char line[LINE_SIZE];
    const int column = box->column + 1;
    const int columns = box->columns - 2;
    int used;

    plain_format(figure, place->gco2e_per_kwh.value, canvas->unicode);
    plain_range_format(range, place->gco2e_per_kwh, canvas->unicode);
    used = canvas_textf(canvas, box->row + 1, column, columns, TINT_CARBON, "%s gCO2e/kWh", figure);
    if (place->gco2e_per_kwh.low < place->gco2e_per_kwh.high)
        (void)snprintf(band, sizeof(band), "  (%s)", range);
    (void)snprintf(line, sizeof(line), "%s  %s", band,
                   place->name[0] != '\0' ? place->name : "as given");
    (void)canvas_text(canvas, box->row + 1, column + used, columns - used, TINT_NORMAL, line);
    if (view->glance.hourly)
        (void)snprintf(line, sizeof(line), "of this hour, %s", view->day.source);
    else if (place->year > 0)
        (void)snprintf(line, sizeof(line), "%d, %s: %s", place->year, place->kind, place->source);
    else
        (void)snprintf(line, sizeof(line), "%s", place->source);
    (void)canvas_text(canvas, box->row + 2, column, columns, TINT_DIM, line);
}

static void draw_advice(struct canvas *canvas, int row, const struct box *box,
                        const struct view *view)
{
    const struct place_day *day = &view->day;
    char line[LINE_SIZE] = "";

    if (view->has_day && day->has_when && isfinite(day->when.best.gco2e_per_kwh)) {
        char at[16];
        char mean[FIGURE_SIZE];
        char saved[FIGURE_SIZE] = "";

        hour_text(at, sizeof(at), day->when.best.start_ns);
        plain_format(mean, day->when.best.gco2e_per_kwh, canvas->unicode);
        if (day->when.saving_ratio.value > 0.005)
            (void)snprintf(saved, sizeof(saved), ", %.0f %% less than now",
                           day->when.saving_ratio.value * 100);
        (void)snprintf(line, sizeof(line), "greenest hour ahead: %s at %s g/kWh%s%s", at, mean,
                       saved, day->when.basis == WHEN_TYPICAL_DAY ? " (as usual)" : "");
    } else if (view->glance.suggested_country[0] != '\0') {
        (void)snprintf(line, sizeof(line),
                       "no place was given; by the time zone it may be --country %s",
                       view->glance.suggested_country);
    } else if (!view->has_day) {
        (void)snprintf(line, sizeof(line), "--intensity-file shows the hours of the day");
    }
    (void)canvas_text(canvas, row, box->column + 1, box->columns - 2, TINT_NORMAL, line);
}

/* --- the curve --- */

/* NULL: nothing is known of that time. */
static const struct day_point *point_at(const struct place_day *day, int64_t wall_ns)
{
    const struct day_point *found = NULL;

    for (size_t i = 0; i < day->count && day->points[i].wall_ns <= wall_ns; i++)
        found = &day->points[i];
    return found;
}

static int64_t time_of(const struct place_day *day, int column, int columns)
{
    return day->from_ns + (day->until_ns - day->from_ns) / columns * column;
}

/* The day as a trend: what was is full, what is foreseen hatched, a usual day dotted. */
static double fill(const struct place_day *day, int columns, struct trend *trend)
{
    double top = 0;

    memset(trend, 0, sizeof(*trend));
    for (int i = 0; i < columns; i++) {
        const struct day_point *point = point_at(day, time_of(day, i, columns));
        struct trend_point value = { NAN, NAN, NAN };

        if (point != NULL && isfinite(point->gco2e_per_kwh)) {
            const float grams = (float)point->gco2e_per_kwh;

            value = (struct trend_point){ 0 };
            if (point->quality == DAY_TYPICAL)
                value.assumed = grams;
            else if (point->quality == DAY_FORECAST)
                value.modelled = grams;
            else
                value.measured = grams;
            top = fmax(top, point->gco2e_per_kwh);
        }
        trend_add(trend, value);
    }
    return chart_round_up(top);
}

static void draw_axis(struct canvas *canvas, int row, int column, int columns,
                      const struct place_day *day)
{
    const int64_t step_ns = 6 * HOUR_NS;
    const double per_column = (double)(day->until_ns - day->from_ns) / columns;
    const int now = (int)((double)(day->now_ns - day->from_ns) / per_column);

    for (int64_t at = (day->from_ns / step_ns + 1) * step_ns; at < day->until_ns; at += step_ns) {
        const int x = (int)((double)(at - day->from_ns) / per_column);
        char text[16];

        hour_text(text, sizeof(text), at);
        if (x + HOUR_COLUMNS <= columns && (x + HOUR_COLUMNS < now || x > now + NOW_COLUMNS))
            (void)canvas_text(canvas, row, column + x, HOUR_COLUMNS, TINT_DIM, text);
    }
    (void)canvas_text(canvas, row, column + now, NOW_COLUMNS, TINT_HEAD, "now");
}

static void draw_curve(struct canvas *canvas, const struct box *box, const struct view *view)
{
    int columns = box->columns - AXIS_COLUMNS;
    struct trend trend;
    struct box area;
    char text[FIGURE_SIZE];
    double top;

    if (columns > COLUMNS_MOST)
        columns = COLUMNS_MOST;
    if (columns < 10 || box->rows < 2)
        return;
    area = (struct box){ box->row, box->column + AXIS_COLUMNS, box->rows - 1, columns };
    top = fill(&view->day, columns, &trend);
    chart_trend(canvas, &area, &trend, top);
    plain_format(text, top, canvas->unicode);
    canvas_right(canvas, box->row, box->column, AXIS_COLUMNS - 1, TINT_DIM, text);
    canvas_right(canvas, box->row + box->rows - 2, box->column, AXIS_COLUMNS - 1, TINT_DIM, "0");
    draw_axis(canvas, box->row + box->rows - 1, area.column, columns, &view->day);
}

void draw_place(struct canvas *canvas, const struct box *box, const struct view *view)
{
    const struct box curve = { box->row + TEXT_ROWS, box->column + 1, box->rows - TEXT_ROWS,
                               box->columns - 2 };

    draw_pane_rule(canvas, box, view, PANE_PLACE, "Carbon intensity", "");
    if (!view->has_glance)
        return;
    if (box->rows > 2)
        draw_facts(canvas, box, view);
    if (box->rows > 3)
        draw_advice(canvas, box->row + 3, box, view);
    if (view->has_day && view->day.count > 0)
        draw_curve(canvas, &curve, view);
}
