/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/options.h - --prometheus-url and what goes with it, as a question to the fetcher */
#pragma once

#include "cli/cli.h"
#include "model/remote.h"

/* Whether --source says so. */
bool remote_is_source(const struct options *options);

/* -EINVAL for what makes sense with a server only, where the command line has it and none is the source. */
int remote_check_unused(const struct options *options, struct aico2_error *err);

/* What a window's devices have told. Return: 0; -EINVAL; a file's -ENOENT, -EACCES. */
int remote_question_from_options(const struct options *options, int64_t from_wall_ns,
                                 int64_t to_wall_ns, struct remote_question *question_out,
                                 struct aico2_error *err);
