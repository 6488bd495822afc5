/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stack/plan.h - what `aico2 up` and `aico2 down` are asked for, out of their options */
#pragma once

#include "cli/cli.h"
#include "stack/stack.h"

/* A plan and what it borrows from. */
struct stack_request {
    struct stack_plan plan;
    char directory[PATH_MAX];
    char rules[PATH_MAX];
    char own_program[PATH_MAX];
    char *path;
    char **environment;
};

/* Return: 0, stack_request_close() when done; -EINVAL and others with the reason. */
int stack_request_open(const struct cli *cli, struct stack_request *request_out,
                       struct aico2_error *err);
void stack_request_close(struct stack_request *request);
