/* SPDX-License-Identifier: Apache-2.0 */
/* session/recover.h - runs of this machine whose measuring process is gone */
#pragma once

#include "base/error.h"
#include "history/history.h"

/**
 * recover_dead_runs() - mark them recovered, with the totals of what was stored
 * A run is dead when its boot id, pid and start time no longer match a process here. Another host's
 * run is never touched.
 * @ids_out: on the heap, the caller's; NULL when there were none
 * Return: 0; -errno when none of those there are could be recovered
 */
int recover_dead_runs(struct history *history, char (**ids_out)[ULID_SIZE], size_t *count_out,
                      struct aico2_error *err);
