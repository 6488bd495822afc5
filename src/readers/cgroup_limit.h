/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cgroup_limit.h - how much memory our control group may use */
#pragma once

#include <stdint.h>

#include "readers/reader.h"

/* The smallest limit from our control group up to the root, versions 1 and 2; 0: none. */
uint64_t cgroup_memory_limit(const struct reader_env *env);
