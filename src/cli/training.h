/* SPDX-License-Identifier: Apache-2.0 */
/* cli/training.h - the options of `run` that tell of a training: its epochs and its log */
#pragma once

#include "cli/cli.h"
#include "session/session.h"

/* Fills in what was given. Return: 0; -EINVAL for options that do not go together. */
int training_from_options(const struct cli *cli, struct session_options *session,
                          struct aico2_error *err);
