/* SPDX-License-Identifier: Apache-2.0 */
/* config/command.h - every command's name, operands and text; help, man pages, completions read it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COMMAND_RUN = 1u << 0,
    COMMAND_MEASURE = 1u << 1,
    COMMAND_ESTIMATE = 1u << 2,
    COMMAND_RUNS = 1u << 3,
    COMMAND_SHOW = 1u << 4,
    COMMAND_COMPARE = 1u << 5,
    COMMAND_RECOMPUTE = 1u << 6,
    COMMAND_RECOVER = 1u << 7,
    COMMAND_INTENSITY = 1u << 8,
    COMMAND_DEVICES = 1u << 9,
    COMMAND_CONFIG = 1u << 10,
    COMMAND_HELP = 1u << 11,
    COMMAND_DOCTOR = 1u << 12,
    COMMAND_IMPORT = 1u << 13,
    COMMAND_CALIBRATE = 1u << 14,
    COMMAND_WHEN = 1u << 15,
    COMMAND_UP = 1u << 16,
    COMMAND_DOWN = 1u << 17,
    COMMAND_EXPORT = 1u << 18,
    COMMAND_SERVE = 1u << 20,
    COMMAND_FLEET = 1u << 19,
    COMMAND_MONITOR = 1u << 21,
    COMMAND_EVERY = (1u << 22) - 1,
};

struct command_example {
    const char *line; /* NULL ends the list */
    const char *what;
};

enum { COMMAND_EXAMPLES_MAX = 5 };

/* A row of the table of commands, in the order a person should meet them. */
struct command {
    uint32_t bit;
    const char *name;
    const char *operands; /* "RUN", "[PLACE]", "[--] CMD [ARG...]", "" */
    size_t operand_least;
    size_t operand_most;
    bool stops_at_operand;   /* `run`: what follows the first operand belongs to the command */
    const char *summary;     /* lower case, no full stop, at most 60 columns */
    const char *description; /* paragraphs parted by an empty line */
    struct command_example examples[COMMAND_EXAMPLES_MAX];
};
extern const struct command command_rows[];
extern const size_t command_row_count;

/* Exit statuses as text, for help and man: status, meaning. */
struct exit_row {
    const char *status;
    const char *meaning;
};
extern const struct exit_row exit_rows[]; /* ends with a NULL status */
extern const struct exit_row exit_rows_run[];

/* Files read, for help and man. */
extern const struct exit_row file_rows[];

/* By its name or its alias. NULL: none */
const struct command *command_find(const char *name);
/* Another name of the same; NULL: it has but one. */
const char *command_alias(const struct command *command);
/* Status of a bad option, an unknown place, a damaged file: 2, and 125 for `run`. */
int command_usage_status(const struct command *command);
