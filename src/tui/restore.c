/* SPDX-License-Identifier: Apache-2.0 */
/* tui/restore.c - the terminal as it was, when this program dies of a fault of its own */
#include "tui/restore.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include "base/attributes.h"

/* Ends what ncurses asked of a mouse, in all its ways; others take no notice. */
#define MOUSE_OFF "\033[?1000l\033[?1002l\033[?1003l\033[?1006l"

/* The one state of this program that is no thread's and nobody's: a handler is handed nothing. Set before the
 * handlers are, and read by them alone. */
static struct {
    char text[256];
    size_t length;
    size_t ink_length; /* of its beginning: the mouse and the ink */
    struct termios before;
    bool known;
    volatile sig_atomic_t armed;
} saved;

static void on_fault(int number)
{
    if (saved.armed) {
        restore_drop();
        if (restore_can_write()) {
            ssize_t ignored = write(STDOUT_FILENO, saved.text, saved.length);

            (void)ignored; /* there is no other place to say it */
        }
        restore_settings();
    }
    (void)raise(number); /* the default again: its core, its status */
}

void restore_drop(void)
{
    (void)tcflow(STDOUT_FILENO, TCOOFF);
    (void)tcflush(STDOUT_FILENO, TCOFLUSH);
    (void)tcflow(STDOUT_FILENO, TCOON); /* as Ctrl-Q, and wakes whoever waits for room */
}

bool restore_can_write(void)
{
    struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

    /* one that has gone fails at once */
    return poll(&output, 1, 0) == 1 && (output.revents & (POLLOUT | POLLHUP | POLLERR)) != 0;
}

void restore_settings(void)
{
    if (saved.known)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &saved.before);
}

static void add(const char *text)
{
    size_t length;

    if (text == NULL || text == (const char *)-1)
        return;
    length = strlen(text);
    if (saved.length + length > sizeof(saved.text))
        return;
    memcpy(saved.text + saved.length, text, length);
    saved.length += length;
}

/* A delay in a capability ("$<5/>") is for terminals of paper. */
static void add_capability(const char *name)
{
    char copy[64];
    const char *text = tigetstr((char *)(uintptr_t)name);

    if (text == NULL || text == (const char *)-1)
        return;
    (void)snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(text, "$"), text);
    add(copy);
}

void restore_arm(void)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS };
    struct sigaction action = { .sa_handler = on_fault,
                                .sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };
    struct sigaction before;

    saved.length = 0;
    add(MOUSE_OFF);
    add_capability("sgr0");
    saved.ink_length = saved.length;
    add_capability("rmkx");
    add_capability("cnorm");
    add_capability("rmcup");
    saved.armed = 1;
    for (size_t i = 0; i < ARRAY_LENGTH(faults); i++) {
        /* a sanitizer's handler comes first where there is one */
        if (sigaction(faults[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            (void)sigaction(faults[i], &action, NULL);
    }
}

void restore_remember(void)
{
    saved.known = tcgetattr(STDIN_FILENO, &saved.before) == 0;
}

void restore_ink(void)
{
    ssize_t ignored = write(STDOUT_FILENO, saved.text, saved.ink_length);

    (void)ignored;
}

void restore_is_done(void)
{
    saved.armed = 0;
}
