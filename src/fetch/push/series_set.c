/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/series_set.c - the series of a snapshot, each once: what is twice, and what has gone */
#include "fetch/push/series_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/digest.h"

enum { SLOTS_LEAST = 64 };

static uint64_t hash_of(const char *labels, size_t length)
{
    struct digest digest = DIGEST_NULL;
    unsigned char bytes[DIGEST_SIZE];
    uint64_t hash;

    digest_add(&digest, labels, length);
    digest_bytes(&digest, bytes);
    memcpy(&hash, bytes, sizeof(hash));
    return hash;
}

/* The slot that holds these labels, or a free one. The table is never full. */
static size_t find_slot(const struct series_set *set, uint64_t hash, const char *labels,
                        size_t length)
{
    size_t slot = (size_t)hash & (set->slot_count - 1);

    for (; set->slots[slot] != 0; slot = (slot + 1) & (set->slot_count - 1)) {
        const struct series_item *item = &set->items[set->slots[slot] - 1];

        if (item->hash == hash && item->length == length &&
            memcmp(set->texts.text + item->begin, labels, length) == 0)
            break;
    }
    return slot;
}

/* At most half of the slots are used. */
static int make_slots(struct series_set *set)
{
    const size_t need = (set->count + 1) * 2;
    size_t slot_count = set->slot_count == 0 ? SLOTS_LEAST : set->slot_count;
    uint32_t *slots;

    if (need <= set->slot_count)
        return 0;
    while (slot_count < need)
        slot_count *= 2;
    slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL)
        return -ENOMEM;
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    for (size_t i = 0; i < set->count; i++) {
        size_t slot = (size_t)set->items[i].hash & (slot_count - 1);

        while (slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    return 0;
}

int series_set_add(struct series_set *set, const char *labels, size_t length)
{
    const uint64_t hash = hash_of(labels, length);
    const size_t begin = set->texts.length;
    size_t slot;

    if (array_reserve(&set->items, &set->capacity, set->count + 1, sizeof(*set->items)) < 0 ||
        make_slots(set) < 0)
        return -ENOMEM;
    slot = find_slot(set, hash, labels, length);
    if (set->slots[slot] != 0)
        return 0;
    strbuf_add_bytes(&set->texts, labels, length);
    if (set->texts.failed) {
        set->texts.failed = false;
        return -ENOMEM;
    }
    set->items[set->count++] =
        (struct series_item){ .hash = hash, .begin = begin, .length = length };
    set->slots[slot] = (uint32_t)set->count;
    return 1;
}

bool series_set_has(const struct series_set *set, const char *labels, size_t length)
{
    return set->slot_count > 0 &&
           set->slots[find_slot(set, hash_of(labels, length), labels, length)] != 0;
}

void series_set_clear(struct series_set *set)
{
    if (set->slot_count > 0)
        memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
    set->count = 0;
    set->texts.length = 0;
}

void series_set_deinit(struct series_set *set)
{
    free(set->items);
    free(set->slots);
    strbuf_deinit(&set->texts);
    *set = (struct series_set){ 0 };
}
