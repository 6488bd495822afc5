/* SPDX-License-Identifier: Apache-2.0 */
/* cli/main.c - finds the command, loads its options, calls it */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"

/* With a standard descriptor closed the next file opened would take its number, and output would go
 * into it. Ours fails as a closed one does, and close-on-exec leaves the command what we were given. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    }
}

static int print_version(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    strbuf_add(&text, CLI_PROGRAM " " AICO2_VERSION_TEXT "\n");
    return cli_print(cli, &text);
}

/* --help or --version, after a command. */
static int print_what_was_asked(struct cli *cli, int asked)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    int status;

    if (asked == OPTIONS_HELP_ASKED) {
        help_command(&text, cli->command, cli->out_style);
        status = cli_print(cli, &text);
    } else {
        status = print_version(cli);
    }
    /* under `run` a status of ours must not look like one of the command's */
    return status != 0 && cli->command->bit == COMMAND_RUN ? 125 : status;
}

static int call_command(struct cli *cli, int argc, char **argv)
{
    struct aico2_error err = { 0 };
    int status;
    int r;

    cli->words = argv + 1;
    r = options_load(&cli->options, argc, argv, cli->command, &options_env_system, &cli->operands,
                     &err);

    if (r < 0) {
        cli_error(cli, "%s", err.message);
        return command_usage_status(cli->command);
    }
    cli->out_style = cli_style(&cli->options, STDOUT_FILENO);
    cli->err_style = cli_style(&cli->options, STDERR_FILENO);
    status = r > 0 ? print_what_was_asked(cli, r) : commands_call(cli);
    options_deinit(&cli->options);
    return status;
}

static int top_level_option(struct cli *cli, const char *word)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    char clean[64];

    if (strcmp(word, "--version") == 0)
        return print_version(cli);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        help_program(&text, cli->out_style);
        return cli_print(cli, &text);
    }
    text_copy_clean(clean, sizeof(clean), word);
    cli_error(cli,
              "'%s' before the command: options come after it, as in `" CLI_PROGRAM
              " run --country FR -- ./train`",
              clean);
    return 2;
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };

    /* an arena of its own for each of our few threads costs a megabyte of room and, as SQLite makes
     * it grow, a system call a page */
    (void)mallopt(M_ARENA_MAX, 1);
    hold_standard_descriptors();
    (void)setlocale(LC_CTYPE, ""); /* never LC_NUMERIC: figures have a point everywhere */
    cli.out_style = cli_style(NULL, STDOUT_FILENO);
    cli.err_style = cli_style(NULL, STDERR_FILENO);

    if (argc < 2) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

        help_short(&text, cli.out_style);
        return cli_print(&cli, &text);
    }
    if (argv[1][0] == '-')
        return top_level_option(&cli, argv[1]);
    cli.command = command_find(argv[1]);
    if (cli.command == NULL)
        return commands_unknown(&cli, argv[1]);
    return call_command(&cli, argc - 1, argv + 1);
}
