/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stack_up.c - `aico2 up`: the services that measure through Prometheus, started */
#include "cli/stack_commands.h"
#include "cli/stack_plan.h"

static int print(const struct cli *cli, const struct stack_report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_stack_json(&text, report);
    else if (cli_format(cli) == CLI_CSV)
        write_stack_csv(&text, report);
    else
        write_stack_up_text(&text, report, cli->out_style);
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
    return print(cli, &report) != 0 || stack_up_count(&report) == 0 ? 1 : 0;
}
