/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/run.h - --provider under `run`: asked while the command runs, and once more of the whole of it */
#pragma once

#include "cli/live/live.h"
#include "session/report/build.h"

struct live_run {
    const struct live_plan *plan; /* NULL: nobody is asked */
    struct fetch *fetch;          /* the question of the start, under way */
    int64_t asked_mono_ns;
    int64_t
        since_wall_ns; /* its values are wanted from then on: who has waited asks what that saved; 0: the
                              run's own time */
    int wake_fd;       /* signals that end a wait; woken() says whether they did */
    bool (*woken)(void *payload);
    void *payload;
    struct live_answer answer;   /* what the report is made with */
    struct live_answer marginal; /* and what stands beside */
};

/* The command runs: asks of now and the time just ahead. Return: its process, or 0. */
pid_t live_run_begin(struct live_run *live);

/* The command has ended: brings the values of [from, to) into a basis, which borrows them; waits at most
 * the plan's time. */
void live_run_complete(struct live_run *live, int64_t from_wall_ns, int64_t to_wall_ns,
                       struct carbon_basis *basis);

void live_run_deinit(struct live_run *live);
