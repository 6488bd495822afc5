/* SPDX-License-Identifier: Apache-2.0 */
/* model/stack.h - the services that `aico2 up` starts and `aico2 down` ends, and how they fare */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STACK_SERVICES_MAX = 8, STACK_TEXT_SIZE = 320 };

enum stack_state {
    STACK_STARTED, /* by this call */
    STACK_RUNNING, /* by an earlier one */
    STACK_FOREIGN, /* somebody else's answers on its port, and is used */
    STACK_MISSING, /* its program is not installed */
    STACK_FAILED,  /* not started, ended at once, or does not answer */
    STACK_ABSENT,  /* nothing here for it to measure */
    STACK_OFF,     /* was asked to stay out */
    STACK_ENDED,   /* on request */
    STACK_KILLED,  /* did not end on request */
    STACK_GONE,    /* had ended by itself, or with its boot */
    STACK_LEFT,    /* could not be ended */
};

struct stack_service {
    char name[32]; /* its job in prometheus.yml */
    enum stack_state state;
    int64_t pid;  /* 0 none */
    int32_t port; /* 0 none */
    char url[64];
    char program[PATH_MAX];
    char log[PATH_MAX];
    char reason[STACK_TEXT_SIZE]; /* why it is not up */
    char note[STACK_TEXT_SIZE];   /* what should be known though it is up */
};

struct stack_report {
    struct stack_service services[STACK_SERVICES_MAX];
    size_t count;
    char directory[PATH_MAX]; /* of configuration, data and logs */
    bool reloaded;            /* Prometheus was running and has taken a new configuration */
};

/* "started", "running" ... stored by scripts, so never renamed. */
const char *stack_state_name(enum stack_state state);
bool stack_state_is_up(enum stack_state state);
/* Every service that was to be up is up, and one at least. */
bool stack_is_whole(const struct stack_report *report);
size_t stack_up_count(const struct stack_report *report);
