/* SPDX-License-Identifier: Apache-2.0 */
/* server/work.h - threads for what takes long: the one that answers never waits for a disk or a sum */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct work;

/* Of each kind but the first one is in hand at a time, so that a thread is left for what is soon done. */
enum work_kind { WORK_SHORT, WORK_LONG, WORK_LOGIN };

/* Part of what it is about; the giver's again once it comes back. */
struct work_item {
    struct work_item *next;
    void (*run)(struct work_item *item, void *shop);
    enum work_kind kind;
    bool was_run; /* false: given back as it was, since the threads end */
};

enum { WORK_WAITING_MAX = 64 }; /* of each kind */

/**
 * work_start() - threads that run the items of a kind in the order they were given
 * @shop:    handed to each; several read it at once
 * @wake_fd: an eventfd that is written to when an item is done
 */
int work_start(struct work **work_out, void *shop, int wake_fd, struct aico2_error *err);
/* Return: false: too many of its kind are waiting already. */
bool work_give(struct work *work, struct work_item *item);
/* Those that are done, linked, or NULL. */
struct work_item *work_take_done(struct work *work);
/* Ends the threads after the items in hand. Return: all that were given and not taken, run or not. */
struct work_item *work_stop(struct work *work);
