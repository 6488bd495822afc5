/* SPDX-License-Identifier: Apache-2.0 */
/* tui/screen.h - the monitor on a terminal: draws a tick, takes keys and signals */
#pragma once

#include "cli/cli.h"
#include "tui/watch.h"

/* Whether there is a terminal to draw on, and lines were not asked for. */
bool screen_is_wanted(const struct cli *cli);

/**
 * screen_run() - until a person has seen enough, a signal, the end of the terminal, or --count ticks
 * @signal_fd: signalfd of SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGWINCH, which are blocked
 * The terminal is as it was when it returns.
 * Return: the exit status; 128 + the signal that ended it, 0 for Ctrl-C, which is a way to leave
 */
int screen_run(const struct cli *cli, const struct settings *settings, struct watch *watch,
               int signal_fd);
