/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recompute_all.h - `aico2 recompute --all`: the runs of a history before and after */
#pragma once

#include "cli/cli.h"

int recompute_all(struct cli *cli); /* the exit status */
