/* SPDX-License-Identifier: Apache-2.0 */
/* tui/run_list.c - the runs of the history, looked up beside the measurement */
#include "tui/run_list.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "history/history.h"
#include "session/metrics/lately.h"

static const int64_t LOOK_NS = 5 * NSEC_PER_SEC;
/* One that goes on has stored something since. */
static const int64_t RUNNING_WITHIN_NS = 120 * NSEC_PER_SEC;

enum { RUNS_MOST = 100, GOING_MOST = 16, STACK_BYTES = 1 << 20, NOTE_SIZE = 160 };

struct found {
    struct run_row *rows;
    size_t count;
    char note[NOTE_SIZE];
};

struct run_list {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool stopping;
    bool fresh;
    struct found found; /* of the last look, until it is taken */
    char db_path[];     /* the thread's alone */
};

/* Of a run that goes on the list has no sums yet: as far as it is stored. */
static void add_sums_so_far(struct history *history, struct found *found)
{
    struct metrics_runs going = { 0 };

    if (runs_lately(history, clock_wall_ns() - RUNNING_WITHIN_NS, GOING_MOST, &going, NULL) < 0)
        return;
    for (size_t i = 0; i < going.count; i++) {
        const struct metrics_run *run = &going.items[i];

        for (size_t j = 0; j < found->count; j++) {
            struct run_row *row = &found->rows[j];

            if (row->state != RUN_RUNNING || strcmp(row->id, run->run.id) != 0)
                continue;
            row->total_joules = run->total_joules;
            row->total_gco2e = run->total_gco2e;
        }
    }
    metrics_runs_deinit(&going);
}

static bool has_running(const struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->rows[i].state == RUN_RUNNING)
            return true;
    }
    return false;
}

static void look(const char *db_path, struct found *found_out)
{
    const struct history_filter filter = { .limit = RUNS_MOST };
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    struct found found = { 0 };
    int r = db_path[0] == '\0' ? -ENOENT : history_open(db_path, HISTORY_READ, &history, &err);

    if (r == 0)
        r = history_list(history, &filter, &found.rows, &found.count, NULL, &err);
    if (r == 0 && has_running(&found))
        add_sums_so_far(history, &found);
    history_close(history);
    if (r == -ENOENT || (r == 0 && found.count == 0))
        (void)snprintf(found.note, sizeof(found.note), "no runs yet: `aico2 run -- CMD` makes one");
    else if (r < 0)
        text_copy_clean(found.note, sizeof(found.note), err.message);
    *found_out = found;
}

static void *list_main(void *payload)
{
    struct run_list *list = payload;

    (void)pthread_mutex_lock(&list->lock);
    while (!list->stopping) {
        const int64_t next_ns = clock_mono_ns() + LOOK_NS;
        struct found found;

        (void)pthread_mutex_unlock(&list->lock);
        look(list->db_path, &found);
        (void)pthread_mutex_lock(&list->lock);
        free(list->found.rows);
        list->found = found;
        list->fresh = true;
        while (!list->stopping && clock_mono_ns() < next_ns)
            (void)thread_wait_until(&list->changed, &list->lock, next_ns);
    }
    (void)pthread_mutex_unlock(&list->lock);
    return NULL;
}

int run_list_start(struct run_list **list_out, const char *db_path, struct aico2_error *err)
{
    const size_t size = strlen(db_path) + 1;
    struct run_list *list = calloc(1, sizeof(*list) + size);
    int r;

    if (list == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(list->db_path, db_path, size);
    (void)pthread_mutex_init(&list->lock, NULL);
    thread_condition_init(&list->changed);
    r = thread_start(&list->thread, STACK_BYTES, list_main, list);
    if (r < 0) {
        free(list);
        return aico2_error_set_errno(err, -r, "cannot start a thread");
    }
    *list_out = list;
    return 0;
}

void run_list_stop(struct run_list *list)
{
    if (list == NULL)
        return;
    (void)pthread_mutex_lock(&list->lock);
    list->stopping = true;
    (void)pthread_cond_signal(&list->changed);
    (void)pthread_mutex_unlock(&list->lock);
    (void)pthread_join(list->thread, NULL);
    free(list->found.rows);
    (void)pthread_cond_destroy(&list->changed);
    (void)pthread_mutex_destroy(&list->lock);
    free(list);
}

bool run_list_take(struct run_list *list, struct run_row **runs_out, size_t *count_out, char *note,
                   size_t note_size)
{
    struct found found = { 0 };
    bool taken;

    (void)pthread_mutex_lock(&list->lock); /* held by the thread for no longer than an assignment */
    taken = list->fresh;
    if (taken) {
        found = list->found;
        list->found = (struct found){ 0 };
        list->fresh = false;
    }
    (void)pthread_mutex_unlock(&list->lock);
    if (!taken)
        return false;
    *runs_out = found.rows;
    *count_out = found.count;
    (void)snprintf(note, note_size, "%s", found.note);
    return true;
}
