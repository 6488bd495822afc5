/* SPDX-License-Identifier: Apache-2.0 */
/* cli/budget_watch.h - looks at every tick whether the run keeps to its budget */
#pragma once

#include "cli/cli.h"
#include "cli/launch.h"
#include "session/budget.h"

struct budget_watch {
    const struct cli *cli;
    struct budget budget; /* none: nothing is watched */
    int action;           /* index into warn|stop|signal */
    struct launch *launch;
    struct session *session;
    bool exceeded;
    bool foretold; /* that it will be */
};

/* Return: 0; -EINVAL for what is no budget, or for money without its price. */
int budget_watch_init(struct budget_watch *watch, const struct cli *cli, const char *currency,
                      struct aico2_error *err);

/* After the figures of a tick are in; also says what is predicted, with `live`, when an epoch has ended. */
void budget_watch_tick(struct budget_watch *watch, bool live);
