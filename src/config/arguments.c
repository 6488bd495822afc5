/* SPDX-License-Identifier: Apache-2.0 */
/* config/arguments.c - the words of a command line, GNU style: no abbreviations, the last one wins */
#include "config/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct argument_reader {
    struct options *options;
    struct option_source source;
    const struct command *command;
    char **argv;
    int argc;
    int at;
};

/* "run, measure" for the commands of a row. */
static void list_commands(uint32_t commands, char *text_out, size_t size)
{
    size_t used = 0;

    text_out[0] = '\0';
    for (size_t i = 0; i < command_row_count && used < size; i++) {
        if ((command_rows[i].bit & commands) != 0)
            used += (size_t)snprintf(text_out + used, size - used, "%s%s", used == 0 ? "" : ", ",
                                     command_rows[i].name);
    }
}

static int unknown_option(const struct argument_reader *reader, const char *word, const char *name,
                          struct aico2_error *err)
{
    const char *nearest = option_nearest(name, reader->command->bit, false);
    char quote[QUOTE_SIZE];

    option_quote(quote, word);
    if (nearest == NULL)
        return aico2_error_set(err, -EINVAL, "unknown option '%s': see `aico2 help %s`", quote,
                               reader->command->name);
    return aico2_error_set(err, -EINVAL, "unknown option '%s': nearest is '--%s'", quote, nearest);
}

static int wrong_command(const struct argument_reader *reader, const struct option_row *row,
                         struct aico2_error *err)
{
    const char *nearest = option_nearest(row->name, reader->command->bit, false);
    char commands[128];

    /* only one that it is the beginning of: it was known by name, so it is no slip of the fingers */
    if (nearest != NULL && strncmp(nearest, row->name, strlen(row->name)) != 0)
        nearest = NULL;
    list_commands(row->commands, commands, sizeof(commands));
    return aico2_error_set(err, -EINVAL, "--%s is not an option of '%s', but of: %s%s%s%s%s",
                           row->name, reader->command->name, commands,
                           row->id == OPT_CSV ? " (CSV as the result: --format csv)" : "",
                           nearest != NULL ? "; nearest here is '--" : "",
                           nearest != NULL ? nearest : "", nearest != NULL ? "'" : "");
}

/* A value that is itself an option of ours was most likely forgotten; "--name=--json" says it was not. */
static bool looks_forgotten(const char *word)
{
    char name[32];
    bool negated;

    if (strcmp(word, "--") == 0)
        return true;
    if (strncmp(word, "--", 2) != 0 || strcspn(word + 2, "=") >= sizeof(name))
        return false;
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
    return option_find(name, &negated) != NULL;
}

static int set_option(struct argument_reader *reader, const struct option_row *row, bool negated,
                      const char *shown, const char *attached, struct aico2_error *err)
{
    const char *value = attached;

    if ((row->commands & reader->command->bit) == 0)
        return wrong_command(reader, row, err);
    if (row->type == OPTION_FLAG) {
        if (attached != NULL)
            return aico2_error_set(err, -EINVAL, "%s takes no value", shown);
        value = "true";
    } else if (value == NULL) {
        if (reader->at + 1 >= reader->argc || looks_forgotten(reader->argv[reader->at + 1]))
            return aico2_error_set(err, -EINVAL, "%s needs a value: %s %s", shown, shown,
                                   row->argument);
        value = reader->argv[++reader->at];
    }
    return option_set(reader->options, &reader->source, row, negated, value, shown, shown, err);
}

static int take_long(struct argument_reader *reader, const char *word, struct aico2_error *err)
{
    const char *equals = strchr(word, '=');
    const struct option_row *row = NULL;
    char shown[48];
    bool negated;
    size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);

    if (length < sizeof(shown)) {
        (void)snprintf(shown, sizeof(shown), "%.*s", (int)length, word);
        row = option_find(shown + 2, &negated);
    } else {
        (void)snprintf(shown, sizeof(shown), "%.*s", (int)sizeof(shown) - 1, word);
    }
    if (row == NULL && strcmp(shown, "--help") == 0 && equals == NULL)
        return OPTIONS_HELP_ASKED;
    if (row == NULL && strcmp(shown, "--version") == 0 && equals == NULL)
        return OPTIONS_VERSION_ASKED;
    if (row == NULL)
        return unknown_option(reader, length < sizeof(shown) ? shown : word, shown + 2, err);
    return set_option(reader, row, negated, shown, equals == NULL ? NULL : equals + 1, err);
}

static int take_short(struct argument_reader *reader, const char *word, struct aico2_error *err)
{
    char shown[3] = { '-', word[1], '\0' };

    if (strcmp(word, "-h") == 0)
        return OPTIONS_HELP_ASKED;
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        /* "-output" is a long option short of a dash, not a file of the name "utput" */
        if (option_rows[i].letter != 0 && option_rows[i].letter == word[1] &&
            strcmp(word + 1, option_rows[i].name) != 0)
            return set_option(reader, &option_rows[i], false, shown,
                              word[2] == '\0' ? NULL : word + 2, err);
    }
    return unknown_option(reader, word, word + 1, err);
}

static int check_operands(const struct command *command, const struct operands *operands,
                          struct aico2_error *err)
{
    char quote[QUOTE_SIZE];

    if (operands->count < command->operand_least)
        return aico2_error_set(err, -EINVAL, "needs %s: aico2 %s [OPTION...] %s",
                               command->stops_at_operand ? "a command" : command->operands,
                               command->name, command->operands);
    if (operands->count > command->operand_most) {
        option_quote(quote, operands->words[command->operand_most]);
        return aico2_error_set(err, -EINVAL, "one word too many: '%s'", quote);
    }
    return 0;
}

/* A plain word joins those already gathered at the front of argv, all of which have been read. */
static int take_words(struct argument_reader *reader, size_t *operand_count_out,
                      struct aico2_error *err)
{
    bool only_operands = false;
    size_t operand_count = 0;

    for (reader->at = 1; reader->at < reader->argc; reader->at++) {
        char *word = reader->argv[reader->at];
        int r = 0;

        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
            if (!reader->command->stops_at_operand)
                continue;
            reader->at++;
            break;
        }
        if (!only_operands && strncmp(word, "--", 2) == 0) {
            r = take_long(reader, word, err);
        } else if (!only_operands && word[0] == '-' && word[1] != '\0') {
            r = take_short(reader, word, err);
        } else if (reader->command->stops_at_operand) {
            break;
        } else {
            reader->argv[1 + operand_count++] = word;
        }
        if (r != 0)
            return r;
    }
    *operand_count_out = operand_count;
    return 0;
}

int arguments_parse(struct options *options, int argc, char **argv, const struct command *command,
                    struct operands *operands_out, struct aico2_error *err)
{
    struct argument_reader reader = { .options = options,
                                      .source = { .origin = ORIGIN_COMMAND_LINE },
                                      .command = command,
                                      .argv = argv,
                                      .argc = argc };
    struct operands operands = { .words = argv + 1 };
    int r = take_words(&reader, &operands.count, err);

    if (r != 0)
        return r;
    if (command->stops_at_operand)
        operands = (struct operands){ argv + reader.at, (size_t)(argc - reader.at) };
    r = check_operands(command, &operands, err);
    if (r < 0)
        return r;

    *operands_out = operands;
    return 0;
}
