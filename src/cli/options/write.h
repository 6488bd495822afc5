/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/write.h - --remote-write and what goes with it, as a set-up for the fetcher that pushes */
#pragma once

#include "base/error.h"
#include "config/options.h"
#include "model/push.h"

#define WRITE_JOB "aico2"

/**
 * write_setup_from_options() - who gets the samples, and under which instance and job
 * instance is this machine's host name. What belongs to the mode and the queue is the caller's.
 * Return: 0; -EINVAL; a file's -ENOENT, -EACCES; the message names the option
 */
int write_setup_from_options(const struct options *options, struct push_setup *setup_out,
                             struct aico2_error *err);
