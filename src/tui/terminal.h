/* SPDX-License-Identifier: Apache-2.0 */
/* tui/terminal.h - the only one that knows the terminal library: shows a canvas, tells what was pressed */
#pragma once

#include "base/error.h"
#include "tui/canvas.h"
#include "tui/keys.h"

struct terminal;

/**
 * terminal_open() - takes standard output over, and gives it back in terminal_close()
 * Return: 0; -ENOTTY for a terminal that cannot place a cursor or is not known; -ENOMEM
 */
int terminal_open(struct terminal **terminal_out, bool colour, struct aico2_error *err);
void terminal_close(struct terminal *terminal); /* NULL allowed */
/* Before the end that somebody asked for: what the terminal has not shown yet holds nothing up. */
void terminal_drop(struct terminal *terminal);

/* Of now. Return: whether it is another one than before. */
bool terminal_size(struct terminal *terminal, int *rows_out, int *columns_out);
/* Whether the last picture has gone out, and another would. */
bool terminal_is_free(struct terminal *terminal);
/* What is not as it is shown already, on one that is free. Return: 0 or -errno. */
int terminal_show(struct terminal *terminal, const struct canvas *canvas);
/* Return: false: nothing more was pressed. */
bool terminal_read(struct terminal *terminal, struct input *input_out);

/* As it was before, until terminal_resume(). */
void terminal_suspend(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);
