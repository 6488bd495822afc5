/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_arguments.c - any lines as the words of a command; the first byte picks which */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/arguments.h"

enum { WORDS_MAX = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const struct option_row *row, const struct option_value *value)
{
    if (value->text == NULL) {
        if (value->earlier_count > 0)
            abort();
        return;
    }
    if (value->origin != ORIGIN_COMMAND_LINE || (value->earlier_count > 0 && !row->repeats))
        abort();
    if (row->type == OPTION_NUMBER &&
        !(value->as.number >= row->minimum && value->as.number <= row->maximum))
        abort();
    if ((row->type == OPTION_INTEGER || row->type == OPTION_DURATION) &&
        !((double)value->as.integer >= row->minimum && (double)value->as.integer <= row->maximum))
        abort();
    if (row->type == OPTION_FLAG && value->as.integer != 0 && value->as.integer != 1)
        abort();
}

/* Each operand is one of the words, and none of them twice. */
static void check_operands(const struct operands *operands, char *const *words, size_t count,
                           const struct command *command)
{
    if (operands->count < command->operand_least || operands->count > command->operand_most ||
        operands->count > count)
        abort();
    for (size_t i = 0; i < operands->count; i++) {
        size_t met = 0;

        for (size_t k = 0; k < count; k++)
            met += operands->words[i] == words[k];
        for (size_t k = 0; k < i; k++)
            met += operands->words[i] == operands->words[k];
        if (met != 1)
            abort();
    }
}

static void parse(char **argv, int argc, char *const *words, const struct command *command)
{
    struct options options = { 0 };
    struct operands operands = { 0 };
    struct aico2_error err = { 0 };
    int r = arguments_parse(&options, argc, argv, command, &operands, &err);

    if (r < 0 && (r != err.code || err.message[0] == '\0' || strchr(err.message, '\n') != NULL ||
                  operands.count != 0))
        abort();
    if (r > OPTIONS_VERSION_ASKED || (r < 0 && r != -EINVAL && r != -ENOMEM))
        abort();
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++)
        check_value(&option_rows[i], &options.values[i]);
    if (r == 0)
        check_operands(&operands, words, (size_t)argc - 1, command);
    options_deinit(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[WORDS_MAX + 2] = { NULL };
    char *words[WORDS_MAX];
    const struct command *command;
    char *text;
    char *rest;
    int argc = 0;

    if (size == 0)
        return 0;
    command = &command_rows[data[0] % command_row_count];
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    rest = text;
    argv[argc++] = (char[]){ "aico2" };
    for (char *word; argc <= WORDS_MAX && (word = strsep(&rest, "\n")) != NULL; argc++)
        argv[argc] = words[argc - 1] = word;
    parse(argv, argc, words, command);
    free(text);
    return 0;
}
