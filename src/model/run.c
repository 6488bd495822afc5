/* SPDX-License-Identifier: Apache-2.0 */
/* model/run.c - the words for states, scopes and policies */
#include "model/run.h"

#include <stdlib.h>

#include "base/attributes.h"
#include "base/text.h"

static const char *const state_names[] = {
    [RUN_RUNNING] = "running",     [RUN_FINISHED] = "finished",   [RUN_FAILED] = "failed",
    [RUN_SIGNALLED] = "signalled", [RUN_TIMED_OUT] = "timed_out", [RUN_RECOVERED] = "recovered",
    [RUN_IMPORTED] = "imported",
};
static const char *const scope_names[] = { [SCOPE_JOB] = "job", [SCOPE_MACHINE] = "machine" };
static const char *const idle_names[] = {
    [IDLE_PROPORTIONAL] = "proportional",
    [IDLE_NONE] = "none",
    [IDLE_ALL] = "all",
};

const char *run_state_name(enum run_state state)
{
    return state_names[state];
}

int run_state_parse(const char *word)
{
    return text_index(word, state_names, ARRAY_LENGTH(state_names));
}

const char *run_sci_role(const char *stage)
{
    if (text_equal_nocase(stage, "training"))
        return "provider";
    return text_equal_nocase(stage, "inference") ? "consumer" : NULL;
}

const char *scope_name(enum energy_scope scope)
{
    return scope_names[scope];
}

int scope_parse(const char *word)
{
    return text_index(word, scope_names, ARRAY_LENGTH(scope_names));
}

const char *idle_policy_name(enum idle_policy policy)
{
    return idle_names[policy];
}

int idle_policy_parse(const char *word)
{
    return text_index(word, idle_names, ARRAY_LENGTH(idle_names));
}

void run_deinit(struct run *run)
{
    if (run == NULL)
        return;
    free(run->command_json);
    free(run->warnings_json);
    free(run->labels);
    *run = (struct run){ 0 };
}
