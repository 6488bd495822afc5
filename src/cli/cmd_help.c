/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_help.c - `aico2 help [COMMAND]` */
#include "cli/commands.h"
#include "cli/help.h"

int cmd_help(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct command *command;

    if (cli->operands.count == 0) {
        help_program(&text, cli->out_style);
        return cli_print(cli, &text);
    }
    command = command_find(cli->operands.words[0]);
    if (command == NULL)
        return commands_unknown(cli, cli->operands.words[0]);
    help_command(&text, command, cli->out_style);
    return cli_print(cli, &text);
}
