/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cli.h - what every subcommand is given, and how it prints */
#pragma once

#include "base/attributes.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "config/options.h"
#include "writers/writer.h"

#define CLI_PROGRAM "aico2"

struct cli {
    const struct command *command; /* NULL before one is known */
    char **words;                  /* of the command line, after the command; ends with NULL */
    struct options options;
    struct operands operands;    /* for `run` the command: NULL-terminated, fit for execvp */
    struct text_style out_style; /* of standard output */
    struct text_style err_style; /* of standard error: the report of `run` */
};

/* "aico2 run: <message>", one line on stderr, whatever the message holds. */
void cli_error(const struct cli *cli, const char *format, ...) AICO2_PRINTF(2, 3);
/* The same with "warning: " before the message. */
void cli_warning(const struct cli *cli, const char *format, ...) AICO2_PRINTF(2, 3);

/* Prints err and returns the exit status: 2 for -EINVAL (a value of the user's), 1 for the rest; under
 * `run` always 125. */
int cli_fail(const struct cli *cli, const struct aico2_error *err);

/* All of a buffer to a descriptor. A reader that has gone is an error, not a signal.
 * Return: 0 or -errno; -ENOMEM when the buffer could not be built. */
int cli_write(int fd, const struct strbuf *text, struct aico2_error *err);

/* To standard output. Return: the exit status, 0, or 1 after a message on stderr. */
int cli_print(const struct cli *cli, const struct strbuf *text);

/* What may be drawn on a descriptor: colour, UTF-8, width. */
struct text_style cli_style(const struct options *options, int fd);
/* The three forms of a result. */
enum cli_format { CLI_TEXT, CLI_JSON, CLI_CSV };
enum cli_format cli_format(const struct cli *cli);
