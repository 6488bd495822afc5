/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.c - help made from the tables of commands and options, in 80 columns */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { WIDTH = 79, OPTION_COLUMN = 26 };

static void add_heading(struct strbuf *out, const char *heading, struct text_style style)
{
    strbuf_printf(out, "\n%s%s%s\n", style.colour ? "\033[1m" : "", heading,
                  style.colour ? "\033[0m" : "");
}

/* Words of a paragraph from a column on; `at` is where the cursor stands. "\n\n" parts paragraphs. */
static void add_wrapped(struct strbuf *out, const char *text, size_t indent, size_t at)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " \n");

        if (at > indent && at + 1 + length > WIDTH) {
            strbuf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            strbuf_add(out, " ");
            at++;
        } else if (at < indent) {
            strbuf_printf(out, "%*s", (int)(indent - at), "");
            at = indent;
        }
        strbuf_add_bytes(out, text, length);
        at += length;
        text += length;
        if (strncmp(text, "\n\n", 2) == 0) {
            strbuf_add(out, "\n\n");
            at = 0;
        }
        text += strspn(text, " \n");
    }
    strbuf_add(out, "\n");
}

static void add_option_name(struct strbuf *name, const struct option_row *row)
{
    if (row->letter != 0)
        strbuf_printf(name, "  -%c, ", row->letter);
    else
        strbuf_add(name, "  ");
    strbuf_printf(name, "--%s", row->name);
    if (row->id == OPT_EMBODIED)
        strbuf_printf(name, ", --no-%s", row->name);
    if (row->argument != NULL)
        strbuf_printf(name, " %s", row->argument);
}

static void add_option_text(struct strbuf *text, const struct option_row *row,
                            const struct command *command)
{
    const char *fallback = command->bit == COMMAND_RUN && row->fallback_of_run != NULL
                               ? row->fallback_of_run
                               : row->fallback;
    char range[80];

    strbuf_add(text, row->summary);
    if (row->choices != NULL) {
        strbuf_add(text, ": ");
        for (const char *at = row->choices; *at != '\0'; at++)
            strbuf_add(text, *at == '|' ? ", " : (char[]){ *at, '\0' });
    }
    option_range(row, range, sizeof(range));
    if (range[0] != '\0')
        strbuf_printf(text, ", %s", range);
    if (row->type == OPTION_FLAG && row->id == OPT_EMBODIED)
        strbuf_add(text, " (default: on)");
    else if (row->type != OPTION_FLAG && fallback != NULL)
        strbuf_printf(text, " (default: %s)", fallback);
}

static void add_row(struct strbuf *out, const char *name, const char *text)
{
    size_t columns = text_columns(name);

    strbuf_add(out, name);
    if (columns + 2 > OPTION_COLUMN) {
        strbuf_add(out, "\n");
        columns = 0;
    }
    add_wrapped(out, text, OPTION_COLUMN, columns);
}

static void add_options(struct strbuf *out, const struct command *command, struct text_style style)
{
    add_heading(out, "Options:", style);
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf name = { 0 };
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

        if ((option_rows[i].commands & command->bit) == 0)
            continue;
        add_option_name(&name, &option_rows[i]);
        add_option_text(&text, &option_rows[i], command);
        out->failed = out->failed || name.failed || text.failed;
        add_row(out, strbuf_text(&name), strbuf_text(&text));
    }
    add_row(out, "  -h, --help", "print this help");
    add_row(out, "  --version", "print the version");
}

static void add_statuses(struct strbuf *out, const struct exit_row *rows)
{
    for (; rows->status != NULL; rows++) {
        strbuf_printf(out, "  %-5s", rows->status);
        add_wrapped(out, rows->meaning, 8, 7);
    }
}

static void add_files(struct strbuf *out, struct text_style style)
{
    add_heading(out, "Options may also be set, from the strongest to the weakest:", style);
    strbuf_add(out, "  AICO2_<OPTION>\n");
    add_wrapped(out, "in the environment, as in AICO2_COUNTRY=FR or AICO2_EMBODIED=false", 6, 0);
    for (const struct exit_row *row = file_rows; row->status != NULL; row++) {
        strbuf_printf(out, "  %s\n", row->status);
        add_wrapped(out, row->meaning, 6, 0);
    }
}

void help_command(struct strbuf *out, const struct command *command, struct text_style style)
{
    strbuf_printf(out, "Usage: %s %s [OPTION...]%s%s\n\n", CLI_PROGRAM, command->name,
                  command->operands[0] == '\0' ? "" : " ", command->operands);
    add_wrapped(out, command->description, 0, 0);
    add_options(out, command, style);
    if (command->bit == COMMAND_RUN || command->bit == COMMAND_CONFIG)
        add_files(out, style);
    add_heading(out, "Exit status:", style);
    add_statuses(out, command->bit == COMMAND_RUN ? exit_rows_run : exit_rows);
    add_heading(out, "Examples:", style);
    for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && command->examples[i].line != NULL; i++)
        strbuf_printf(out, "  %s\n      %s\n", command->examples[i].line,
                      command->examples[i].what);
}

static void add_commands(struct strbuf *out)
{
    for (size_t i = 0; i < command_row_count; i++)
        strbuf_printf(out, "  %-11s%s\n", command_rows[i].name, command_rows[i].summary);
}

static void add_command_names(struct strbuf *out)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf names = { 0 };

    for (size_t i = 0; i < command_row_count; i++)
        strbuf_printf(&names, "%s%s", i == 0 ? "" : ", ", command_rows[i].name);
    out->failed = out->failed || names.failed;
    strbuf_add(out, "\nCommands: ");
    add_wrapped(out, strbuf_text(&names), 10, 10);
}

void help_short(struct strbuf *out, struct text_style style)
{
    strbuf_add(out, "Usage: " CLI_PROGRAM " COMMAND [OPTION...]\n"
                    "Energy and carbon of a training, with what was measured and how surely.\n");
    add_heading(out, "Examples:", style);
    strbuf_add(out, "  " CLI_PROGRAM " run -- python3 train.py         measure a command\n"
                    "  " CLI_PROGRAM " run --country FR -- ./train     say where the machine is\n"
                    "  " CLI_PROGRAM " runs                            what was measured so far\n"
                    "  " CLI_PROGRAM " devices                         what can be measured here\n"
                    "  " CLI_PROGRAM " estimate --gpu A100 --hours 8   without measuring\n");
    add_command_names(out);
    strbuf_add(out, "\n`" CLI_PROGRAM " help` tells what each does, `" CLI_PROGRAM
                    " help run` all that run can.\n");
}

void help_program(struct strbuf *out, struct text_style style)
{
    strbuf_add(out, "Usage: " CLI_PROGRAM " COMMAND [OPTION...]\n"
                    "       " CLI_PROGRAM " [--version] [--help]\n"
                    "Energy and carbon of a training, with what was measured and how surely.\n");
    add_heading(out, "Commands:", style);
    add_commands(out);
    strbuf_add(out,
               "\nResults go to standard output, the rest to standard error. Every result has\n"
               "--json and --format csv.\n");
    add_files(out, style);
    add_heading(out, "Exit status:", style);
    add_statuses(out, exit_rows);
    add_wrapped(out, "`run` has those of the command; see its help.", 2, 0);
    strbuf_add(out, "\n`" CLI_PROGRAM " help COMMAND` or `" CLI_PROGRAM
                    " COMMAND --help` tells all about one.\n");
}
