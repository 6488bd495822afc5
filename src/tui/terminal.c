/* SPDX-License-Identifier: Apache-2.0 */
/* tui/terminal.c - the only one that knows the terminal library: shows a canvas, tells what was pressed */
#include "tui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "base/fs.h"
#include "tui/outlet.h"
#include "tui/restore.h"

/* An escape sequence comes in one piece, over a slow link within this; a lone Escape waits so long. */
enum { ESCAPE_MS = 200 };
enum { MOUSE_EVENTS = BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED };

/* The library writes, and waits until the terminal has taken it: what it writes goes to a file in memory, and from there
 * out at the terminal's pace. */
struct terminal {
    SCREEN *screen;
    FILE *output; /* the library's: the file, or for what is asked of a terminal the terminal */
    struct outlet *outlet;
    int made_fd;         /* the file */
    struct canvas shown; /* cells as the terminal has them */
    int attributes[TINT_COUNT];
    short pairs[TINT_COUNT];
    bool all_anew;
};

struct look {
    short rich; /* of 256 colours; -1: the terminal's own */
    short poor; /* of 8 */
    short rich_ground;
    short poor_ground;
    int attributes;
};

/* Okabe and Ito's: told apart by all kinds of eyes. Whatever is told by a colour is told by a letter or a
 * pattern too. */
static const struct look looks[TINT_COUNT] = {
    [TINT_NORMAL] = { -1, -1, -1, -1, 0 },
    [TINT_DIM] = { 245, -1, -1, -1, 0 },
    [TINT_TITLE] = { 255, COLOR_WHITE, 238, COLOR_BLUE, 0 },
    [TINT_HEAD] = { 80, COLOR_CYAN, -1, -1, A_BOLD },
    [TINT_KEY] = { 232, COLOR_BLACK, 80, COLOR_CYAN, 0 },
    [TINT_STRONG] = { -1, -1, -1, -1, A_BOLD },
    [TINT_MEASURED] = { 74, COLOR_CYAN, -1, -1, 0 },
    [TINT_MODELLED] = { 178, COLOR_YELLOW, -1, -1, 0 },
    [TINT_ASSUMED] = { 175, COLOR_MAGENTA, -1, -1, 0 },
    [TINT_CARBON] = { 43, COLOR_GREEN, -1, -1, 0 },
    [TINT_ALERT] = { 202, COLOR_RED, -1, -1, A_BOLD },
    [TINT_SELECTED] = { 232, COLOR_BLACK, 80, COLOR_CYAN, 0 },
};

/* Without colours. */
static const int plain_looks[TINT_COUNT] = {
    [TINT_TITLE] = A_REVERSE, [TINT_HEAD] = A_BOLD | A_UNDERLINE,
    [TINT_KEY] = A_BOLD,      [TINT_STRONG] = A_BOLD,
    [TINT_ALERT] = A_BOLD,    [TINT_SELECTED] = A_REVERSE,
    [TINT_CARBON] = A_NORMAL,
};

static void choose_looks(struct terminal *terminal, bool colour)
{
    const bool coloured = colour && has_colors() && start_color() == OK && COLOR_PAIRS > TINT_COUNT;
    const bool own = coloured && use_default_colors() == OK;

    for (short i = 0; i < TINT_COUNT; i++) {
        const struct look *look = &looks[i];
        short ink = COLORS >= 256 ? look->rich : look->poor;
        short ground = COLORS >= 256 ? look->rich_ground : look->poor_ground;

        terminal->attributes[i] = coloured ? look->attributes : plain_looks[i];
        if (!coloured || (ink < 0 && ground < 0))
            continue;
        if (!own && ink < 0)
            ink = COLOR_WHITE;
        if (!own && ground < 0)
            ground = COLOR_BLACK;
        if (init_pair((short)(i + 1), ink, ground) == OK)
            terminal->pairs[i] = (short)(i + 1);
    }
    /* a grey that eight colours do not have */
    if (coloured && COLORS < 256)
        terminal->attributes[TINT_DIM] = A_DIM;
}

/* What ncurses did about signals; ours come through a descriptor, and stopping is told by screen.c. */
static void leave_signals_alone(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
    struct sigaction now;

    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++) {
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            (void)signal(signals[i], SIG_DFL);
    }
}

static void write_to(struct terminal *terminal, int fd)
{
    (void)fflush(terminal->output);
    (void)dup3(fd, fileno(terminal->output), O_CLOEXEC);
}

static int open_output(struct terminal *terminal, struct aico2_error *err)
{
    int fd;

    terminal->made_fd = memfd_create("aico2-screen", MFD_CLOEXEC);
    fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    terminal->output = fd < 0 ? NULL : fdopen(fd, "w");
    if (terminal->made_fd < 0 || terminal->output == NULL) {
        if (terminal->output == NULL)
            fd_closep(&fd);
        return aico2_error_set_errno(err, errno, "cannot set up the screen");
    }
    return outlet_start(&terminal->outlet, err);
}

static void deinit(struct terminal *terminal)
{
    outlet_stop(terminal->outlet);
    if (terminal->screen != NULL)
        delscreen(terminal->screen);
    if (terminal->output != NULL)
        (void)fclose(terminal->output);
    fd_closep(&terminal->made_fd);
    canvas_deinit(&terminal->shown);
    free(terminal);
}

static int open_screen(struct terminal *terminal, struct aico2_error *err)
{
    const char *name = getenv("TERM");

    restore_remember();
    terminal->screen = newterm(NULL, terminal->output, stdin);
    if (terminal->screen != NULL)
        return 0;
    return aico2_error_set(err, -ENOTTY,
                           "TERM '%.60s' is not known here, or no terminal for a screen: "
                           "--plain prints lines",
                           name != NULL ? name : "");
}

int terminal_open(struct terminal **terminal_out, bool colour, struct aico2_error *err)
{
    struct terminal *terminal = calloc(1, sizeof(*terminal));
    int r;

    if (terminal == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = open_output(terminal, err);
    if (r == 0)
        r = open_screen(terminal, err);
    if (r < 0) {
        deinit(terminal);
        return r;
    }
    leave_signals_alone();
    (void)cbreak();
    (void)noecho();
    (void)nonl();
    (void)intrflush(stdscr, FALSE);
    write_to(terminal, terminal->made_fd);
    choose_looks(terminal, colour);
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)set_escdelay(ESCAPE_MS);
    (void)leaveok(stdscr, TRUE);
    (void)curs_set(0);
    (void)mousemask(MOUSE_EVENTS, NULL);
    (void)mouseinterval(0);
    terminal->all_anew = true;
    restore_arm();
    *terminal_out = terminal;
    return 0;
}

/* As it was before the screen. Colours and the like of a picture that was dropped half way end first. */
static void end_screen(struct terminal *terminal)
{
    write_to(terminal, STDOUT_FILENO);
    if (restore_can_write()) {
        restore_ink();
        (void)curs_set(1);
        (void)endwin();
    }
    restore_is_done();
}

void terminal_drop(struct terminal *terminal)
{
    (void)outlet_drop(terminal->outlet);
}

void terminal_close(struct terminal *terminal)
{
    if (terminal == NULL)
        return;
    if (outlet_finish(terminal->outlet) || outlet_drop(terminal->outlet))
        end_screen(terminal);
    restore_settings();
    restore_is_done();
    deinit(terminal);
}

bool terminal_size(struct terminal *terminal, int *rows_out, int *columns_out)
{
    struct winsize size = { 0 };
    const int rows = LINES;
    const int columns = COLS;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        (size.ws_row != rows || size.ws_col != columns)) {
        (void)resizeterm(size.ws_row, size.ws_col);
        terminal->all_anew = true;
    }
    *rows_out = LINES;
    *columns_out = COLS;
    return rows != LINES || columns != COLS;
}

static void put_cell(const struct terminal *terminal, int row, int column, const struct cell *cell)
{
    const wchar_t text[2] = { (wchar_t)cell->code, L'\0' };
    cchar_t shown;

    if (setcchar(&shown, text, (attr_t)terminal->attributes[cell->tint],
                 terminal->pairs[cell->tint], NULL) == OK)
        (void)mvadd_wch(row, column, &shown);
}

bool terminal_is_free(struct terminal *terminal)
{
    return outlet_is_free(terminal->outlet);
}

int terminal_show(struct terminal *terminal, const struct canvas *canvas)
{
    struct canvas *shown = &terminal->shown;

    if (terminal->all_anew || shown->rows != canvas->rows || shown->columns != canvas->columns) {
        if (canvas_resize(shown, canvas->rows, canvas->columns) < 0)
            return -ENOMEM;
        (void)clearok(stdscr, TRUE);
        (void)erase();
        terminal->all_anew = false;
    }
    for (int row = 0; row < canvas->rows; row++) {
        for (int column = 0; column < canvas->columns; column++) {
            const struct cell *cell = &canvas->cells[row * canvas->columns + column];
            struct cell *before = &shown->cells[row * canvas->columns + column];

            if (cell->code == before->code && cell->tint == before->tint)
                continue;
            *before = *cell;
            if (cell->code != 0)
                put_cell(terminal, row, column, cell);
        }
    }
    (void)refresh();
    return outlet_send(terminal->outlet, terminal->made_fd);
}

static uint32_t mouse_key(struct input *input)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return KEY_OF_NONE;
    input->row = event.y;
    input->column = event.x;
    if ((event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED)) != 0)
        return KEY_OF_CLICK;
    if ((event.bstate & BUTTON4_PRESSED) != 0)
        return KEY_OF_WHEEL_UP;
    return (event.bstate & BUTTON5_PRESSED) != 0 ? KEY_OF_WHEEL_DOWN : KEY_OF_NONE;
}

static uint32_t function_key(wint_t code)
{
    static const struct {
        int code;
        uint32_t key;
    } keys[] = {
        { KEY_UP, KEY_OF_UP },
        { KEY_DOWN, KEY_OF_DOWN },
        { KEY_LEFT, KEY_OF_LEFT },
        { KEY_RIGHT, KEY_OF_RIGHT },
        { KEY_PPAGE, KEY_OF_PAGE_UP },
        { KEY_NPAGE, KEY_OF_PAGE_DOWN },
        { KEY_HOME, KEY_OF_HOME },
        { KEY_END, KEY_OF_END },
        { KEY_BACKSPACE, KEY_OF_BACKSPACE },
        { KEY_ENTER, KEY_OF_ENTER },
        { KEY_BTAB, KEY_OF_BACK_TAB },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if ((wint_t)keys[i].code == code)
            return keys[i].key;
    }
    if (code >= KEY_F(1) && code <= KEY_F(10))
        return KEY_OF_F1 + (code - KEY_F(1));
    return KEY_OF_NONE;
}

/* What follows an Escape that the library made no key of: a sequence of a key that the terminal's description lacks
 * is no key at all, and its letters are none. Return: Escape, or none. */
static uint32_t escape_key(void)
{
    wint_t code = 0;
    int r = wget_wch(stdscr, &code);

    if (r == ERR)
        return KEY_OF_ESCAPE;
    if (r == OK && code == 'O') {
        (void)wget_wch(stdscr, &code);
        return KEY_OF_NONE;
    }
    if (r == OK && code == '[') {
        do
            r = wget_wch(stdscr, &code);
        while (r == OK && code >= 0x20 && code < 0x40); /* parameters, until a letter or the like */
        return KEY_OF_NONE;
    }
    if (r == OK)
        (void)unget_wch((wchar_t)code);
    else
        (void)ungetch((int)code);
    return KEY_OF_ESCAPE;
}

static uint32_t character_key(wint_t code)
{
    switch (code) {
    case '\r':
    case '\n':
        return KEY_OF_ENTER;
    case '\t':
        return KEY_OF_TAB;
    case 0x1b:
        return escape_key();
    case 0x7f:
    case '\b':
        return KEY_OF_BACKSPACE;
    case 0x0c: /* Ctrl-L: what others wrote over the screen goes */
        (void)clearok(stdscr, TRUE);
        return KEY_OF_NONE;
    default:
        return code;
    }
}

bool terminal_read(struct terminal *terminal, struct input *input_out)
{
    wint_t code = 0;
    int r = wget_wch(stdscr, &code);

    (void)terminal;
    if (r == ERR)
        return false;
    *input_out = (struct input){ .key = KEY_OF_NONE };
    if (r == OK)
        input_out->key = character_key(code);
    else if (code == KEY_MOUSE)
        input_out->key = mouse_key(input_out);
    else
        input_out->key = function_key(code);
    return true;
}

void terminal_suspend(struct terminal *terminal)
{
    if (outlet_finish(terminal->outlet) || outlet_drop(terminal->outlet))
        end_screen(terminal);
}

void terminal_resume(struct terminal *terminal)
{
    (void)reset_prog_mode();
    write_to(terminal, terminal->made_fd);
    (void)refresh(); /* the screen again */
    (void)curs_set(0);
    (void)mousemask(MOUSE_EVENTS, NULL);
    restore_arm();
    terminal->all_anew = true;
}
