/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/day.h - the hours of a place around a moment, and the greenest of those ahead */
#pragma once

#include "base/error.h"
#include "model/documents.h"

struct place_day_query {
    struct intensity place;
    const struct intensity_series *series; /* NULL: nothing is known of its hours */
    const char *source;                    /* what the series is called */
    int64_t now_ns;
    int64_t back_ns;  /* so far back */
    int64_t ahead_ns; /* and so far ahead */
    int64_t duration_ns; /* of the job whose greenest time is looked for */
};

/**
 * place_day_make() - the points of the series within the time asked for
 * Where no stretch ahead is covered the hours ahead are those of a usual day (carbon/greenest.h), and say so.
 * Return: 0; -EINVAL when the job is longer than the time ahead; -ENOMEM. The caller frees with place_day_deinit().
 */
int place_day_make(const struct place_day_query *query, struct place_day *day_out,
                   struct aico2_error *err);
void place_day_deinit(struct place_day *day);
