/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_runs.c - the runs of the history, newest first, those that go on among them */
#include "tui/draw_parts.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "writers/format.h"

enum {
    STATE_COLUMNS = 2,
    START_COLUMNS = 13,
    TIME_COLUMNS = 12,
    FIGURE_COLUMNS = 12,
    NAME_LEAST = 12, /* else a column less: who it was and what it used come first */
};

/* 0: there is no room for it. */
struct run_columns {
    int name;
    int start;
    int time;
};

static struct run_columns columns_of(const struct box *box)
{
    struct run_columns columns = { .start = START_COLUMNS, .time = TIME_COLUMNS };
    const int room = box->columns - 2 * FIGURE_COLUMNS - STATE_COLUMNS - 2;

    if (room - columns.start - columns.time < NAME_LEAST)
        columns.start = 0;
    if (room - columns.start - columns.time < NAME_LEAST)
        columns.time = 0;
    columns.name = room - columns.start - columns.time;
    return columns;
}

/* What stands before its name, so that no colour is needed. */
static const char *mark_of(enum run_state state, bool unicode, enum tint *tint_out)
{
    *tint_out = TINT_ALERT;
    switch (state) {
    case RUN_RUNNING:
        *tint_out = TINT_MEASURED;
        return unicode ? "▶" : ">";
    case RUN_FINISHED:
    case RUN_IMPORTED:
        return " ";
    case RUN_RECOVERED:
        return "~";
    case RUN_FAILED:
    case RUN_SIGNALLED:
    case RUN_TIMED_OUT:
        break;
    }
    return unicode ? "✕" : "x";
}

/* Today's by its time, others by their day. */
static void start_text(char *out, size_t size, int64_t started_ns, int64_t now_ns)
{
    const time_t start = (time_t)(started_ns / 1000000000);
    const time_t now = (time_t)(now_ns / 1000000000);
    struct tm then;
    struct tm today;
    bool known = localtime_r(&start, &then) != NULL && localtime_r(&now, &today) != NULL;

    if (!known ||
        strftime(out, size,
                 then.tm_yday == today.tm_yday && then.tm_year == today.tm_year ? "%H:%M:%S"
                                                                                : "%d %b %H:%M",
                 &then) == 0)
        out[0] = '\0';
}

static void draw_run(struct canvas *canvas, int row, const struct box *box, const struct view *view,
                     const struct run_row *run)
{
    const int end = box->column + box->columns;
    const struct run_columns columns = columns_of(box);
    enum tint tint;
    const char *mark = mark_of(run->state, canvas->unicode, &tint);
    char text[ENERGY_SIZE];
    int at;

    (void)canvas_text(canvas, row, box->column + 1, 1, tint, mark);
    (void)canvas_text(canvas, row, box->column + 1 + STATE_COLUMNS, columns.name,
                      run->state == RUN_RUNNING ? TINT_STRONG : TINT_NORMAL,
                      run->name[0] != '\0' ? run->name : run->id);
    at = end - columns.start - columns.time - 2 * FIGURE_COLUMNS - 1;
    start_text(text, sizeof(text), run->started_wall_ns, view->glance.wall_ns);
    canvas_right(canvas, row, at, columns.start, TINT_DIM, text);
    at += columns.start;
    seconds_format(text, run->duration_seconds, canvas->unicode);
    canvas_right(canvas, row, at, columns.time, TINT_NORMAL, text);
    at += columns.time;
    draw_energy(text, view, run->total_joules, canvas->unicode);
    canvas_right(canvas, row, at, FIGURE_COLUMNS, TINT_NORMAL, text);
    at += FIGURE_COLUMNS;
    figure_format(text, QUANTITY_GCO2E, run->total_gco2e, canvas->unicode);
    canvas_right(canvas, row, at, FIGURE_COLUMNS, TINT_CARBON, text);
}

static void draw_names(struct canvas *canvas, const struct box *box)
{
    static const char *const names[] = { "STARTED", "TIME", "ENERGY", "CARBON" };
    const struct run_columns columns = columns_of(box);
    const int widths[] = { columns.start, columns.time, FIGURE_COLUMNS, FIGURE_COLUMNS };
    int at = box->column + box->columns - columns.start - columns.time - 2 * FIGURE_COLUMNS - 1;

    (void)canvas_text(canvas, box->row + 1, box->column + 1 + STATE_COLUMNS, 8, TINT_DIM, "RUN");
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        canvas_right(canvas, box->row + 1, at, widths[i], TINT_DIM, names[i]);
        at += widths[i];
    }
}

void draw_runs(struct canvas *canvas, const struct box *box, struct view *view)
{
    const int room = box->rows - 2;
    const int first = draw_scroll(view, PANE_RUNS, (int)view->run_count, room);
    char right[32] = "";
    int going = 0;

    for (size_t i = 0; i < view->run_count; i++)
        going += view->runs[i].state == RUN_RUNNING;
    if (going > 0)
        (void)snprintf(right, sizeof(right), "%d running", going);
    draw_pane_rule(canvas, box, view, PANE_RUNS, "Runs", right);
    draw_names(canvas, box);
    for (int i = 0; i < room && first + i < (int)view->run_count; i++) {
        draw_run(canvas, box->row + 2 + i, box, view, &view->runs[first + i]);
        if (view->pane == PANE_RUNS && first + i == view->selected)
            canvas_tint(canvas, box->row + 2 + i, box->column, 3, TINT_SELECTED);
    }
    if (view->run_count == 0)
        (void)canvas_text(canvas, box->row + 2, box->column + 3, box->columns - 4, TINT_DIM,
                          view->runs_note);
}
