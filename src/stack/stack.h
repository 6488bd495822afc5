/* SPDX-License-Identifier: Apache-2.0 */
/* stack/stack.h - starting the services that measure through Prometheus, and ending exactly those */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/stack.h"

/* What the user said of one service. */
struct stack_wish {
    const char *program; /* a path or a name; "none": leave it out; NULL: look for it */
    int32_t port;        /* -1: its usual one; 0: any that is free */
};

/* The outside world and what is wanted of it. */
struct stack_plan {
    int proc_fd, sys_fd, dev_fd;
    const char *directory;        /* absolute */
    const char *path;             /* folders to look for programs in, parted by ':' */
    char *const *environment;     /* what services get of it; NULL at its end */
    const char *own_program;      /* our server; NULL: this installation has none */
    char *const *own_environment; /* what that one gets */
    struct stack_wish wishes[STACK_SERVICES_MAX]; /* by the index of the service */
    int64_t interval_ns; /* between two scrapes; of a server that runs only where it is given */
    bool interval_given;
    int64_t wait_ns;   /* up: until all answer; down: before they are killed */
    const char *rules; /* absolute; NULL none */
};

/**
 * stack_up() - start what does not run yet, and wait until all answer
 * The report tells of each service, whatever became of it; 0 is also the answer when none could be started.
 * Each one started is recorded before it begins, so that nothing that runs is unknown to stack_down().
 * Return: 0; -EINVAL for a wish that cannot be met; -EBUSY, -EXDEV and others of the directory
 */
int stack_up(const struct stack_plan *plan, struct stack_report *report_out,
             struct aico2_error *err);

/* End what stack_up() has started and nothing else. Return: 0, or as above; -ENOENT: no such directory. */
int stack_down(const struct stack_plan *plan, struct stack_report *report_out,
               struct aico2_error *err);
