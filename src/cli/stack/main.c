/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stack/main.c - aico2-stack, which `aico2 up` and `aico2 down` become: it asks services whether they are up
 *
 * A program of its own, because it has sockets: `aico2` itself cannot talk to anybody.
 */
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cli/stack/commands.h"

static int call(struct cli *cli, int argc, char **argv)
{
    struct aico2_error err = { 0 };
    int status = 0;
    int r = options_load(&cli->options, argc, argv, cli->command, &options_env_system,
                         &cli->operands, &err);

    if (r < 0) {
        cli_error(cli, "%s", err.message);
        return command_usage_status(cli->command);
    }
    cli->out_style = cli_style(&cli->options, STDOUT_FILENO);
    cli->err_style = cli_style(&cli->options, STDERR_FILENO);
    if (r == 0)
        status = cli->command->bit == COMMAND_UP ? stack_up_command(cli) : stack_down_command(cli);
    options_deinit(&cli->options);
    return status;
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };

    (void)setlocale(LC_CTYPE, "");
    if (argc >= 2)
        cli.command = command_find(argv[1]);
    if (cli.command == NULL || (cli.command->bit & (COMMAND_UP | COMMAND_DOWN)) == 0) {
        cli_error(&cli, "this program is started by `aico2 up` and `aico2 down`");
        return 2;
    }
    cli.words = argv + 2;
    return call(&cli, argc - 1, argv + 1);
}
