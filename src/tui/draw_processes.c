/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_processes.c - who uses the power: a line a process, the names of the columns above */
#include "tui/draw_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "writers/format.h"

struct column {
    const char *name;
    int columns;
    enum process_sort sort;
    bool of_gpus; /* only where there is one */
    bool left;
    int least; /* columns of the pane from which on it is there: the command has to have some */
};

static const struct column columns[] = {
    { "PID", 7, SORT_PID, false, false, 0 },        { "USER", 9, SORT_USER, false, true, 60 },
    { "CPU%", 6, SORT_CPU, false, false, 0 },       { "GPU%", 5, SORT_GPU, true, false, 44 },
    { "VRAM", 7, SORT_MEMORY, true, false, 66 },    { "POWER", 7, SORT_WATTS, false, false, 0 },
    { "ENERGY", 9, SORT_ENERGY, false, false, 50 }, { "COMMAND", 0, SORT_COMMAND, false, true, 0 },
};

static bool has_gpus(const struct view *view)
{
    for (size_t i = 0; i < view->glance.device_count; i++) {
        if (view->glance.devices[i].kind == DEVICE_GPU)
            return true;
    }
    return false;
}

static bool is_shown(const struct column *column, const struct box *box, bool gpus)
{
    return (gpus || !column->of_gpus) && box->columns >= column->least;
}

int draw_column_at(const struct view *view, const struct box *box, int column)
{
    const bool gpus = has_gpus(view);
    int at = box->column;

    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        if (!is_shown(&columns[i], box, gpus))
            continue;
        at += columns[i].columns + 1;
        if (column < at || columns[i].columns == 0)
            return (int)columns[i].sort;
    }
    return -1;
}

static void draw_names(struct canvas *canvas, const struct box *box, const struct view *view,
                       bool gpus)
{
    const int row = box->row + 1;
    int at = box->column;

    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        const struct column *column = &columns[i];
        const int width = column->columns > 0 ? column->columns : box->column + box->columns - at;
        char name[32];

        if (!is_shown(column, box, gpus))
            continue;
        (void)snprintf(name, sizeof(name), "%s%s", column->name,
                       column->sort != view->sort ? ""
                       : (view->sort < SORT_PID) != view->ascending
                           ? (canvas->unicode ? "▾" : "v")
                           : (canvas->unicode ? "▴" : "^"));
        if (column->left)
            (void)canvas_text(canvas, row, at + 1, width - 1, TINT_DIM, name);
        else
            canvas_right(canvas, row, at, width, TINT_DIM, name);
        if (column->sort == view->sort)
            canvas_tint(canvas, row, at, width, TINT_HEAD);
        at += width + 1;
    }
}

static void draw_tree(struct canvas *canvas, int row, int *at, const struct process_row *line)
{
    if (line->depth == 0)
        return;
    *at += 2 * (line->depth - 1);
    canvas_put(canvas, row, *at, canvas->unicode ? (line->is_last ? 0x2514 : 0x251c) : '`',
               TINT_DIM);
    canvas_put(canvas, row, *at + 1, canvas->unicode ? 0x2500 : '-', TINT_DIM);
    *at += 2;
}

/* A figure that is nothing is left out: what there is stands out. */
static void draw_ratio(struct canvas *canvas, int row, int at, int width, double ratio)
{
    char text[16];

    if (!(ratio >= 0.0005))
        return;
    (void)snprintf(text, sizeof(text), ratio < 9.995 ? "%.1f" : "%.0f", ratio * 100);
    canvas_right(canvas, row, at, width, TINT_NORMAL, text);
}

static void draw_cell(struct canvas *canvas, int row, int at, int width, const struct view *view,
                      const struct process_row *line, enum process_sort what)
{
    const struct machine_process *process = &line->process->process;
    char text[ENERGY_SIZE];

    switch (what) {
    case SORT_PID:
        (void)snprintf(text, sizeof(text), "%d", (int)process->pid);
        canvas_right(canvas, row, at, width, TINT_NORMAL, text);
        break;
    case SORT_USER:
        (void)canvas_text(canvas, row, at + 1, width - 1, TINT_DIM, line->process->user);
        break;
    case SORT_CPU:
        draw_ratio(canvas, row, at, width, process->cpu_ratio);
        break;
    case SORT_GPU:
        draw_ratio(canvas, row, at, width, process->gpu_ratio);
        break;
    case SORT_MEMORY:
        if (process->gpu_memory_bytes > 0) {
            view_bytes(text, process->gpu_memory_bytes, canvas->unicode);
            canvas_right(canvas, row, at, width, TINT_NORMAL, text);
        }
        break;
    case SORT_WATTS:
        if (line->watts >= 0.0005) {
            figure_format(text, QUANTITY_WATTS, line->watts, canvas->unicode);
            canvas_right(canvas, row, at, width, TINT_STRONG, text);
        }
        break;
    case SORT_ENERGY:
        draw_energy(text, view, line->joules, canvas->unicode);
        canvas_right(canvas, row, at, width, TINT_NORMAL, text);
        break;
    case SORT_COMMAND:
        at++;
        width--;
        if (line->depth > 0) {
            const int before = at;

            draw_tree(canvas, row, &at, line);
            width -= at - before;
        }
        if (process->command[0] != '\0')
            (void)canvas_text(canvas, row, at, width, TINT_NORMAL, process->command);
        else
            (void)canvas_textf(canvas, row, at, width, TINT_DIM, "[%s]", process->name);
        break;
    case SORT_COUNT:
        break;
    }
}

static void draw_line(struct canvas *canvas, int row, const struct box *box,
                      const struct view *view, const struct process_row *line, bool gpus)
{
    int at = box->column;

    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        const int width =
            columns[i].columns > 0 ? columns[i].columns : box->column + box->columns - at;

        if (!is_shown(&columns[i], box, gpus))
            continue;
        draw_cell(canvas, row, at, width, view, line, columns[i].sort);
        at += width + 1;
    }
}

/* "seen 201 W + others 12 W + idle 111 W" */
static void describe(char *out, size_t size, const struct canvas *canvas, const struct view *view)
{
    const struct glance *glance = &view->glance;
    char seen[FIGURE_SIZE];
    char others[FIGURE_SIZE];
    char idle[FIGURE_SIZE];

    figure_format(seen, QUANTITY_WATTS, glance->seen_watts, canvas->unicode);
    figure_format(others, QUANTITY_WATTS, glance->others_watts, canvas->unicode);
    draw_idle(idle, glance, canvas->unicode);
    (void)snprintf(out, size, "seen %s + others %s + idle %s", seen, others, idle);
}

static void title_of(char *out, size_t size, const struct view *view)
{
    (void)snprintf(out, size, "Processes %zu of %zu%s%s%s%s", view->row_count,
                   view->glance.process_total, view->only_own ? ", mine" : "",
                   view->as_tree ? ", tree" : "", view->filter[0] != '\0' ? ", filter: " : "",
                   view->filter);
}

void draw_processes(struct canvas *canvas, const struct box *box, struct view *view)
{
    const bool gpus = has_gpus(view);
    const int room = box->rows - 2;
    const int first = draw_scroll(view, PANE_PROCESSES, (int)view->row_count, room);
    char title[160];
    char right[200] = "";

    title_of(title, sizeof(title), view);
    if (view->has_glance)
        describe(right, sizeof(right), canvas, view);
    draw_pane_rule(canvas, box, view, PANE_PROCESSES, title, right);
    draw_names(canvas, box, view, gpus);
    for (int i = 0; i < room && first + i < (int)view->row_count; i++) {
        const int row = box->row + 2 + i;

        draw_line(canvas, row, box, view, &view->rows[first + i], gpus);
        if (view->pane == PANE_PROCESSES && view->selected_pid != 0 && first + i == view->selected)
            canvas_tint(canvas, row, box->column, box->columns, TINT_SELECTED);
    }
    if (view->row_count == 0 && view->has_glance)
        (void)canvas_text(canvas, box->row + 2, box->column + 2, box->columns - 3, TINT_DIM,
                          view->filter[0] != '\0' || view->entry == ENTRY_FILTER || view->only_own
                              ? "no process that fits has used anything yet"
                              : "no process has used anything yet");
}
