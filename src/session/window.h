/* SPDX-License-Identifier: Apache-2.0 */
/* session/window.h - a past stretch of time out of what was recorded */
#pragma once

#include "base/error.h"
#include "history/history.h"
#include "model/intensity.h"

/**
 * window_read() - a record made of the stored samples of a window, whichever runs they belong to
 * @series: NULL, or the intensity series the slices are cut by
 * Several runs may have watched the same device at the same time: each stretch of time of a device
 * counts once. Samples that cross an edge count by the share of their time inside.
 * Return: 0; -ENODATA when nothing was recorded in the window; -errno of the history.
 */
int window_read(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                const struct intensity_series *series, struct history_record *record_out,
                struct aico2_error *err);
