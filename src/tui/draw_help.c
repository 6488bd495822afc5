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
    { "F3, /", "find by command or user; n: the next one" },
    { "F4, \\", "filter: only those that fit; Esc shows all again" },
    { "F5, t", "tree: a process with what its children use" },
    { "F6, s, < >", "sort by another, or click it; I, F7: the other way" },
    { "E W P U M N", "sort by energy, power, CPU, GPU, GPU memory, number" },
    { "u", "only my own processes" },
    { "d", "where each figure is from, in place of its trend" },
    { "e", "energy in joules or watt-hours" },
    { "Space, p", "pause the picture; measuring goes on" },
    { "", "" },
    { "what is not idle", "is divided by CPU time, and by the GPU driver's list" },
    { "others", "what no process that is seen explains" },
    { "(12 W)", "shown, not added: part of others, or a sum of them" },
};

enum {
    ENTRY_COLUMNS = 30,
    KEY_COLUMNS = 25,
    HELP_COLUMNS = 90,
    TWO_ROWS_BELOW = 62, /* of so few columns what a key does stands below it */
};

static void draw_line(struct canvas *canvas, int row, const struct box *box,
                      const struct help_line *line, bool two_rows)
{
    const int indent = two_rows ? 3 : KEY_COLUMNS;

    (void)canvas_text(canvas, row, box->column + 1, two_rows ? box->columns - 1 : KEY_COLUMNS - 1,
                      TINT_STRONG, line->keys);
    (void)canvas_text(canvas, row + two_rows, box->column + indent, box->columns - indent,
                      TINT_NORMAL, line->what);
}

void draw_help(struct canvas *canvas, struct view *view)
{
    const int count = (int)ARRAY_LENGTH(lines);
    const int columns = HELP_COLUMNS < canvas->columns - 2 ? HELP_COLUMNS : canvas->columns - 2;
    const bool two_rows = columns < TWO_ROWS_BELOW;
    const int height = two_rows ? 2 : 1;
    const int room = canvas->rows - (canvas->rows > 12 ? 4 : 2);
    const int shown = room / height < 1 ? 1 : room / height < count ? room / height : count;
    const int rows = shown * height + 2;
    const struct box box = { (canvas->rows - rows) / 2, (canvas->columns - columns) / 2, rows,
                             columns };
    const struct box last = { box.row + rows - 1, box.column, 1, columns };

    view->help_next = view->help_first + shown < count ? view->help_first + shown : 0;
    for (int i = 0; i < rows; i++) {
        for (int j = -1; j <= columns; j++)
            canvas_put(canvas, box.row + i, box.column + j, ' ', TINT_NORMAL);
    }
    canvas_rule(canvas, &box, TINT_HEAD, two_rows ? "Keys" : "aico2 monitor: keys",
                view->help_next > 0 ? "any key: more" : "any key goes back");
    for (int i = 0; i < shown && view->help_first + i < count; i++)
        draw_line(canvas, box.row + 1 + i * height, &box, &lines[view->help_first + i], two_rows);
    canvas_rule(canvas, &last, TINT_DIM, "", "");
}

int draw_hint_width(const struct key_hint *hint)
{
    return (int)strlen(hint->key) + (int)strlen(hint->text) + 2;
}

/* What is typed has room of its own; and how to leave is told on any screen. */
bool draw_hint_fits(const struct view *view, const struct key_hint *hint, int at, int columns)
{
    const int room = columns - (view->entry != ENTRY_NONE ? ENTRY_COLUMNS : 0);
    const struct key_hint *last = hint;

    while (last[1].key != NULL)
        last++;
    return at + draw_hint_width(hint) + (last != hint ? draw_hint_width(last) : 0) <= room;
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

        if (!draw_hint_fits(view, hint, at, box->columns))
            continue;
        used = canvas_text(canvas, box->row, box->column + at, width, TINT_KEY, hint->key);
        (void)canvas_textf(canvas, box->row, box->column + at + used, width - used, TINT_TITLE,
                           " %s ", hint->text);
        at += width;
    }
    if (view->entry != ENTRY_NONE)
        draw_entry(canvas, box, view, at + 1);
}
