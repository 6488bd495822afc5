/* SPDX-License-Identifier: Apache-2.0 */
/* server/page.c - a text made once a tick and handed out as it is, to any number of askers */
#include "server/page.h"

#include <stdlib.h>

struct page *page_new(struct strbuf texts[PAGE_FORMS])
{
    struct page *page = calloc(1, sizeof(*page));
    bool failed = page == NULL;

    for (size_t i = 0; i < PAGE_FORMS; i++) {
        size_t length = texts[i].length;
        char *bytes;

        failed = failed || texts[i].failed;
        bytes = strbuf_take(&texts[i]);
        if (page == NULL) {
            free(bytes);
            continue;
        }
        page->bytes[i] = bytes;
        page->length[i] = bytes != NULL ? length : 0;
    }
    if (page != NULL)
        page->references = 1;
    if (failed) {
        page_unref(page);
        page = NULL;
    }
    return page;
}

void page_unref(struct page *page)
{
    if (page == NULL || __atomic_sub_fetch(&page->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; i < PAGE_FORMS; i++)
        free(page->bytes[i]);
    free(page);
}

void page_slot_init(struct page_slot *slot)
{
    slot->page = NULL;
    (void)pthread_mutex_init(&slot->lock, NULL);
}

void page_slot_deinit(struct page_slot *slot)
{
    page_unref(slot->page);
    slot->page = NULL;
    (void)pthread_mutex_destroy(&slot->lock);
}

void page_slot_put(struct page_slot *slot, struct page *page)
{
    struct page *before;

    (void)pthread_mutex_lock(&slot->lock);
    before = slot->page;
    slot->page = page;
    (void)pthread_mutex_unlock(&slot->lock);
    page_unref(before);
}

struct page *page_slot_get(struct page_slot *slot)
{
    struct page *page;

    (void)pthread_mutex_lock(&slot->lock);
    page = slot->page;
    if (page != NULL)
        (void)__atomic_add_fetch(&page->references, 1, __ATOMIC_RELAXED);
    (void)pthread_mutex_unlock(&slot->lock);
    return page;
}
