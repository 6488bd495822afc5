/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_runs.c - `aico2 runs`: what the history holds, newest first */
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "cli/commands.h"
#include "cli/figures.h"

static int print(const struct cli *cli, const struct run_row *rows, size_t count, const char *next)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_runs_json(&text, rows, count, next);
    else if (cli_format(cli) == CLI_CSV)
        write_runs_csv(&text, rows, count);
    else
        write_runs_text(&text, rows, count, next, cli->out_style);
    return cli_print(cli, &text);
}

int cmd_runs(struct cli *cli)
{
    const struct history_filter filter = {
        .limit = (size_t)options_integer(&cli->options, OPT_LIMIT),
        .cursor = options_text(&cli->options, OPT_CURSOR),
    };
    AICO2_CLEANUP(freep) struct run_row *rows = NULL;
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    char next[ULID_SIZE] = "";
    size_t count = 0;
    int r = figures_open_history(cli, HISTORY_READ, &history, &err);

    if (r == -ENOENT) /* no history yet: an empty list, not a failure */
        return print(cli, NULL, 0, "");
    if (r == 0)
        r = history_list(history, &filter, &rows, &count, next, &err);
    history_close(history);
    if (r < 0)
        return cli_fail(cli, &err);
    return print(cli, rows, count, next);
}
