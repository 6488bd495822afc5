/* SPDX-License-Identifier: Apache-2.0 */
/* tui/outlet.h - what is for the terminal goes there in a thread of its own, for a write may last as long as the terminal likes */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct outlet;

/* Of standard output, to which nobody else writes but after outlet_drop() or outlet_finish(). */
int outlet_start(struct outlet **outlet_out, struct aico2_error *err);
/* Ends the thread, or leaves it behind where even outlet_drop() did not help. NULL allowed. */
void outlet_stop(struct outlet *outlet);

/* Whether the last piece has gone out, as far as the terminal tells, and it would take another. */
bool outlet_is_free(struct outlet *outlet);
/**
 * outlet_send() - a piece, which has to wait for outlet_is_free()
 * @from_fd: a file, of which all goes out; it is empty afterwards
 * Return: 0, -EBUSY or another -errno, and nothing has changed
 */
int outlet_send(struct outlet *outlet, int from_fd);

/* Waits for the last piece, though not for a terminal that takes nothing for a second. Return: whether it has gone. */
bool outlet_finish(struct outlet *outlet);
/**
 * outlet_drop() - what has not gone out never does, as far as the terminal still has it
 * An output stopped by Ctrl-S goes on, or nothing could be told any more.
 * Return: whether the terminal is the caller's now
 */
bool outlet_drop(struct outlet *outlet);
