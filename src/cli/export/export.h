/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export/export.h - the ways the history leaves: as a table of runs, as metrics */
#pragma once

#include "cli/cli.h"
#include "history/history.h"

/* Each: the exit status. */
int export_runs(const struct cli *cli);
int export_textfile(const struct cli *cli);
int export_push(const struct cli *cli);

/* 0 or -errno */
typedef int export_run_fn(void *payload, const struct run_row *row, struct aico2_error *err);

/**
 * export_each_run() - calls with each run that options are about, newest first, a page in memory
 * --stage and --name of the command line; --start, --end.
 * Return: 0, -errno of the history, or what a call gave that failed: it is the last then
 */
int export_each_run(const struct cli *cli, struct history *history, export_run_fn *each,
                    void *payload, struct aico2_error *err);
