/* SPDX-License-Identifier: Apache-2.0 */
/* server/page.h - a text made once a tick and handed out as it is, to any number of askers */
#pragma once

#include <pthread.h>
#include <stddef.h>

#include "base/strbuf.h"

enum page_form { PAGE_TEXT, PAGE_OPENMETRICS, PAGE_FORMS };

/* Never changed once it is in a slot; freed with its last reference. */
struct page {
    char *bytes[PAGE_FORMS];
    size_t length[PAGE_FORMS];
    int references; /* atomic */
};

/* Takes the texts over. Return: NULL without memory, the texts freed. */
struct page *page_new(struct strbuf texts[PAGE_FORMS]);
void page_unref(struct page *page); /* NULL allowed */

/* Where one thread puts the newest page and another takes it. */
struct page_slot {
    pthread_mutex_t lock;
    struct page *page;
};

void page_slot_init(struct page_slot *slot);
void page_slot_deinit(struct page_slot *slot);
void page_slot_put(struct page_slot *slot, struct page *page); /* its reference goes over */
struct page *page_slot_get(struct page_slot *slot); /* with a reference; NULL: none yet */
