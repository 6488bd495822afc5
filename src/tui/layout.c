/* SPDX-License-Identifier: Apache-2.0 */
/* tui/layout.c - what stands where, by the size of the screen */
#include "tui/layout.h"

enum {
    FIGURES_ROWS = 5,
    SMALL_CHART_ROWS = 5, /* beside the figures */
    PROCESSES_LEAST = 7,
    TALL_ROWS = 32,
    WIDE_COLUMNS = 150,
    WIDE_ROWS = 30,
    SIDE_COLUMNS = 66,
    FIGURES_COLUMNS = 56,
    RUNS_ROWS = 9,
    PANE_LEAST = 4, /* its rule, the names of its columns, two lines */
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Only what matters most, a line each; below the devices the pane that was chosen, if two lines of it have room. */
static struct layout reduced(int rows, int columns, int devices, enum pane lower)
{
    const int free_rows = rows - 5;
    const int device_rows = least(devices + 1, free_rows);
    const int rest = free_rows - device_rows;

    struct layout layout = {
        .is_reduced = true,
        .title = { 0, 0, 1, columns },
        .figures = { 1, 0, least(rows - 1, 3), columns },
    };

    if (rows > 5)
        layout.panes[PANE_DEVICES] =
            (struct box){ 4, 0, rest >= PANE_LEAST ? device_rows : free_rows, columns };
    if (rest >= PANE_LEAST)
        layout.panes[lower == PANE_DEVICES ? PANE_PROCESSES : lower] =
            (struct box){ 4 + device_rows, 0, rest, columns };
    if (rows > 4)
        layout.keys = (struct box){ rows - 1, 0, 1, columns };
    return layout;
}

/* Figures at the left, and power over time at their right. */
static void place_head(struct layout *layout, int columns, int rows)
{
    layout->title = (struct box){ 0, 0, 1, columns };
    layout->figures = (struct box){ 1, 0, FIGURES_ROWS, least(columns, FIGURES_COLUMNS) };
    if (columns > FIGURES_COLUMNS + 12)
        layout->chart = (struct box){ 1, FIGURES_COLUMNS + 1, rows, columns - FIGURES_COLUMNS - 2 };
}

/* One column of panes: devices, and below them the one that was chosen, on a tall screen with the runs. */
static void stack_panes(struct layout *layout, int top, int end, int columns, int devices, int runs,
                        enum pane lower)
{
    const int run_rows = least(runs > 0 ? runs + 2 : 3, RUNS_ROWS);
    const int free_rows = end - top;
    int device_rows = least(devices + 1, free_rows - PROCESSES_LEAST);
    int rest;

    if (device_rows < 2)
        device_rows = least(2, free_rows);
    layout->panes[PANE_DEVICES] = (struct box){ top, 0, device_rows, columns };
    if (lower == PANE_DEVICES)
        lower = PANE_PROCESSES;
    top += device_rows;
    rest = end - top;
    if (rest >= PROCESSES_LEAST + RUNS_ROWS + 4 && lower != PANE_PLACE) {
        layout->panes[PANE_PROCESSES] = (struct box){ top, 0, rest - run_rows, columns };
        layout->panes[PANE_RUNS] = (struct box){ end - run_rows, 0, run_rows, columns };
        return;
    }
    layout->panes[lower] = (struct box){ top, 0, rest, columns };
}

/* Devices and processes at the left, the place and the runs at the right. */
static void place_side_by_side(struct layout *layout, int top, int end, int columns, int devices)
{
    const int left = columns - SIDE_COLUMNS - 1;
    const int device_rows = least(devices + 1, (end - top) / 2);
    const int place_rows = least((end - top) / 2, 16);

    layout->panes[PANE_DEVICES] = (struct box){ top, 0, device_rows, left };
    layout->panes[PANE_PROCESSES] =
        (struct box){ top + device_rows, 0, end - top - device_rows, left };
    layout->panes[PANE_PLACE] = (struct box){ top, left + 1, place_rows, SIDE_COLUMNS };
    layout->panes[PANE_RUNS] =
        (struct box){ top + place_rows, left + 1, end - top - place_rows, SIDE_COLUMNS };
}

struct layout layout_of(int rows, int columns, int devices, int runs, enum pane lower)
{
    struct layout layout = { 0 };
    int chart_rows;

    if (rows < LAYOUT_LEAST_ROWS || columns < LAYOUT_LEAST_COLUMNS)
        return (struct layout){ .too_small = true };
    if (rows < LAYOUT_WHOLE_ROWS || columns < LAYOUT_WHOLE_COLUMNS)
        return reduced(rows, columns, devices, lower);
    chart_rows = rows >= TALL_ROWS ? least(rows / 5, 12) : SMALL_CHART_ROWS;
    place_head(&layout, columns, chart_rows);
    layout.keys = (struct box){ rows - 1, 0, 1, columns };
    if (layout.chart.rows == 0)
        chart_rows = FIGURES_ROWS;
    if (columns >= WIDE_COLUMNS && rows >= WIDE_ROWS)
        place_side_by_side(&layout, 1 + chart_rows, rows - 1, columns, devices);
    else
        stack_panes(&layout, 1 + chart_rows, rows - 1, columns, devices, runs, lower);
    return layout;
}
