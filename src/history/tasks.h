/* SPDX-License-Identifier: Apache-2.0 */
/* history/tasks.h - the rows of a run's tasks */
#pragma once

#include "history/database.h"
#include "history/history.h"

/* Within a transaction; see history_put_tasks(). */
int write_tasks(struct database *database, int64_t run_key, const struct training *training,
                size_t first, const struct task *tasks, size_t task_count,
                const struct slice *slices, size_t slice_count, struct aico2_error *err);

/* What there is of them; a run without tasks has none. */
int read_tasks(struct database *database, int64_t run_key, struct history_record *record,
               struct aico2_error *err);
