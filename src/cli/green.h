/* SPDX-License-Identifier: Apache-2.0 */
/* cli/green.h - `run --green-within`: waits for the greenest time before the command is started */
#pragma once

#include "cli/cli.h"
#include "cli/figures.h"
#include "model/run_wait.h"

/**
 * green_wait() - sleeps until the greenest start, by --duration and --intensity-file or --provider
 * Says on standard error until when, and what that saves, unless --quiet; a signal ends the program as it
 * ends any other that sleeps. Without figures for the time ahead it warns and does not wait: the command comes first.
 * A command that cannot be found, or an output that cannot be written, fails before the wait.
 * wait_out: what the report tells of the wait.
 * Return: 0; the signal that ended the wait of a container's first process, for nothing else would; -EINVAL for options that do not go together; -errno for an output.
 */
int green_wait(const struct cli *cli, const struct figures *figures, struct run_wait *wait_out,
               struct aico2_error *err);
