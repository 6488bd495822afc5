/* SPDX-License-Identifier: Apache-2.0 */
/* history/rollup.h - samples put together while they are stored, so that a long run is drawn without reading them all */
#pragma once

#include "history/database.h"
#include "history/history.h"

/* Puts together what has become complete with these samples; within the transaction that stores them. */
int rollup_advance(struct database *database, int64_t run_key, int64_t interval_ns,
                   const struct history_sample *samples, size_t count, struct aico2_error *err);
/* The same of a run that was new, and gets no more. */
int rollup_all(struct database *database, int64_t run_key, int64_t interval_ns,
               const struct history_sample *samples, size_t count, struct aico2_error *err);
/* What was rolled up of samples that were thinned is gone with them. */
int rollup_drop_until(struct database *database, int64_t run_key, int64_t end_wall_ns,
                      struct aico2_error *err);
