/* SPDX-License-Identifier: Apache-2.0 */
/* tui/restore.h - the terminal as it was, when this program dies of a fault of its own */
#pragma once

#include <stdbool.h>

/* Before the screen is set up: how the terminal is now. */
void restore_remember(void);
/* After the screen was set up; standard output is the terminal: from now on faults give it back. What ends the
 * screen is looked up now, for then nothing can be asked any more. */
void restore_arm(void);
/* What is queued for the terminal is never shown; what Ctrl-S stopped goes on. */
void restore_drop(void);
/* Whether the terminal takes anything: not after Ctrl-S, nor while nobody reads what came before. */
bool restore_can_write(void);
/* Its settings alone: what is typed is seen again. */
void restore_settings(void);
/* No colour or the like any more, of which the library may know nothing. */
void restore_ink(void);
/* The terminal is as it was already. */
void restore_is_done(void);
