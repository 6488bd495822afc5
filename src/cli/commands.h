/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands.h - one cmd_<name>.c each; the names and texts are in config/command_rows.c */
#pragma once

#include "cli/cli.h"

/* Each returns the exit status of the program. */
int cmd_run(struct cli *cli);
int cmd_measure(struct cli *cli);
int cmd_estimate(struct cli *cli);
int cmd_runs(struct cli *cli);
int cmd_show(struct cli *cli);
int cmd_compare(struct cli *cli);
int cmd_recompute(struct cli *cli);
int cmd_recover(struct cli *cli);
int cmd_export(struct cli *cli);
int cmd_import(struct cli *cli);
int cmd_intensity(struct cli *cli);
int cmd_when(struct cli *cli);
int cmd_monitor(struct cli *cli);
int cmd_serve(struct cli *cli);
int cmd_devices(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_calibrate(struct cli *cli);
int cmd_up(struct cli *cli);
int cmd_down(struct cli *cli);
int cmd_fleet(struct cli *cli);
int cmd_config(struct cli *cli);
int cmd_help(struct cli *cli);

/* Calls the function of cli->command. */
int commands_call(struct cli *cli);

/* The message for a word that is no command, with the nearest. Return: 2. */
int commands_unknown(const struct cli *cli, const char *word);
