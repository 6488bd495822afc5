/* SPDX-License-Identifier: Apache-2.0 */
/* cli/training.h - the options of `run` that tell of a training: its epochs and where they are told */
#pragma once

#include "cli/cli.h"
#include "session/session.h"

struct command_output;

/**
 * training_from_options() - fills in what was given
 * @output: what the command prints, to be followed; NULL: it is not
 * Return: 0; -EINVAL for options that do not go together
 */
int training_from_options(const struct cli *cli, const struct command_output *output,
                          struct session_options *session, struct aico2_error *err);
