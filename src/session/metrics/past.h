/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/past.h - a stored run as snapshots of its time, the oldest first
 *
 * Each series has the run's id: several runs may have watched one device at once, and what a server has of the
 * device itself (aico2_energy_joules_total) is told by who measures now.
 */
#pragma once

#include "base/error.h"
#include "history/history.h"
#include "model/metrics.h"
#include "model/report.h"

/* Return: 0; anything else ends it, and is returned. */
typedef int past_metrics_fn(void *payload, const struct metrics *metrics);

/**
 * past_metrics() - the run at its start, a snapshot a second at most, and the run at its end
 * @report: of the run
 * An hour of samples is in memory at a time.
 * Return: 0, what the callback returned, or -errno
 */
int past_metrics(struct history *history, const struct report *report, past_metrics_fn *each,
                 void *payload, struct aico2_error *err);
