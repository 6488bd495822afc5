/* SPDX-License-Identifier: Apache-2.0 */
/* tui/screen.c - the monitor on a terminal: draws a tick, takes keys and signals */
#include "tui/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "session/place/day.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui/run_list.h"
#include "tui/terminal.h"

/* The curve of the day: twelve hours back, a day ahead, and when an hour's work would be greenest. */
static const int64_t BACK_NS = 12 * 3600 * NSEC_PER_SEC;
static const int64_t AHEAD_NS = 24 * 3600 * NSEC_PER_SEC;
static const int64_t WORK_NS = 3600 * NSEC_PER_SEC;
static const int64_t DAY_AGAIN_NS = 60 * NSEC_PER_SEC;

/* A terminal that takes nothing is looked at again, while measuring goes on; what it missed is never shown. */
enum { AGAIN_MS = 100 };

struct screen {
    const struct settings *settings;
    struct watch *watch;
    struct terminal *terminal;
    struct run_list *runs; /* NULL: no thread could be started */
    struct canvas canvas;
    struct view view;
    int signal_fd;
    int wait_fd;         /* epoll of the terminal and of signals */
    int64_t day_mono_ns; /* when the curve was made; 0: not yet */
    int64_t ticks;
    int64_t ticks_most; /* 0: without end */
    int status;
};

bool screen_is_wanted(const struct cli *cli)
{
    const char *terminal = getenv("TERM");

    return !options_flag(&cli->options, OPT_PLAIN) && cli_format(cli) == CLI_TEXT &&
           isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 && terminal != NULL &&
           terminal[0] != '\0' && strcmp(terminal, "dumb") != 0;
}

/* A console of Linux reads UTF-8, and its fonts of 256 or 512 characters have no eighths and no half circles. */
static bool has_characters(const struct cli *cli)
{
    const char *terminal = getenv("TERM");

    return cli->out_style.unicode && (terminal == NULL || strncmp(terminal, "linux", 5) != 0);
}

/* --- what is shown --- */

static void make_day(struct screen *screen)
{
    const struct settings *settings = screen->settings;
    const struct place_day_query query = {
        .place = settings->here.intensity,
        .series = settings->series.count > 0 ? &settings->series : NULL,
        .source = options_text(settings->options, OPT_INTENSITY_FILE),
        .now_ns = clock_wall_ns(),
        .back_ns = BACK_NS,
        .ahead_ns = AHEAD_NS,
        .duration_ns = WORK_NS,
    };
    const int64_t now_ns = clock_mono_ns();
    struct place_day day;

    if (query.series == NULL ||
        (screen->day_mono_ns != 0 && now_ns - screen->day_mono_ns < DAY_AGAIN_NS))
        return;
    screen->day_mono_ns = now_ns;
    if (place_day_make(&query, &day, NULL) < 0)
        return;
    place_day_deinit(&screen->view.day);
    screen->view.day = day;
    screen->view.has_day = day.count > 0;
}

static void take_runs(struct screen *screen)
{
    struct view *view = &screen->view;
    struct run_row *rows;
    size_t count;

    if (screen->runs == NULL ||
        !run_list_take(screen->runs, &rows, &count, view->runs_note, sizeof(view->runs_note)))
        return;
    free(view->runs);
    view->runs = rows;
    view->run_count = count;
}

/* Return: 0; 1: it is still to be shown; -ENOMEM. */
static int draw(struct screen *screen)
{
    int rows;
    int columns;

    if (!terminal_is_free(screen->terminal))
        return 1; /* and no picture is made in vain */
    (void)terminal_size(screen->terminal, &rows, &columns);
    if ((rows != screen->canvas.rows || columns != screen->canvas.columns) &&
        canvas_resize(&screen->canvas, rows, columns) < 0)
        return -ENOMEM;
    view_arrange(&screen->view);
    draw_screen(&screen->canvas, &screen->view);
    return terminal_show(screen->terminal, &screen->canvas);
}

/* Return: 1: something is new; 0; -ENOMEM. */
static int take_tick(struct screen *screen)
{
    const struct glance *glance = watch_take(screen->watch);

    if (glance == NULL)
        return 0;
    take_runs(screen);
    make_day(screen);
    screen->ticks++;
    if (screen->ticks_most > 0 && screen->ticks >= screen->ticks_most)
        screen->view.ended = true;
    return view_take(&screen->view, glance) < 0 ? -ENOMEM : 1;
}

/* --- what comes from outside --- */

/* As Ctrl-Z is meant: the terminal is the shell's until it lets us go on. */
static void stop(struct screen *screen)
{
    sigset_t set;

    terminal_suspend(screen->terminal);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)raise(SIGTSTP); /* blocked: it comes when the next line lets it */
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)sigprocmask(SIG_BLOCK, &set, NULL); /* here we go on */
    terminal_resume(screen->terminal);
}

static void take_signals(struct screen *screen)
{
    struct signalfd_siginfo info;

    while (read(screen->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            break; /* the next picture asks for the size */
        case SIGTSTP:
            stop(screen);
            break;
        case SIGINT:
            screen->view.ended = true;
            break;
        default:
            screen->view.ended = true;
            screen->status = 128 + (int)info.ssi_signo;
        }
    }
}

static void take_keys(struct screen *screen)
{
    struct input input;

    while (terminal_read(screen->terminal, &input) && !screen->view.ended)
        keys_take(&screen->view, &input, screen->canvas.rows, screen->canvas.columns);
}

static void take_events(struct screen *screen)
{
    struct epoll_event events[2];
    int count = epoll_wait(screen->wait_fd, events, 2, 0);

    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == screen->signal_fd) {
            take_signals(screen);
            continue;
        }
        take_keys(screen);
        if ((events[i].events & (EPOLLHUP | EPOLLERR)) != 0) {
            screen->view.ended = true; /* the terminal has gone */
            screen->status = 128 + SIGHUP;
        }
    }
}

/* --- from the start to the end --- */

static int add(int epoll_fd, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_waits(struct screen *screen, struct aico2_error *err)
{
    int r;

    screen->wait_fd = epoll_create1(EPOLL_CLOEXEC);
    r = screen->wait_fd < 0 ? -errno : add(screen->wait_fd, screen->signal_fd);
    if (r == 0)
        r = add(screen->wait_fd, STDIN_FILENO);
    return r < 0 ? aico2_error_set_errno(err, -r, "cannot wait for keys") : 0;
}

static int loop(struct screen *screen, struct aico2_error *err)
{
    int r = draw(screen);

    while (r >= 0 && !screen->view.ended) {
        bool changed = r > 0;

        r = watch_wait(screen->watch, screen->wait_fd, changed ? AGAIN_MS : -1);
        if (r < 0)
            return aico2_error_set_errno(err, -r, "cannot wait for the next reading");
        changed = changed || r > 0;
        if (r > 0)
            take_events(screen);
        r = take_tick(screen);
        changed = changed || r > 0;
        if (r >= 0)
            r = changed ? draw(screen) : 0;
    }
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

static void close_all(struct screen *screen)
{
    /* a picture after so many ticks was to be seen */
    if (screen->terminal != NULL && screen->view.ended &&
        (screen->ticks_most == 0 || screen->ticks < screen->ticks_most))
        terminal_drop(screen->terminal);
    terminal_close(screen->terminal);
    run_list_stop(screen->runs);
    canvas_deinit(&screen->canvas);
    view_deinit(&screen->view);
    fd_closep(&screen->wait_fd);
}

int screen_run(const struct cli *cli, const struct settings *settings, struct watch *watch,
               int signal_fd)
{
    struct screen screen = { .settings = settings,
                             .watch = watch,
                             .signal_fd = signal_fd,
                             .wait_fd = -1,
                             .canvas.unicode = has_characters(cli) };
    struct aico2_error err = { 0 };
    int r;

    view_init(&screen.view);
    screen.view.interval_seconds =
        seconds_from_ns(options_integer(settings->options, OPT_INTERVAL));
    screen.view.own_uid = (uint32_t)getuid();
    if (options_given(settings->options, OPT_COUNT))
        screen.ticks_most = options_integer(settings->options, OPT_COUNT);
    (void)snprintf(screen.view.runs_note, sizeof(screen.view.runs_note), "looking");
    r = open_waits(&screen, &err);
    if (r == 0)
        r = terminal_open(&screen.terminal, cli->out_style.colour, &err);
    if (r == 0 && run_list_start(&screen.runs, settings->db_path, NULL) < 0)
        screen.runs = NULL;
    if (r == 0)
        r = loop(&screen, &err);
    close_all(&screen);
    return r < 0 ? cli_fail(cli, &err) : screen.status;
}
