/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/window.h - --start and --end: a stretch of time that is past */
#pragma once

#include <stdint.h>

#include "config/options.h"

struct aico2_error;

/* -EINVAL for an end that is not after the start; either may be missing. */
int window_check(const struct options *options, struct aico2_error *err);
/* Both are needed. */
int window_from_options(const struct options *options, int64_t *from_wall_ns_out,
                        int64_t *to_wall_ns_out, struct aico2_error *err);
