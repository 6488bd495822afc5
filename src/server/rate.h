/* SPDX-License-Identifier: Apache-2.0 */
/* server/rate.h - so many requests at once, and then one each interval: rate_limit of the web configuration */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
    int64_t interval_ns; /* 0: none */
    int64_t burst;       /* >= 1 */
};

/* { 0 }: all of them may come. */
struct rate_bucket {
    int64_t full_mono_ns; /* when all may come again */
};

/* Whether one more may come now; it is counted if so. */
bool rate_take(struct rate_bucket *bucket, const struct rate_limit *limit, int64_t now_mono_ns);
