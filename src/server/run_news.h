/* SPDX-License-Identifier: Apache-2.0 */
/* server/run_news.h - which runs began or ended since the history was last looked at, for those who look on */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server/live_ring.h"
#include "session/metrics/lately.h"

enum { RUN_NEWS_KEPT = 64 };

/* { .since_wall_ns = now } is an empty one. */
struct run_news {
    int64_t since_wall_ns; /* what began before is no news */
    size_t count;
    struct {
        char id[ULID_SIZE];
        enum run_state state;
    } seen[RUN_NEWS_KEPT];
};

/* An event for each that is new or in another state than it was. */
void run_news_tell(struct run_news *news, const struct metrics_runs *runs, struct live_ring *ring);
