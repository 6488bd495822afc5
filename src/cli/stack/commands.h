/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stack/commands.h - the two commands of aico2-stack */
#pragma once

#include "cli/cli.h"

/* Each returns the exit status of the program. */
int stack_up_command(const struct cli *cli);
int stack_down_command(const struct cli *cli);
