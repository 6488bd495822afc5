/* SPDX-License-Identifier: Apache-2.0 */
/* tui/layout.h - what stands where, by the size of the screen */
#pragma once

#include "tui/canvas.h"

enum pane { PANE_PROCESSES, PANE_RUNS, PANE_PLACE, PANE_DEVICES, PANE_COUNT };

/* The least that anything can be said on; below LAYOUT_WHOLE_* only what matters most is shown. */
enum {
    LAYOUT_LEAST_ROWS = 3,
    LAYOUT_LEAST_COLUMNS = 24,
    LAYOUT_WHOLE_ROWS = 16,
    LAYOUT_WHOLE_COLUMNS = 70
};

/* rows 0: it is not shown. */
struct layout {
    bool too_small;  /* for anything */
    bool is_reduced; /* a few lines in `figures`, devices, and what fits of a pane */
    struct box title;
    struct box figures; /* power, energy, carbon, place */
    struct box chart;   /* of power; with an axis and a rule where it has four rows or more */
    struct box panes[PANE_COUNT];
    struct box keys;
};

/* devices, runs: lines. lower: the pane that is shown where there is room for one beside the devices. */
struct layout layout_of(int rows, int columns, int devices, int runs, enum pane lower);
