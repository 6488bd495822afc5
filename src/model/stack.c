/* SPDX-License-Identifier: Apache-2.0 */
/* model/stack.c - what the states of a stack's services mean */
#include "model/stack.h"

const char *stack_state_name(enum stack_state state)
{
    static const char *const names[] = {
        [STACK_STARTED] = "started", [STACK_RUNNING] = "running", [STACK_FOREIGN] = "foreign",
        [STACK_MISSING] = "missing", [STACK_FAILED] = "failed",   [STACK_ABSENT] = "absent",
        [STACK_OFF] = "off",         [STACK_ENDED] = "ended",     [STACK_KILLED] = "killed",
        [STACK_GONE] = "gone",       [STACK_LEFT] = "left",
    };

    return names[state];
}

bool stack_state_is_up(enum stack_state state)
{
    return state == STACK_STARTED || state == STACK_RUNNING || state == STACK_FOREIGN;
}

size_t stack_up_count(const struct stack_report *report)
{
    size_t count = 0;

    for (size_t i = 0; i < report->count; i++)
        count += stack_state_is_up(report->services[i].state);
    return count;
}

bool stack_is_whole(const struct stack_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        enum stack_state state = report->services[i].state;

        if (state == STACK_MISSING || state == STACK_FAILED)
            return false;
    }
    return stack_up_count(report) > 0;
}
