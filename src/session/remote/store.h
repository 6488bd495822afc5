/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/store.h - a window of a server kept as a run of the history, once */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/report.h"
#include "session/remote/window.h"

/* Its identifier and state: what was told the same twice is the same run. Before the report is built. */
void remote_store_name(struct remote_result *result);

/**
 * remote_store() - store it, of a window that was read with `hours`
 * @already_out: it is in the history, and nothing was stored
 * Return: 0, or the history's errors
 */
int remote_store(const char *db_path, struct remote_result *result, const struct report *report,
                 bool *already_out, struct aico2_error *err);
