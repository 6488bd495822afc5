/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.h - help made from the tables of commands and options, in 80 columns */
#pragma once

#include "cli/cli.h"

/* What `aico2` alone prints: about fifteen lines with examples. */
void help_short(struct strbuf *out, struct text_style style);
/* All commands. */
void help_program(struct strbuf *out, struct text_style style);
void help_command(struct strbuf *out, const struct command *command, struct text_style style);
