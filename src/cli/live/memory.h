/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/memory.h - what providers said of the past of a few places, for many runs that ask of it */
#pragma once

#include "base/error.h"
#include "cli/cli.h"
#include "cli/live/live.h"
#include "model/intensity.h"

struct live_memory;

struct live_memory *live_memory_new(void); /* NULL: out of memory */
void live_memory_free(struct live_memory *memory);

/**
 * live_memory_ask() - the values of [from, to), asked for by the week, so that the runs of one need one question
 * @place, @place_option: of the run, as live_plan_from_options() wants them
 * @answer_out: as of live_ask(); the caller's
 * Where the answer of the week has nothing for just this time, it is asked alone: of several providers
 * another may serve it.
 * Return: 0, also where nobody had a value; -ECANCELED once there were too many questions, or several in a
 * row that failed; -EINVAL and others of live_plan_from_options(), -ENODATA for a place that is not known
 */
int live_memory_ask(struct live_memory *memory, const struct cli *cli,
                    const struct intensity *place, const char *place_option, int64_t from_wall_ns,
                    int64_t to_wall_ns, struct live_answer *answer_out, struct aico2_error *err);
