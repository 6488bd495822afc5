/* SPDX-License-Identifier: Apache-2.0 */
/* model/task.h - a named part of a run: an epoch of a training */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/run.h"

enum task_kind {
    TASK_REST,  /* what lies between the named ones: before the first, after the last */
    TASK_EPOCH, /* one epoch, or several that the log told of at once */
    TASK_VALIDATION,
    TASK_WORK, /* what a program named by itself */
};

/* A stretch of a run; those of a run follow each other without a gap. */
struct task {
    char name[RUN_WORD_SIZE]; /* "epoch 3", "epochs 4-6", "validation 3"; "" of the rest */
    enum task_kind kind;
    double
        epochs; /* or validations, or pieces of work in it; 0 of the rest, and of what goes on with the last */
    int64_t start_ns;    /* since the run began, by the monotonic clock */
    int64_t duration_ns; /* -1: it is going on, until the run's end */
};

struct task_list {
    struct task *items;
    size_t count;
    size_t capacity;
    size_t changed_from; /* none before this one was touched since somebody set it */
};

/* What was planned for a training; 0 and "": nothing. */
struct training {
    double epochs;   /* how many it has in all */
    char budget[24]; /* as it was given: "5kWh" */
    char budget_action[8];
    char budget_state[12]; /* "within", "exceeded", "stopped", "signalled" */
};
