/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_compare.c - `aico2 compare A B`: two runs with their bands */
#include <string.h>

#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/stored.h"
#include "session/report/build.h"
#include "session/report/compare.h"

static int print(const struct cli *cli, const struct comparison *comparison)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_comparison_json(&text, comparison);
    else if (cli_format(cli) == CLI_CSV)
        write_comparison_csv(&text, comparison);
    else
        write_comparison_text(&text, comparison, cli->out_style);
    return cli_print(cli, &text);
}

/* Joules compare whatever the grams are of; grams of two kinds do not. */
static void warn_of_kinds(const struct cli *cli, const struct report *a, const struct report *b)
{
    if (strcmp(a->intensity.kind, b->intensity.kind) != 0)
        cli_warning(
            cli,
            "the grams of one are by a %s figure, of the other by a %s one: they are not to "
            "be compared (recompute --kind)",
            a->intensity.kind, b->intensity.kind);
}

int cmd_compare(struct cli *cli)
{
    struct history *history = NULL;
    struct report a = { 0 };
    struct report b = { 0 };
    struct comparison comparison = { 0 };
    struct aico2_error err = { 0 };
    int status;
    int r = figures_open_history(cli, HISTORY_READ, &history, &err);

    if (r == 0)
        r = stored_joined(history, cli->operands.words[0], &a, &err);
    if (r == 0)
        r = stored_joined(history, cli->operands.words[1], &b, &err);
    if (r == 0)
        r = comparison_make(&a, &b, &comparison, &err);
    if (r == 0)
        warn_of_kinds(cli, &a, &b);
    status = r < 0 ? cli_fail(cli, &err) : print(cli, &comparison);
    comparison_deinit(&comparison);
    report_deinit(&a);
    report_deinit(&b);
    history_close(history);
    return status;
}
