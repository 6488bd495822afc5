/* SPDX-License-Identifier: Apache-2.0 */
/* cli/estimate_table.h - `aico2 estimate --table`: many estimates, a row each */
#pragma once

#include "cli/cli.h"

/* --table: a row out for every row in, bad ones named on stderr. Return: the exit status, 2 where a row was bad. */
int estimate_table(struct cli *cli);
