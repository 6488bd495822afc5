/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_export.c - `aico2 export`: what the history holds, for other programs */
#include "cli/commands.h"
#include "cli/export.h"

int cmd_export(struct cli *cli)
{
    return export_runs(cli);
}
