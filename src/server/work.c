/* SPDX-License-Identifier: Apache-2.0 */
/* server/work.c - threads for what takes long: the one that answers never waits for a disk or a sum */
#include "server/work.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/thread.h"

/* One more than there are kinds that may take long. */
enum { KINDS = WORK_LOGIN + 1, THREADS = KINDS, STACK_BYTES = 512 * 1024 };

struct work_list {
    struct work_item *first;
    struct work_item *last;
    size_t count;
};

struct work {
    pthread_t threads[THREADS];
    size_t thread_count;
    void *shop;
    int wake_fd;
    pthread_mutex_t lock;
    pthread_cond_t given;
    /* guarded by lock */
    struct work_list waiting[KINDS];
    bool in_hand[KINDS]; /* of a kind of which only one may be */
    struct work_list done;
    bool stopping;
};

static void append(struct work_list *list, struct work_item *item)
{
    item->next = NULL;
    if (list->last != NULL)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->count++;
}

static struct work_item *take_first(struct work_list *list)
{
    struct work_item *item = list->first;

    list->first = item->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    item->next = NULL;
    return item;
}

/* NULL: nothing may be begun now. */
static struct work_item *take_next(struct work *work)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (work->waiting[kind].first == NULL || work->in_hand[kind])
            continue;
        work->in_hand[kind] = kind != WORK_SHORT;
        return take_first(&work->waiting[kind]);
    }
    return NULL;
}

static void give_back(struct work *work, struct work_item *item)
{
    const uint64_t one = 1;

    work->in_hand[item->kind] = false;
    append(&work->done, item);
    if (write(work->wake_fd, &one, sizeof(one)) < 0)
        return; /* it is awake already */
}

static void *run_items(void *payload)
{
    struct work *work = payload;

    (void)pthread_mutex_lock(&work->lock);
    while (!work->stopping) {
        struct work_item *item = take_next(work);

        if (item == NULL) {
            (void)pthread_cond_wait(&work->given, &work->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&work->lock);
        item->run(item, work->shop);
        item->was_run = true;
        (void)pthread_mutex_lock(&work->lock);
        give_back(work, item);
    }
    (void)pthread_mutex_unlock(&work->lock);
    return NULL;
}

int work_start(struct work **work_out, void *shop, int wake_fd, struct aico2_error *err)
{
    struct work *work = calloc(1, sizeof(*work));
    int r = 0;

    if (work == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    work->shop = shop;
    work->wake_fd = wake_fd;
    (void)pthread_mutex_init(&work->lock, NULL);
    (void)pthread_cond_init(&work->given, NULL);
    while (r == 0 && work->thread_count < THREADS) {
        r = thread_start(&work->threads[work->thread_count], STACK_BYTES, run_items, work);
        work->thread_count += r == 0;
    }
    if (r < 0) {
        (void)work_stop(work);
        return aico2_error_set_errno(err, -r, "cannot start the threads for what takes long");
    }
    *work_out = work;
    return 0;
}

bool work_give(struct work *work, struct work_item *item)
{
    bool taken;

    item->was_run = false;
    (void)pthread_mutex_lock(&work->lock);
    taken = work->waiting[item->kind].count < WORK_WAITING_MAX;
    if (taken) {
        append(&work->waiting[item->kind], item);
        (void)pthread_cond_signal(&work->given);
    }
    (void)pthread_mutex_unlock(&work->lock);
    return taken;
}

struct work_item *work_take_done(struct work *work)
{
    struct work_item *done;

    (void)pthread_mutex_lock(&work->lock);
    done = work->done.first;
    work->done = (struct work_list){ 0 };
    (void)pthread_mutex_unlock(&work->lock);
    return done;
}

struct work_item *work_stop(struct work *work)
{
    struct work_item *left;

    if (work == NULL)
        return NULL;
    (void)pthread_mutex_lock(&work->lock);
    work->stopping = true;
    (void)pthread_cond_broadcast(&work->given);
    (void)pthread_mutex_unlock(&work->lock);
    for (size_t i = 0; i < work->thread_count; i++)
        (void)pthread_join(work->threads[i], NULL);
    for (size_t kind = 0; kind < KINDS; kind++) {
        while (work->waiting[kind].first != NULL)
            append(&work->done, take_first(&work->waiting[kind]));
    }
    left = work->done.first;
    (void)pthread_cond_destroy(&work->given);
    (void)pthread_mutex_destroy(&work->lock);
    free(work);
    return left;
}
