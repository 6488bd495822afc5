/* SPDX-License-Identifier: Apache-2.0 */
/* base/shared_pids.c - a list of processes that one thread writes and another reads */
#include "base/shared_pids.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct shared_pids {
    pthread_mutex_t lock; /* of all below */
    unsigned holders;
    bool wanted;
    pid_t *pids;
    size_t count;
    size_t capacity;
};

struct shared_pids *shared_pids_new(void)
{
    struct shared_pids *list = calloc(1, sizeof(*list));

    if (list != NULL) {
        (void)pthread_mutex_init(&list->lock, NULL);
        list->holders = 1;
    }
    return list;
}

struct shared_pids *shared_pids_hold(struct shared_pids *list)
{
    if (list == NULL)
        return NULL;
    (void)pthread_mutex_lock(&list->lock);
    list->holders++;
    (void)pthread_mutex_unlock(&list->lock);
    return list;
}

void shared_pids_free(struct shared_pids *list)
{
    bool last;

    if (list == NULL)
        return;
    (void)pthread_mutex_lock(&list->lock);
    last = --list->holders == 0;
    (void)pthread_mutex_unlock(&list->lock);
    if (!last)
        return;
    (void)pthread_mutex_destroy(&list->lock);
    free(list->pids);
    free(list);
}

void shared_pids_want(struct shared_pids *list)
{
    (void)pthread_mutex_lock(&list->lock);
    list->wanted = true;
    (void)pthread_mutex_unlock(&list->lock);
}

bool shared_pids_are_wanted(struct shared_pids *list)
{
    bool wanted;

    (void)pthread_mutex_lock(&list->lock);
    wanted = list->wanted;
    (void)pthread_mutex_unlock(&list->lock);
    return wanted;
}

int shared_pids_set(struct shared_pids *list, const pid_t *pids, size_t count)
{
    int r;

    (void)pthread_mutex_lock(&list->lock);
    r = array_reserve(&list->pids, &list->capacity, count, sizeof(*list->pids));
    if (r == 0) {
        if (count > 0)
            memcpy(list->pids, pids, count * sizeof(*pids));
        list->count = count;
    }
    (void)pthread_mutex_unlock(&list->lock);
    return r;
}

size_t shared_pids_copy(struct shared_pids *list, pid_t **pids, size_t *capacity)
{
    size_t count;

    (void)pthread_mutex_lock(&list->lock);
    count = list->count;
    if (array_reserve(pids, capacity, count, sizeof(**pids)) < 0)
        count = *capacity < count ? *capacity : count;
    if (count > 0)
        memcpy(*pids, list->pids, count * sizeof(**pids));
    (void)pthread_mutex_unlock(&list->lock);
    return count;
}
