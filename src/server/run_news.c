/* SPDX-License-Identifier: Apache-2.0 */
/* server/run_news.c - which runs began or ended since the history was last looked at, for those who look on */
#include "server/run_news.h"

#include <string.h>

#include "base/clock.h"
#include "server/coarse_row.h"

static bool is_news(const struct run_news *news, const struct run *run)
{
    for (size_t i = 0; i < news->count; i++) {
        if (strcmp(news->seen[i].id, run->id) == 0)
            return news->seen[i].state != run->state;
    }
    return run->started_wall_ns >= news->since_wall_ns;
}

static void tell(const struct metrics_run *item, struct live_ring *ring)
{
    const struct run *run = &item->run;
    struct run_row row = {
        .state = run->state,
        .started_wall_ns = run->started_wall_ns,
        .duration_seconds = seconds_from_ns(run->duration_ns),
        .total_joules = item->total_joules,
        .total_gco2e = item->total_gco2e,
    };

    memcpy(row.id, run->id, sizeof(row.id));
    memcpy(row.name, run->name, sizeof(row.name));
    memcpy(row.stage, run->stage, sizeof(row.stage));
    run_row_coarsen(&row);
    live_ring_put_run(ring, &row);
}

void run_news_tell(struct run_news *news, const struct metrics_runs *runs, struct live_ring *ring)
{
    size_t count = runs->count < RUN_NEWS_KEPT ? runs->count : RUN_NEWS_KEPT;

    /* newest first in the list, oldest first among the events */
    for (size_t i = count; i > 0; i--) {
        if (is_news(news, &runs->items[i - 1].run))
            tell(&runs->items[i - 1], ring);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(news->seen[i].id, runs->items[i].run.id, sizeof(news->seen[i].id));
        news->seen[i].state = runs->items[i].run.state;
    }
    news->count = count;
}
