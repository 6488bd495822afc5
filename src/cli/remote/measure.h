/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/measure.h - `measure --source prometheus`: a past window out of a time-series server */
#pragma once

#include "cli/cli.h"
#include "cli/figures.h"
#include "session/remote/window.h"

/**
 * remote_measure_check() - what can be told before anybody is asked
 * Return: 0; -EINVAL; -ENODATA: the window has not begun
 */
int remote_measure_check(const struct cli *cli, int64_t from_wall_ns, struct aico2_error *err);

/**
 * remote_measure_read() - ask the server and integrate what it tells
 * @result: remote_result_deinit(), whatever is returned; its run says whom it is from
 * Return: as remote_window_read()
 */
int remote_measure_read(const struct cli *cli, const struct figures *figures, int64_t from_wall_ns,
                        int64_t to_wall_ns, struct remote_result *result, struct aico2_error *err);

/* --save: keeps it as a run; one that is kept already is named in a warning. */
int remote_measure_save(const struct cli *cli, struct remote_result *result,
                        const struct report *report, struct aico2_error *err);
