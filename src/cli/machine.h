/* SPDX-License-Identifier: Apache-2.0 */
/* cli/machine.h - the machine that `devices` and `doctor` are asked about */
#pragma once

#include "cli/cli.h"
#include "model/inventory.h"

/* gauges: the live figures too; without them it is looked whether counters move. Return: 0, or the exit status after a message on stderr. */
int machine_inventory(const struct cli *cli, bool gauges, struct inventory *inventory_out);

enum { MACHINE_PROGRAM_SIZE = 256 };

/* What to type after sudo for this very program: its name where sudo finds it, else its path. */
void machine_program(char program_out[MACHINE_PROGRAM_SIZE]);
