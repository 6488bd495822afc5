/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_status.h - which way RAPL counters are read, why they cannot be, what would help */
#pragma once

#include "readers/rapl_find.h"
#include "readers/reader.h"

/* state READER_USED: at least one counter is open. doors: a line for each of the three too. */
void rapl_explain(struct reader_status *status_out, struct rapl_world *world,
                  const struct rapl_found *found, bool doors);
