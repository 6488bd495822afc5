/* SPDX-License-Identifier: Apache-2.0 */
/* server/work.h - the thread for what takes long: the one that answers never waits for a disk or a sum */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct work;

/* Part of what it is about; the giver's again once it comes back. */
struct work_item {
    struct work_item *next;
    void (*run)(struct work_item *item, void *shop);
    bool was_run; /* false: given back as it was, since the thread ends */
};

enum { WORK_WAITING_MAX = 64 };

/**
 * work_start() - a thread that runs items in the order they were given
 * @shop:    handed to each; the thread's alone while it runs
 * @wake_fd: an eventfd that is written to when an item is done
 */
int work_start(struct work **work_out, void *shop, int wake_fd, struct aico2_error *err);
/* Return: false: too many are waiting already. */
bool work_give(struct work *work, struct work_item *item);
/* Those that are done, linked, or NULL. */
struct work_item *work_take_done(struct work *work);
/* Waits until nothing is left to be done. Return: as work_take_done(). */
struct work_item *work_settle(struct work *work);
/* Ends the thread after the item in hand. Return: all that were given and not taken, run or not. */
struct work_item *work_stop(struct work *work);
