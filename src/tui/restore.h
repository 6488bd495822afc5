/* SPDX-License-Identifier: Apache-2.0 */
/* tui/restore.h - the terminal as it was, when this program dies of a fault of its own, or is ended while it writes */
#pragma once

#include <stdbool.h>

/* Before the screen is set up: how the terminal is now. */
void restore_remember(void);
/* After the screen was set up; standard output is the terminal: from now on faults, and the three signals that end this
 * program, give it back. What ends the screen is looked up now, for then nothing can be asked any more. */
void restore_arm(void);
/* Whether SIGINT, SIGTERM and SIGHUP end this program where it stands: for as long as it writes to a terminal that may
 * take nothing. Else they wait for whoever asks for them. */
void restore_let_end(bool let);
/* Whether the terminal takes anything: not after Ctrl-S, nor while nobody reads what came before. */
bool restore_can_write(void);
/* Its settings alone: what is typed is seen again. */
void restore_settings(void);
/* The terminal is as it was already. */
void restore_is_done(void);
