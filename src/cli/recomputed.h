/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recomputed.h - a stored run under the assumptions of the options, and the copy that --save makes of it */
#pragma once

#include "cli/cli.h"
#include "cli/figures.h"
#include "history/history.h"
#include "model/report.h"

/* The record's run takes the options over its own place, figure and policies. */
int recomputed_report(const struct cli *cli, struct history *history, struct history_record *record,
                      const struct figures *figures, struct report *report_out,
                      struct aico2_error *err);

/* Stores it as a run of its own, so that the original stays what it was; the ids of both are changed. */
int recomputed_save(struct history *history, struct history_record *record, struct report *report,
                    struct aico2_error *err);
