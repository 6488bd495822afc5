/* SPDX-License-Identifier: Apache-2.0 */
/* tui/keys.c - what a key or a click changes of the view: as htop and nvtop have them */
#include "tui/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui/draw_parts.h"

enum { WHEEL_LINES = 3 };

/* --- which lines there are --- */

static int lines_of(const struct view *view, enum pane pane)
{
    switch (pane) {
    case PANE_PROCESSES:
        return (int)view->row_count;
    case PANE_RUNS:
        return (int)view->run_count;
    case PANE_DEVICES:
        return view_device_lines(view);
    case PANE_PLACE:
    case PANE_COUNT:
        break;
    }
    return 0;
}

static void select_line(struct view *view, int line)
{
    const int lines = lines_of(view, view->pane);

    if (line >= lines)
        line = lines - 1;
    if (line < 0)
        line = 0;
    view->selected = line;
    if (view->pane == PANE_PROCESSES)
        view->selected_pid =
            line < (int)view->row_count ? view->rows[line].process->process.pid : 0;
}

static void choose_pane(struct view *view, int pane)
{
    view->pane = (enum pane)((pane + PANE_COUNT) % PANE_COUNT);
    view->selected = 0;
    view->selected_pid = 0;
    view->first[view->pane] = 0;
}

static void choose_sort(struct view *view, int sort)
{
    view->sort = (enum process_sort)((sort + SORT_COUNT) % SORT_COUNT);
    view->ascending = false;
    view_arrange(view);
    /* the top of the new order is what was asked for */
    select_line(view, 0);
    view->first[PANE_PROCESSES] = 0;
}

/* --- typing --- */

static const char *command_of(const struct glance_process *process)
{
    return process->process.command[0] != '\0' ? process->process.command : process->process.name;
}

/* The next one from `from` on, around the end. */
static void find(struct view *view, const char *text, int from)
{
    for (size_t i = 0; text[0] != '\0' && i < view->row_count; i++) {
        const size_t at = ((size_t)from + i) % view->row_count;

        if (strcasestr(command_of(view->rows[at].process), text) != NULL ||
            strcasestr(view->rows[at].process->user, text) != NULL) {
            select_line(view, (int)at);
            return;
        }
    }
}

static void begin_entry(struct view *view, enum entry entry)
{
    if (view->pane != PANE_PROCESSES)
        choose_pane(view, PANE_PROCESSES);
    view->entry = entry;
    (void)snprintf(view->typed, sizeof(view->typed), "%s",
                   entry == ENTRY_FILTER ? view->filter : "");
}

static void end_entry(struct view *view, bool accepted)
{
    const enum entry entry = view->entry;

    view->entry = ENTRY_NONE;
    if (entry == ENTRY_FILTER)
        (void)snprintf(view->filter, sizeof(view->filter), "%s", accepted ? view->typed : "");
    else if (accepted)
        (void)snprintf(view->search, sizeof(view->search), "%s", view->typed);
    view_arrange(view);
}

/* As UTF-8. */
static void append(char *text, size_t size, uint32_t code)
{
    char bytes[5] = "";
    size_t length = 0;

    if (code < 0x80) {
        bytes[length++] = (char)code;
    } else if (code < 0x800) {
        bytes[length++] = (char)(0xc0 | (code >> 6));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[length++] = (char)(0xe0 | (code >> 12));
        bytes[length++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[length++] = (char)(0xf0 | (code >> 18));
        bytes[length++] = (char)(0x80 | ((code >> 12) & 0x3f));
        bytes[length++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    }
    if (strlen(text) + length < size)
        memcpy(text + strlen(text), bytes, length + 1);
}

static void erase(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
        length--;
    text[length > 0 ? length - 1 : 0] = '\0';
}

/* Return: whether the key was a part of what is typed. */
static bool take_typed(struct view *view, uint32_t key)
{
    switch (key) {
    case KEY_OF_ENTER:
        end_entry(view, true);
        return true;
    case KEY_OF_ESCAPE:
        end_entry(view, false);
        return true;
    case KEY_OF_BACKSPACE:
        erase(view->typed);
        break;
    case KEY_OF_F1 + 2:
        if (view->entry == ENTRY_SEARCH)
            find(view, view->typed, view->selected + 1);
        return true;
    default:
        if (key >= KEY_OF_NONE || key < ' ' || key == 0x7f)
            return false;
        append(view->typed, sizeof(view->typed), key);
    }
    view_arrange(view);
    if (view->entry == ENTRY_SEARCH)
        find(view, view->typed, view->selected);
    return true;
}

/* --- keys --- */

/* Return: whether it was one that moves. */
static bool move(struct view *view, uint32_t key)
{
    const int page = view->shown[view->pane] > 1 ? view->shown[view->pane] - 1 : 1;
    int by = 0;

    switch (key) {
    case KEY_OF_UP:
    case 'k':
        by = -1;
        break;
    case KEY_OF_DOWN:
    case 'j':
        by = 1;
        break;
    case KEY_OF_PAGE_UP:
        by = -page;
        break;
    case KEY_OF_PAGE_DOWN:
        by = page;
        break;
    case KEY_OF_WHEEL_UP:
        by = -WHEEL_LINES;
        break;
    case KEY_OF_WHEEL_DOWN:
        by = WHEEL_LINES;
        break;
    case KEY_OF_HOME:
    case 'g':
        by = -lines_of(view, view->pane);
        break;
    case KEY_OF_END:
    case 'G':
        by = lines_of(view, view->pane);
        break;
    default:
        return false;
    }
    select_line(view, view->selected + by);
    return true;
}

static void escape(struct view *view)
{
    view->filter[0] = '\0';
    view->selected_pid = 0;
    view_arrange(view);
    select_line(view, 0);
    view->selected_pid = 0; /* the top stays the top */
}

static bool sort_key(struct view *view, uint32_t key)
{
    static const struct {
        uint32_t key;
        enum process_sort sort;
    } keys[] = {
        { 'E', SORT_ENERGY }, { 'T', SORT_ENERGY }, { 'W', SORT_WATTS }, { 'P', SORT_CPU },
        { 'U', SORT_GPU },    { 'M', SORT_MEMORY }, { 'N', SORT_PID },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if (keys[i].key == key) {
            choose_sort(view, (int)keys[i].sort);
            return true;
        }
    }
    return false;
}

static void toggle(struct view *view, bool *what)
{
    *what = !*what;
    view_arrange(view);
}

static void other_key(struct view *view, uint32_t key)
{
    switch (key) {
    case 'q':
    case KEY_OF_F10:
        view->ended = true;
        break;
    case KEY_OF_F1:
    case 'h':
    case '?':
        view->help = true;
        break;
    case KEY_OF_F1 + 1:
    case KEY_OF_TAB:
        choose_pane(view, (int)view->pane + 1);
        break;
    case KEY_OF_BACK_TAB:
        choose_pane(view, (int)view->pane - 1);
        break;
    case '1':
    case '2':
    case '3':
    case '4':
        choose_pane(view, (int)(key - '1'));
        break;
    case KEY_OF_F1 + 2:
    case '/':
        begin_entry(view, ENTRY_SEARCH);
        break;
    case 'n':
        find(view, view->search, view->selected + 1);
        break;
    case KEY_OF_F1 + 3:
    case '\\':
        begin_entry(view, ENTRY_FILTER);
        break;
    case KEY_OF_F1 + 4:
    case 't':
        toggle(view, &view->as_tree);
        break;
    case KEY_OF_F1 + 5:
    case 's':
    case '>':
    case '.':
        choose_sort(view, (int)view->sort + 1);
        break;
    case '<':
    case ',':
        choose_sort(view, (int)view->sort - 1);
        break;
    case 'I':
    case KEY_OF_F1 + 6:
        toggle(view, &view->ascending);
        break;
    case '+':
        view->ascending = view->sort < SORT_PID;
        view_arrange(view);
        break;
    case '-':
        view->ascending = view->sort >= SORT_PID;
        view_arrange(view);
        break;
    case 'u':
        toggle(view, &view->only_own);
        break;
    case 'e':
        view->in_joules = !view->in_joules;
        break;
    case 'd':
        view->by_source = !view->by_source;
        break;
    case ' ':
    case 'p':
        view->paused = !view->paused;
        break;
    case KEY_OF_ESCAPE:
        escape(view);
        break;
    default:
        break;
    }
}

/* --- clicks --- */

static bool is_in(const struct box *box, const struct input *input)
{
    return input->row >= box->row && input->row < box->row + box->rows &&
           input->column >= box->column && input->column < box->column + box->columns;
}

static void click_hint(struct view *view, int column, int rows, int columns)
{
    int at = 0;

    for (const struct key_hint *hint = keys_hints(view); hint->key != NULL; hint++) {
        const int width = draw_hint_width(hint);

        if (!draw_hint_fits(view, hint, at, columns))
            continue;
        if (column >= at && column < at + width) {
            const struct input pressed = { .key = hint->sends };

            keys_take(view, &pressed, rows, columns);
            return;
        }
        at += width;
    }
}

static void click_pane(struct view *view, enum pane pane, const struct box *box,
                       const struct input *input)
{
    int line = input->row - box->row - 1;

    if (pane != view->pane)
        choose_pane(view, (int)pane);
    if (pane == PANE_PROCESSES && line == 0) {
        int sort = draw_column_at(view, box, input->column);

        if (sort >= 0 && sort == (int)view->sort)
            toggle(view, &view->ascending);
        else if (sort >= 0)
            choose_sort(view, sort);
        return;
    }
    if (pane == PANE_PROCESSES || pane == PANE_RUNS)
        line--; /* the names of the columns */
    if (line >= 0 && view->first[pane] + line < lines_of(view, pane))
        select_line(view, view->first[pane] + line);
}

static void click(struct view *view, const struct input *input, int rows, int columns)
{
    const struct layout layout =
        layout_of(rows, columns, view_device_lines(view), (int)view->run_count, view->pane);

    if (is_in(&layout.keys, input)) {
        click_hint(view, input->column, rows, columns);
        return;
    }
    for (int i = 0; i < PANE_COUNT; i++) {
        if (is_in(&layout.panes[i], input)) {
            click_pane(view, (enum pane)i, &layout.panes[i], input);
            return;
        }
    }
}

/* Any key: the next page, and after the last one back. */
static void take_at_help(struct view *view, uint32_t key)
{
    view->ended = key == 'q';
    view->help = view->help_next > 0 && key != 'q' && key != KEY_OF_ESCAPE;
    view->help_first = view->help ? view->help_next : 0;
}

void keys_take(struct view *view, const struct input *input, int rows, int columns)
{
    if (input->key == KEY_OF_F10) {
        view->ended = true;
        return;
    }
    if (view->help) {
        take_at_help(view, input->key);
        return;
    }
    if (view->entry != ENTRY_NONE && take_typed(view, input->key))
        return;
    if (input->key == KEY_OF_CLICK)
        click(view, input, rows, columns);
    else if (!move(view, input->key) && !sort_key(view, input->key))
        other_key(view, input->key);
}

const struct key_hint *keys_hints(const struct view *view)
{
    static const struct key_hint usual[] = {
        { "F1", "Help", KEY_OF_F1 },
        { "Tab", "Pane", KEY_OF_TAB },
        { "F3", "Find", KEY_OF_F1 + 2 },
        { "F4", "Filter", KEY_OF_F1 + 3 },
        { "F5", "Tree", KEY_OF_F1 + 4 },
        { "F6", "Sort", KEY_OF_F1 + 5 },
        { "d", "Source", 'd' },
        { "p", "Pause", 'p' },
        { "q", "Quit", 'q' },
        { NULL, NULL, 0 },
    };
    static const struct key_hint typing[] = {
        { "Enter", "Done", KEY_OF_ENTER },
        { "Esc", "Cancel", KEY_OF_ESCAPE },
        { "F3", "Next", KEY_OF_F1 + 2 },
        { NULL, NULL, 0 },
    };

    return view->entry != ENTRY_NONE ? typing : usual;
}
