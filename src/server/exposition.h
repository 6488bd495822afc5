/* SPDX-License-Identifier: Apache-2.0 */
/* server/exposition.h - from the measurement to the page that /metrics hands out, and to the live figures */
#pragma once

#include "model/intensity.h"
#include "model/metrics.h"
#include "server/http.h"
#include "server/remote_write.h"
#include "server/run_feed.h"
#include "server/run_news.h"
#include "session/metrics/device_counters.h"
#include "session/metrics/own_process.h"
#include "session/session.h"

/* Of the thread that measures. { .proc_fd = ... } is an empty one. */
struct exposition {
    struct device_counters counters;
    struct metrics metrics;
    struct tick tick;
    struct own_process process;
    struct run_feed *feed; /* NULL: no runs are told of */
    struct metrics_runs runs;
    struct run_news news;
    enum metrics_names names;
    bool keeps_history;
    int proc_fd; /* the kernel's /proc; borrowed */
    char node[65];
    int64_t made_mono_ns;                /* the last page; 0: none yet */
    struct device_counters raw_counters; /* of the finer ticks */
    int64_t raw_mono_ns;                 /* the last of these; 0: none, nobody asks */
};

void exposition_init(struct exposition *exposition, int proc_fd, enum metrics_names names);
/* With a feed, it is stopped. */
void exposition_deinit(struct exposition *exposition);

/* The last report of a run that ended: the counters go on from there, and who looks on is told. */
void exposition_end_run(struct exposition *exposition, const struct report *report,
                        struct service *service);

/* A finer tick for those who may see it, ten a second at most; nothing while nobody asks. */
void exposition_make_raw(struct exposition *exposition, struct session *session,
                         struct service *service);

/**
 * exposition_make() - a page and a tick of what is so now, for the service
 * @write: whose figures are shown too; NULL: none
 * Once a second at most, however often it is called: finer figures of a machine's power are a side channel.
 */
void exposition_make(struct exposition *exposition, struct session *session,
                     const struct intensity *intensity, const struct remote_write *write,
                     struct service *service);
