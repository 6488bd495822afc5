/* SPDX-License-Identifier: Apache-2.0 */
/* history/fork_gate.h - a fork() of the host program finds no thread of ours within SQLite */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * SQLite has locks of the whole process. A child that is forked while another thread holds one waits for it without
 * end. So fork() waits for what is written to be written, 50 ms at most, and nobody begins meanwhile; in a child of one
 * that did not wait long enough no history is opened any more.
 *
 * The state is the process's, as fork() and those locks are: the one such state there is.
 */

/* From now on fork() waits. Of a library in somebody else's program; any number of times. */
void fork_gate_arm(void);

/* Around all that a thread does with SQLite that other threads may fork beside. */
void fork_gate_enter(void);
void fork_gate_leave(void);

/* Return: 0, or -EDEADLK in a child that was forked amid what SQLite did, with a message. */
int fork_gate_check(struct aico2_error *err);
