/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stack/commands.c - `aico2 up` and `aico2 down`: the services that measure through Prometheus, started and ended */
#include "cli/stack/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/stack/plan.h"

typedef void write_text_fn(struct strbuf *out, const struct stack_report *report,
                           struct text_style style);

static int print(const struct cli *cli, const struct stack_report *report,
                 write_text_fn *write_text)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_stack_json(&text, report);
    else if (cli_format(cli) == CLI_CSV)
        write_stack_csv(&text, report);
    else
        write_text(&text, report, cli->out_style);
    return cli_print(cli, &text);
}

int stack_up_command(const struct cli *cli)
{
    struct aico2_error err = { 0 };
    struct stack_request request;
    struct stack_report report;
    int r = stack_request_open(cli, &request, &err);

    if (r < 0)
        return cli_fail(cli, &err);
    r = stack_up(&request.plan, &report, &err);
    stack_request_close(&request);
    if (r < 0)
        return cli_fail(cli, &err);
    return print(cli, &report, write_stack_up_text) != 0 || stack_up_count(&report) == 0 ? 1 : 0;
}

static bool is_left(const struct stack_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->services[i].state == STACK_LEFT)
            return true;
    }
    return false;
}

int stack_down_command(const struct cli *cli)
{
    struct aico2_error err = { 0 };
    struct stack_request request;
    struct stack_report report = { 0 };
    int r = stack_request_open(cli, &request, &err);

    if (r < 0)
        return cli_fail(cli, &err);
    r = stack_down(&request.plan, &report, &err);
    if (r == -ENOENT) { /* never started: nothing is what there is to end */
        (void)snprintf(report.directory, sizeof(report.directory), "%s", request.directory);
        r = 0;
    }
    stack_request_close(&request);
    if (r < 0)
        return cli_fail(cli, &err);
    return print(cli, &report, write_stack_down_text) != 0 || is_left(&report) ? 1 : 0;
}
