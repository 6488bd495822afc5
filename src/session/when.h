/* SPDX-License-Identifier: Apache-2.0 */
/* session/when.h - the greenest stretch of time ahead, for a job of known length */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/documents.h"

struct when_query {
    int64_t from_ns;                       /* earliest start, wall nanoseconds */
    int64_t within_ns;                     /* the job has to end so long after it */
    int64_t duration_ns;                   /* of the job */
    const struct intensity_series *series; /* NULL: the place's yearly figure */
    const char *source;                    /* what the series is called */
    struct intensity place;
};

/**
 * when_make() - by the series where it reaches ahead, else by its typical day
 * Return: 0; -EINVAL when the job is longer than the time it has; -ENODATA when the series neither covers a
 * stretch ahead nor a whole day before; -ENOMEM.
 */
int when_make(const struct when_query *query, struct when *when_out, struct aico2_error *err);

/**
 * when_ask_again() - whether the wait for when->best, which ended at now_ns, ended too late for it
 * And time enough is left: then query asks for the best of what is left.
 */
bool when_ask_again(const struct when *when, int64_t now_ns, struct when_query *query);

/* Which of several places, each made by when_make() for the same job; they stay the caller's. */
struct when_choice when_choose(struct when *places, size_t count);
