/* SPDX-License-Identifier: Apache-2.0 */
/* server/told_runs.c - a run that goes on is told anew once a second at most */
#include "server/told_runs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

static const int64_t SPACING_NS = NSEC_PER_SEC;

struct told_run {
    int64_t mono_ns;
    struct history_record record;
};

struct told_runs {
    pthread_mutex_t lock;
    struct told_run *items; /* none of a second ago and more */
    size_t count;
    size_t capacity;
};

int told_runs_new(struct told_runs **told_out, struct aico2_error *err)
{
    struct told_runs *told = calloc(1, sizeof(*told));

    if (told == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    (void)pthread_mutex_init(&told->lock, NULL);
    *told_out = told;
    return 0;
}

void told_runs_free(struct told_runs *told)
{
    if (told == NULL)
        return;
    for (size_t i = 0; i < told->count; i++)
        history_record_deinit(&told->items[i].record);
    free(told->items);
    (void)pthread_mutex_destroy(&told->lock);
    free(told);
}

static void forget_old(struct told_runs *told, int64_t now_mono_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < told->count; i++) {
        if (now_mono_ns - told->items[i].mono_ns >= SPACING_NS)
            history_record_deinit(&told->items[i].record);
        else
            told->items[kept++] = told->items[i];
    }
    told->count = kept;
}

struct history_record *told_runs_take(struct told_runs *told, struct history_record *record,
                                      int64_t now_mono_ns)
{
    struct told_run *item = NULL;

    (void)pthread_mutex_lock(&told->lock);
    forget_old(told, now_mono_ns);
    for (size_t i = 0; i < told->count && item == NULL; i++) {
        if (strcmp(told->items[i].record.run.id, record->run.id) == 0)
            item = &told->items[i];
    }
    if (item != NULL) {
        history_record_deinit(record);
        return &item->record;
    }
    if (array_reserve(&told->items, &told->capacity, told->count + 1, sizeof(*told->items)) < 0) {
        (void)pthread_mutex_unlock(&told->lock);
        history_record_deinit(record);
        return NULL;
    }
    item = &told->items[told->count++];
    *item = (struct told_run){ .mono_ns = now_mono_ns, .record = *record };
    *record = (struct history_record){ 0 };
    return &item->record;
}

void told_runs_release(struct told_runs *told)
{
    (void)pthread_mutex_unlock(&told->lock);
}
