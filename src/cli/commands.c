/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands.c - which function answers which command */
#include "cli/commands.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

static const struct {
    uint32_t bit;
    int (*call)(struct cli *cli);
} functions[] = {
    { COMMAND_RUN, cmd_run },
    { COMMAND_MEASURE, cmd_measure },
    { COMMAND_ESTIMATE, cmd_estimate },
    { COMMAND_RUNS, cmd_runs },
    { COMMAND_SHOW, cmd_show },
    { COMMAND_COMPARE, cmd_compare },
    { COMMAND_RECOMPUTE, cmd_recompute },
    { COMMAND_RECOVER, cmd_recover },
    { COMMAND_EXPORT, cmd_export },
    { COMMAND_IMPORT, cmd_import },
    { COMMAND_INTENSITY, cmd_intensity },
    { COMMAND_WHEN, cmd_when },
    { COMMAND_MONITOR, cmd_monitor },
    { COMMAND_SERVE, cmd_serve },
    { COMMAND_DEVICES, cmd_devices },
    { COMMAND_DOCTOR, cmd_doctor },
    { COMMAND_CALIBRATE, cmd_calibrate },
    { COMMAND_UP, cmd_up },
    { COMMAND_DOWN, cmd_down },
    { COMMAND_FLEET, cmd_fleet },
    { COMMAND_CONFIG, cmd_config },
    { COMMAND_HELP, cmd_help },
};

int commands_call(struct cli *cli)
{
    for (size_t i = 0; i < ARRAY_LENGTH(functions); i++) {
        if (functions[i].bit == cli->command->bit)
            return functions[i].call(cli);
    }
    assert(false && "a command without a function");
    return 1;
}

int commands_unknown(const struct cli *cli, const char *word)
{
    const char *names[64];
    char clean[64];
    size_t count = 0;
    int nearest;

    assert(2 * command_row_count <= ARRAY_LENGTH(names));
    text_copy_clean(clean, sizeof(clean), word);
    for (size_t i = 0; i < command_row_count; i++) {
        names[count++] = command_rows[i].name;
        if (command_alias(&command_rows[i]) != NULL)
            names[count++] = command_alias(&command_rows[i]);
    }
    nearest = text_nearest(word, names, count);
    if (nearest < 0)
        cli_error(cli, "unknown command '%s': see `" CLI_PROGRAM " help`", clean);
    else
        cli_error(cli, "unknown command '%s': nearest is '%s'", clean, names[nearest]);
    return 2;
}
