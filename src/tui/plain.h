/* SPDX-License-Identifier: Apache-2.0 */
/* tui/plain.h - the monitor where there is no screen: lines, once a tick */
#pragma once

#include "cli/cli.h"
#include "tui/watch.h"

/**
 * plain_run() - until a signal, the end of standard output, or --count ticks
 * @signal_fd: signalfd of SIGINT, SIGTERM and SIGHUP
 * Return: the exit status; 128 + the signal that ended it
 */
int plain_run(const struct cli *cli, struct watch *watch, int signal_fd);
