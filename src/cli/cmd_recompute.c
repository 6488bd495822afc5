/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_recompute.c - `aico2 recompute RUN`: stored joules under another place, PUE or policy */
#include <errno.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/recompute_all.h"
#include "cli/recomputed.h"
#include "session/report/build.h"

static int one_run(struct cli *cli)
{
    bool stored = options_flag(&cli->options, OPT_SAVE);
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct history_record record = { 0 };
    struct figures figures = { 0 };
    struct history *history = NULL;
    struct report report = { 0 };
    struct aico2_error err = { 0 };
    int status = 0;
    int r = figures_for_stored(cli, &figures, &err);

    if (r == 0)
        r = figures_open_history(cli, stored ? HISTORY_WRITE : HISTORY_READ, &history, &err);
    if (r == 0)
        r = history_load(history, cli->operands.words[0], &record, &err);
    if (r == 0)
        r = recomputed_report(cli, history, &record, &figures, NULL, &report, &err);
    if (r == 0) {
        memcpy(report.recomputed_from, record.run.id, sizeof(report.recomputed_from));
        if (stored)
            r = recomputed_save(history, &record, &report, &err);
    }
    if (r == 0) {
        figures_format(cli, &report, cli->out_style, &text);
        status = cli_print(cli, &text);
        r = figures_write(cli, &report, &err);
    }
    if (r < 0)
        status = cli_fail(cli, &err);
    report_deinit(&report);
    history_record_deinit(&record);
    history_close(history);
    figures_deinit(&figures);
    return status;
}

int cmd_recompute(struct cli *cli)
{
    static const enum option_id of_many[] = { OPT_START, OPT_END, OPT_STAGE, OPT_NAME };
    const struct options *options = &cli->options;
    bool all = options_flag(options, OPT_ALL);

    if (all == (cli->operands.count > 0)) {
        cli_error(cli, all ? "--all or one RUN, not both"
                           : "needs RUN or --all: aico2 recompute "
                             "[OPTION...] [RUN]");
        return 2;
    }
    if (all)
        return recompute_all(cli);
    for (size_t i = 0; i < ARRAY_LENGTH(of_many); i++) {
        if (options_origin(options, of_many[i]) == ORIGIN_COMMAND_LINE) {
            cli_error(cli, "--%s chooses among many runs: only with --all",
                      option_rows[of_many[i]].name);
            return 2;
        }
    }
    return one_run(cli);
}
