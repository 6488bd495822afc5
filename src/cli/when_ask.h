/* SPDX-License-Identifier: Apache-2.0 */
/* cli/when_ask.h - the greenest time by the values of --provider */
#pragma once

#include "cli/live/live.h"
#include "session/when.h"

/**
 * when_ask() - when_make() by what providers foresee; where that covers no stretch, by the days gone by
 * The query's series and source are set for the while.
 * Return: as when_make(); -ENODATA, with who was asked in vain, where nobody had a value.
 */
int when_ask(const struct live_plan *plan, const struct when_query *job, struct when *when_out,
             struct aico2_error *err);
