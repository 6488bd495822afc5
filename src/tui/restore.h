/* SPDX-License-Identifier: Apache-2.0 */
/* tui/restore.h - the terminal as it was, when this program dies of a fault of its own */
#pragma once

/* Before the screen is set up: how the terminal is now. */
void restore_remember(void);
/* After the screen was set up; standard output is the terminal. What ends the screen is looked up now, for then
 * nothing can be asked any more. */
void restore_on_faults(void);
/* The terminal is as it was already. */
void restore_is_done(void);
