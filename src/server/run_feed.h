/* SPDX-License-Identifier: Apache-2.0 */
/* server/run_feed.h - the runs of the history that go on or have ended lately, looked up beside the measurement */
#pragma once

#include "base/error.h"
#include "session/metrics/lately.h"

struct run_feed; /* a thread of its own: a disk may be slow, and a history long */

/**
 * run_feed_start() - looks at once, and every few seconds from then on
 * @db_path: copied
 * Return: 0, -ENOMEM or another -errno
 */
int run_feed_start(struct run_feed **feed_out, const char *db_path, struct aico2_error *err);
/* Waits for a look that is under way. NULL allowed. */
void run_feed_stop(struct run_feed *feed);

/**
 * run_feed_take() - what the last look saw, if there was one since the last call; never waits for a look
 * @runs: replaced by it, and freed first; the caller's. What a run was told as does not fall.
 */
void run_feed_take(struct run_feed *feed, struct metrics_runs *runs);
