/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_export.c - `aico2 export`: what the history holds, for other programs */
#include "cli/commands.h"
#include "cli/export/export.h"

/* Runs have places of their own: what would be said of them here means nothing. */
static int check_options(const struct cli *cli)
{
    static const enum option_id of_textfile[] = {
        OPT_COUNTRY,   OPT_REGION,          OPT_CLOUD,         OPT_ZONE,
        OPT_INTENSITY, OPT_INTENSITY_TABLE, OPT_KIND,          OPT_YEAR,
        OPT_PUE,       OPT_ENDED_WITHIN,    OPT_METRICS_NAMES,
    };

    for (size_t i = 0; i < ARRAY_LENGTH(of_textfile); i++) {
        if (options_origin(&cli->options, of_textfile[i]) == ORIGIN_COMMAND_LINE) {
            cli_error(cli,
                      "--%s is of --textfile; runs are told as they were, and `" CLI_PROGRAM
                      " recompute --all` puts them elsewhere",
                      option_rows[of_textfile[i]].name);
            return 2;
        }
    }
    return 0;
}

int cmd_export(struct cli *cli)
{
    /* a file of options names where `serve` pushes: that alone sends no history */
    const bool pushes = options_origin(&cli->options, OPT_REMOTE_WRITE) == ORIGIN_COMMAND_LINE;
    int status;

    if (options_text(&cli->options, OPT_TEXTFILE) != NULL && !pushes)
        return export_textfile(cli);
    status = check_options(cli);
    if (status != 0)
        return status;
    return pushes ? export_push(cli) : export_runs(cli);
}
