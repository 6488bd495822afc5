/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recomputed.h - a stored run under the assumptions of the options, and the copy that --save makes of it */
#pragma once

#include "cli/cli.h"
#include "cli/figures.h"
#include "cli/live/memory.h"
#include "history/history.h"
#include "model/report.h"

/**
 * recomputed_report() - the record's run takes the options over its own place, figure and policies
 * @memory: where many runs ask providers; NULL: each asks for itself
 */
int recomputed_report(const struct cli *cli, struct history *history, struct history_record *record,
                      const struct figures *figures, struct live_memory *memory,
                      struct report *report_out, struct aico2_error *err);

/* Stores it as a run of its own, so that the original stays what it was; the ids of both are changed. */
int recomputed_save(struct history *history, struct history_record *record, struct report *report,
                    struct aico2_error *err);
