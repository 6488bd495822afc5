/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/lately.h - the runs of a history that go on or have ended lately, as metrics tell them */
#pragma once

#include "history/history.h"
#include "session/metrics/report.h"

struct metrics_runs {
    struct metrics_run *items; /* newest first */
    size_t count;
};

/**
 * runs_lately() - those whose last sample is of `since_wall_ns` or later
 * @most: the newest so many: each is a series or more in somebody's database
 * Those that began more than three months before are not looked for, so that a long history is not read whole.
 * What is no work of its own is left out: copies that `recompute --save` made. One that goes on is told
 * as far as it is stored; one that cannot be told is left out.
 * Return: 0 or -errno of the history; metrics_runs_deinit() frees
 */
int runs_lately(struct history *history, int64_t since_wall_ns, size_t most,
                struct metrics_runs *runs_out, struct aico2_error *err);
void metrics_runs_deinit(struct metrics_runs *runs);
/* Of those of less than a second only the time is told to everybody. */
void metrics_runs_coarsen(struct metrics_runs *runs);

/* A run that was told as more before stays there: its idle power may be known better since. */
void metrics_runs_keep(struct metrics_runs *runs, const struct metrics_runs *before);
