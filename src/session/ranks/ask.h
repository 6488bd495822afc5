/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/ask.h - what those that follow a measuring process say to it, as records of a pipe */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/run.h"
#include "session/ranks/lock.h"

enum figures_ask_kind {
    /* a page of this moment, with a reading if the last one is older than ASK_AGE_NS */
    ASK_READING = 1,
    ASK_PART,   /* from mono_ns on the program is in a part of its own of this name; "": in none */
    ASK_KIND,   /* what it was in since mono_ns was an epoch, or a validation */
    ASK_EPOCHS, /* how many there will be */
    ASK_DONE,   /* it names nothing any more */
};

/* A record; as many as a pipe takes in one piece are written at once. */
struct figures_ask {
    char magic[4];
    int32_t kind;
    int32_t task_kind; /* of ASK_KIND: enum task_kind */
    /* of ASK_PART: the part goes on, another had interrupted it; of ASK_READING: the last one of its run, and no
     * older than ASK_LAST_AGE_NS */
    int32_t continues;
    uint64_t lost;    /* records before this one that found no room */
    uint64_t speaker; /* of the process: which of its sessions */
    struct rank_process process;
    int64_t mono_ns;
    double epochs;
    char name[RUN_WORD_SIZE];
};

#define ASK_AGE_NS (100 * NSEC_PER_MSEC)
#define ASK_LAST_AGE_NS (5 * NSEC_PER_MSEC)

enum { FIGURES_ASKS_AT_ONCE = 4096 / sizeof(struct figures_ask) };

void figures_ask_seal(struct figures_ask *ask);
/* Whether it is one, and all that it says can be. */
bool figures_ask_is_whole(const struct figures_ask *ask);
