/* SPDX-License-Identifier: Apache-2.0 */
/* tui/draw_help.c - the keys: a row at the bottom, all of them on F1 */
#include "tui/draw_parts.h"

#include <stdio.h>
#include <string.h>

struct help_line {
    const char *keys;
    const char *what;
};

static const struct help_line lines[] = {
    { "q, F10, Ctrl-C", "quit" },
    { "Tab, F2, 1 2 3 4", "next pane: processes, runs, carbon intensity, devices" },
    { "arrows, j k, PgUp PgDn", "move; Home, End, the wheel too" },
    { "F3, /", "find a process by its command or user; n: the next one" },
    { "F4, \\", "filter: only those that fit; Esc shows all again" },
    { "F5, t", "tree: a process with what its children use" },
    { "F6, s, < >", "sort by another column; I, F7: the other way; click on a name" },
    { "E W P U M N", "sort by energy, power, CPU, GPU, GPU memory, number" },
    { "u", "only my own processes" },
    { "d", "devices: where each figure is from, in place of its trend" },
    { "e", "energy in joules or watt-hours" },
    { "Space, p", "pause the picture; measuring goes on" },
    { "", "" },
    { "what is not idle", "is divided by CPU time, and by the GPU driver's list" },
    { "others", "what no process that is seen explains" },
    { "(12 W)", "shown, and not added: a part of others or a sum of them" },
};

enum { KEY_COLUMNS = 25, HELP_COLUMNS = 90 };

void draw_help(struct canvas *canvas, const struct view *view)
{
    const int wanted = (int)ARRAY_LENGTH(lines) + 3;
    const int rows = wanted < canvas->rows - 2 ? wanted : canvas->rows - 2;
    const int columns = HELP_COLUMNS < canvas->columns - 2 ? HELP_COLUMNS : canvas->columns - 2;
    const struct box box = { (canvas->rows - rows) / 2, (canvas->columns - columns) / 2, rows,
                             columns };

    (void)view;
    for (int i = 0; i < rows; i++) {
        for (int j = -1; j <= columns; j++)
            canvas_put(canvas, box.row + i, box.column + j, ' ', TINT_NORMAL);
    }
    canvas_rule(canvas, &box, TINT_HEAD, "aico2 monitor: keys", "any key goes back");
    for (int i = 0; i < (int)ARRAY_LENGTH(lines) && i < rows - 2; i++) {
        (void)canvas_text(canvas, box.row + 1 + i, box.column + 1, KEY_COLUMNS - 1, TINT_STRONG,
                          lines[i].keys);
        (void)canvas_text(canvas, box.row + 1 + i, box.column + KEY_COLUMNS, columns - KEY_COLUMNS,
                          TINT_NORMAL, lines[i].what);
    }
    {
        const struct box last = { box.row + rows - 1, box.column, 1, columns };

        canvas_rule(canvas, &last, TINT_DIM, "", "");
    }
}

int draw_hint_width(const struct key_hint *hint)
{
    return (int)strlen(hint->key) + (int)strlen(hint->text) + 2;
}

/* What is typed stands in place of the keys. */
static void draw_entry(struct canvas *canvas, const struct box *box, const struct view *view,
                       int at)
{
    int used = canvas_text(canvas, box->row, box->column + at, box->columns - at, TINT_TITLE,
                           view->entry == ENTRY_SEARCH ? "Find: " : "Filter: ");

    at += used;
    at += canvas_text(canvas, box->row, box->column + at, box->columns - at - 1, TINT_TITLE,
                      view->typed);
    canvas_put(canvas, box->row, box->column + at, '_', TINT_KEY);
}

void draw_keys(struct canvas *canvas, const struct box *box, const struct view *view)
{
    int at = 0;

    canvas_tint(canvas, box->row, box->column, box->columns, TINT_TITLE);
    for (const struct key_hint *hint = keys_hints(view); hint->key != NULL; hint++) {
        const int width = draw_hint_width(hint);
        int used;

        if (at + width > box->columns)
            break;
        used = canvas_text(canvas, box->row, box->column + at, width, TINT_KEY, hint->key);
        (void)canvas_textf(canvas, box->row, box->column + at + used, width - used, TINT_TITLE,
                           " %s ", hint->text);
        at += width;
    }
    if (view->entry != ENTRY_NONE)
        draw_entry(canvas, box, view, at + 1);
}
