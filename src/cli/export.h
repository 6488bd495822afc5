/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export.h - the ways the history leaves: as a table of runs, as metrics */
#pragma once

#include "cli/cli.h"
#include "history/history.h"

/* Each: the exit status. */
int export_runs(const struct cli *cli);
int export_textfile(const struct cli *cli);
int export_push(const struct cli *cli);

/* What options say of which runs: --stage and --name of the command line; --start, --end. */
struct history_filter export_filter(const struct cli *cli);
bool export_chooses(const struct cli *cli, const struct run_row *run);
/* -EINVAL for an end that is not after the start. */
int export_check_window(const struct options *options, struct aico2_error *err);
