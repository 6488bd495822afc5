/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/window.h - the report of a past stretch of time, out of what was recorded */
#ifndef AICO2_WINDOW_H
#define AICO2_WINDOW_H

#include <aico2/error.h>
#include <aico2/export.h>
#include <aico2/report.h>
#include <aico2/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * aico2_window_report() - what this machine used between two times, whichever runs recorded it
 * @report_out: the caller's, to be given to aico2_report_free(); untouched on failure
 * @options:    as for aico2_session_new(): the history, the place, PUE, scope, idle, embodied emissions; the
 *              rest has no effect. NULL: nothing given
 * @start_s:    seconds since 1970, UTC, with fractions
 * @end_s:      likewise, after start_s
 *
 * Where several runs have watched a device at the same time, each moment of it counts once. A run that goes on
 * is in the history up to a second ago. Time that nobody recorded is a gap of the devices' coverage.
 *
 * Return: 0; -ENODATA when nothing was recorded in the window; -ENOENT when there is no history; -EINVAL for a
 * value out of its range, an unknown place, or an end that is not after the start; -EACCES, -EBADMSG, -ENOTSUP,
 * -ENOMEM.
 */
AICO2_API int aico2_window_report(struct aico2_report **report_out,
                                  const struct aico2_options *options, double start_s, double end_s,
                                  struct aico2_error *err);

#ifdef __cplusplus
}
#endif

#endif
