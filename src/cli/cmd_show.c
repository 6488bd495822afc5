/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_show.c - `aico2 show RUN`: the report of a stored run */
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/stored.h"
#include "session/report/build.h"

int cmd_show(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct history *history = NULL;
    struct report report;
    struct aico2_error err = { 0 };
    int status;
    int r = figures_open_history(cli, HISTORY_READ, &history, &err);

    if (r == 0)
        r = stored_joined(history, cli->operands.words[0], &report, &err);
    history_close(history);
    if (r < 0)
        return cli_fail(cli, &err);

    figures_format(cli, &report, cli->out_style, &text);
    status = cli_print(cli, &text);
    if (figures_write(cli, &report, &err) < 0)
        status = cli_fail(cli, &err);
    report_deinit(&report);
    return status;
}
