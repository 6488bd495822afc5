/* SPDX-License-Identifier: Apache-2.0 */
/* cli/estimate_table.h - `aico2 estimate`: of its options, and of the rows of a table */
#pragma once

#include "carbon/place.h"
#include "cli/cli.h"
#include "session/estimate.h"

/* The estimate that options ask for; intensity: of their place. */
int estimate_from_options(const struct options *options, const struct intensity *intensity,
                          struct estimate *estimate_out, struct aico2_error *err);

/* --table: a row out for every row in, bad ones named on stderr. Return: the exit status, 2 where a row was bad. */
int estimate_table(struct cli *cli);
