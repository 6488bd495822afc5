/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_pending.c - commands whose own file is not written yet */
#include "cli/commands.h"

static int pending(const struct cli *cli)
{
    cli_error(cli, "not built into this program yet");
    return cli->command->bit == COMMAND_RUN ? 125 : 1;
}

int cmd_run(struct cli *cli)
{
    return pending(cli);
}

int cmd_measure(struct cli *cli)
{
    return pending(cli);
}

int cmd_estimate(struct cli *cli)
{
    return pending(cli);
}

int cmd_runs(struct cli *cli)
{
    return pending(cli);
}

int cmd_show(struct cli *cli)
{
    return pending(cli);
}

int cmd_compare(struct cli *cli)
{
    return pending(cli);
}

int cmd_recompute(struct cli *cli)
{
    return pending(cli);
}

int cmd_recover(struct cli *cli)
{
    return pending(cli);
}

int cmd_devices(struct cli *cli)
{
    return pending(cli);
}

/* cmd_intensity.c needs carbon and writers */
int cmd_intensity(struct cli *cli)
{
    return pending(cli);
}
