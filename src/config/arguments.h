/* SPDX-License-Identifier: Apache-2.0 */
/* config/arguments.h - the words of a command line, GNU style */
#pragma once

#include "config/option_value.h"

/**
 * arguments_parse() - options and operands from argv
 * Operands are gathered from argv[1] on, order kept; for a command that stops at its first operand
 * everything from there on is left as it is, and argv is not changed.
 * Return: 0, OPTIONS_HELP_ASKED, OPTIONS_VERSION_ASKED, -EINVAL, -ENOMEM
 */
int arguments_parse(struct options *options, int argc, char **argv, const struct command *command,
                    struct operands *operands_out, struct aico2_error *err);
