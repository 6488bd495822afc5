/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export.h - the ways the history leaves: as a table of runs, as metrics */
#pragma once

#include "cli/cli.h"

/* Each: the exit status. */
int export_runs(const struct cli *cli);
int export_textfile(const struct cli *cli);
