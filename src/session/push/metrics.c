/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/metrics.c - what remote write tells of itself, in the snapshot that it sends */
#include <math.h>

#include "base/attributes.h"
#include "session/push/pusher.h"

static void add_samples(struct metrics *metrics, const struct pusher_figures *figures)
{
    const struct {
        const char *state;
        uint64_t count;
    } rows[] = {
        { "sent", figures->sent_samples },
        { "dropped", figures->dropped_samples },
        { "failed", figures->failed_samples },
    };

    metrics_family(metrics, METRIC_COUNTER, "aico2_remote_write_samples_total", "",
                   "Samples taken by the server (sent), never sent (dropped) or refused by it "
                   "(failed).");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct metric_label label = { "state", rows[i].state };

        metrics_sample(metrics, (double)rows[i].count, &label, 1);
    }
}

static void add_one(struct metrics *metrics, enum metric_type type, const char *name,
                    const char *unit, const char *help, double value)
{
    metrics_family(metrics, type, name, unit, help);
    metrics_sample(metrics, value, NULL, 0);
}

void pusher_metrics(const struct pusher *pusher, struct metrics *metrics)
{
    struct pusher_figures figures;
    double up = NAN;

    pusher_figures(pusher, &figures);
    if (figures.state.outcome != PUSH_IDLE)
        up = figures.state.outcome == PUSH_WELL || figures.state.outcome == PUSH_REFUSED ? 1 : 0;
    add_samples(metrics, &figures);
    add_one(metrics, METRIC_COUNTER, "aico2_remote_write_retries_total", "",
            "Requests that have to be sent again.", (double)figures.retries);
    add_one(metrics, METRIC_COUNTER, "aico2_remote_write_restarts_total", "",
            "How often the sending process was started again.", (double)figures.restarts);
    add_one(metrics, METRIC_GAUGE, "aico2_remote_write_up", "",
            "Whether the server answers: 1 it does, 0 it is away or does not let us in.", up);
    add_one(metrics, METRIC_GAUGE, "aico2_remote_write_queue_bytes", "bytes",
            "Size of what waits to be sent.", (double)figures.state.queue_bytes);
    add_one(metrics, METRIC_GAUGE, "aico2_remote_write_queue_on_disk", "",
            "Whether the queue is on its disk (1), or in memory (0).",
            figures.state.storage == PUSH_ON_DISK ? 1 : 0);
}
