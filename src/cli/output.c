/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output.c - results to stdout, one-line messages to stderr, and no loss unnoticed */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/cli.h"

enum { MESSAGE_SIZE = 1024 };

static void AICO2_PRINTF(3, 0)
    print_message(const struct cli *cli, const char *kind, const char *format, va_list arguments)
{
    char message[MESSAGE_SIZE];
    char clean[MESSAGE_SIZE];
    char line[MESSAGE_SIZE + 64];
    int length;

    (void)vsnprintf(message, sizeof(message), format, arguments);
    text_copy_clean(clean, sizeof(clean), message);
    length =
        snprintf(line, sizeof(line), "%s%s%s: %s%s\n", CLI_PROGRAM, cli->command == NULL ? "" : " ",
                 cli->command == NULL ? "" : cli->command->name, kind, clean);
    if (length > 0)
        (void)fs_write_all(STDERR_FILENO, line, (size_t)length);
}

void cli_error(const struct cli *cli, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(cli, "", format, arguments);
    va_end(arguments);
}

void cli_warning(const struct cli *cli, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(cli, "warning: ", format, arguments);
    va_end(arguments);
}

int cli_fail(const struct cli *cli, const struct aico2_error *err)
{
    cli_error(cli, "%s", err->message);
    if (err->code == -EINVAL)
        return command_usage_status(cli->command);
    return cli->command != NULL && cli->command->bit == COMMAND_RUN ? 125 : 1;
}

int cli_write(int fd, const struct strbuf *text, struct aico2_error *err)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before;
    int r;

    if (text->failed)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    /* only here: the command of `run` must find SIGPIPE as we found it */
    (void)sigaction(SIGPIPE, &ignore, &before);
    r = fs_write_all(fd, strbuf_text(text), text->length);
    (void)sigaction(SIGPIPE, &before, NULL);
    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot write to %s",
                                     fd == STDOUT_FILENO   ? "standard output"
                                     : fd == STDERR_FILENO ? "standard error"
                                                           : "the file");
    return 0;
}

int cli_print(const struct cli *cli, const struct strbuf *text)
{
    struct aico2_error err = { 0 };

    if (cli_write(STDOUT_FILENO, text, &err) == 0)
        return 0;
    cli_error(cli, "%s", err.message);
    return 1;
}
