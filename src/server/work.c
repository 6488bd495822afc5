/* SPDX-License-Identifier: Apache-2.0 */
/* server/work.c - the thread for what takes long: the one that answers never waits for a disk or a sum */
#include "server/work.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/thread.h"

enum { STACK_BYTES = 512 * 1024 };

struct work_list {
    struct work_item *first;
    struct work_item *last;
    size_t count;
};

struct work {
    pthread_t thread;
    void *shop;
    int wake_fd;
    pthread_mutex_t lock;
    pthread_cond_t given;
    pthread_cond_t settled;
    /* guarded by lock */
    struct work_list waiting;
    struct work_list done;
    bool busy; /* with an item that is in neither list */
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

static void *run_items(void *payload)
{
    struct work *work = payload;
    const uint64_t one = 1;

    (void)pthread_mutex_lock(&work->lock);
    for (;;) {
        struct work_item *item;

        while (work->waiting.first == NULL && !work->stopping)
            (void)pthread_cond_wait(&work->given, &work->lock);
        if (work->stopping)
            break;
        item = take_first(&work->waiting);
        work->busy = true;
        (void)pthread_mutex_unlock(&work->lock);
        item->run(item, work->shop);
        item->was_run = true;
        (void)pthread_mutex_lock(&work->lock);
        work->busy = false;
        append(&work->done, item);
        (void)pthread_cond_signal(&work->settled);
        if (write(work->wake_fd, &one, sizeof(one)) < 0)
            continue; /* it is awake already */
    }
    (void)pthread_mutex_unlock(&work->lock);
    return NULL;
}

int work_start(struct work **work_out, void *shop, int wake_fd, struct aico2_error *err)
{
    struct work *work = calloc(1, sizeof(*work));
    int r;

    if (work == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    work->shop = shop;
    work->wake_fd = wake_fd;
    (void)pthread_mutex_init(&work->lock, NULL);
    (void)pthread_cond_init(&work->given, NULL);
    (void)pthread_cond_init(&work->settled, NULL);
    r = thread_start(&work->thread, STACK_BYTES, run_items, work);
    if (r < 0) {
        free(work);
        return aico2_error_set_errno(err, -r, "cannot start the thread for what takes long");
    }
    *work_out = work;
    return 0;
}

bool work_give(struct work *work, struct work_item *item)
{
    bool taken;

    item->was_run = false;
    (void)pthread_mutex_lock(&work->lock);
    taken = work->waiting.count < WORK_WAITING_MAX;
    if (taken) {
        append(&work->waiting, item);
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

struct work_item *work_settle(struct work *work)
{
    struct work_item *done;

    (void)pthread_mutex_lock(&work->lock);
    while (work->busy || work->waiting.first != NULL)
        (void)pthread_cond_wait(&work->settled, &work->lock);
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
    (void)pthread_cond_signal(&work->given);
    (void)pthread_mutex_unlock(&work->lock);
    (void)pthread_join(work->thread, NULL);
    while (work->waiting.first != NULL)
        append(&work->done, take_first(&work->waiting));
    left = work->done.first;
    (void)pthread_cond_destroy(&work->given);
    (void)pthread_cond_destroy(&work->settled);
    (void)pthread_mutex_destroy(&work->lock);
    free(work);
    return left;
}
