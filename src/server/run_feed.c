/* SPDX-License-Identifier: Apache-2.0 */
/* server/run_feed.c - the runs of the history that go on or have ended lately, looked up beside the measurement */
#include "server/run_feed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "history/history.h"
#include "model/run.h"

static const int64_t LOOK_NS = 5 * NSEC_PER_SEC;
static const int64_t ENDED_WITHIN_NS = 3600 * NSEC_PER_SEC;

enum { RUNS_MOST = 64, STACK_BYTES = 1 << 20 };

struct run_feed {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool stopping;
    bool fresh;
    struct metrics_runs runs; /* of the last look, until it is taken */
    char db_path[];           /* the thread's alone */
};

/* What this server measures itself are the machine's devices, and told as those. */
static void leave_out_own(struct metrics_runs *runs)
{
    size_t kept = 0;

    for (size_t i = 0; i < runs->count; i++) {
        if (strcmp(runs->items[i].run.stage, RUN_STAGE_WATCH) == 0)
            run_deinit(&runs->items[i].run);
        else
            runs->items[kept++] = runs->items[i];
    }
    runs->count = kept;
}

/* Return: whether there is something to tell; what cannot be read now may be the next time. */
static bool look(const char *db_path, struct metrics_runs *runs_out)
{
    struct history *history = NULL;
    int r = history_open(db_path, HISTORY_READ, &history, NULL);

    if (r == 0)
        r = runs_lately(history, clock_wall_ns() - ENDED_WITHIN_NS, RUNS_MOST, runs_out, NULL);
    history_close(history);
    if (r < 0)
        return false;
    leave_out_own(runs_out);
    metrics_runs_coarsen(runs_out);
    return true;
}

static void *feed_main(void *payload)
{
    struct run_feed *feed = payload;

    (void)pthread_mutex_lock(&feed->lock);
    while (!feed->stopping) {
        const int64_t next_ns = clock_mono_ns() + LOOK_NS;
        struct metrics_runs seen = { 0 };
        bool found;

        (void)pthread_mutex_unlock(&feed->lock);
        found = look(feed->db_path, &seen);
        (void)pthread_mutex_lock(&feed->lock);
        if (found) {
            metrics_runs_deinit(&feed->runs);
            feed->runs = seen;
            feed->fresh = true;
        }
        while (!feed->stopping && clock_mono_ns() < next_ns)
            (void)thread_wait_until(&feed->changed, &feed->lock, next_ns);
    }
    (void)pthread_mutex_unlock(&feed->lock);
    return NULL;
}

int run_feed_start(struct run_feed **feed_out, const char *db_path, struct aico2_error *err)
{
    const size_t size = strlen(db_path) + 1;
    struct run_feed *feed = calloc(1, sizeof(*feed) + size);
    int r;

    if (feed == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(feed->db_path, db_path, size);
    (void)pthread_mutex_init(&feed->lock, NULL);
    thread_condition_init(&feed->changed);
    r = thread_start(&feed->thread, STACK_BYTES, feed_main, feed);
    if (r < 0) {
        free(feed);
        return aico2_error_set_errno(err, -r, "cannot start a thread");
    }
    *feed_out = feed;
    return 0;
}

void run_feed_stop(struct run_feed *feed)
{
    if (feed == NULL)
        return;
    (void)pthread_mutex_lock(&feed->lock);
    feed->stopping = true;
    (void)pthread_cond_signal(&feed->changed);
    (void)pthread_mutex_unlock(&feed->lock);
    (void)pthread_join(feed->thread, NULL);
    metrics_runs_deinit(&feed->runs);
    (void)pthread_cond_destroy(&feed->changed);
    (void)pthread_mutex_destroy(&feed->lock);
    free(feed);
}

void run_feed_take(struct run_feed *feed, struct metrics_runs *runs)
{
    struct metrics_runs fresh = { 0 };
    bool taken;

    (void)pthread_mutex_lock(&feed->lock); /* held by the thread for no longer than an assignment */
    taken = feed->fresh;
    if (taken) {
        fresh = feed->runs;
        feed->runs = (struct metrics_runs){ 0 };
        feed->fresh = false;
    }
    (void)pthread_mutex_unlock(&feed->lock);
    if (!taken)
        return;
    metrics_runs_keep(&fresh, runs);
    metrics_runs_deinit(runs);
    *runs = fresh;
}
