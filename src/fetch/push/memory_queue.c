/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/memory_queue.c - records in memory, first in, first out: where there is no disk for them */
#include "fetch/push/memory_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

int memory_queue_add(struct memory_queue *queue, const char *block, size_t length, uint32_t samples,
                     int64_t wall_ms)
{
    char *copy;

    if (queue->first > 0 && queue->first >= queue->count) {
        memmove(queue->items, queue->items + queue->first, queue->count * sizeof(*queue->items));
        queue->first = 0;
    }
    if (array_reserve(&queue->items, &queue->capacity, queue->first + queue->count + 1,
                      sizeof(*queue->items)) < 0)
        return -ENOMEM;
    copy = malloc(length + 1);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, block, length);
    queue->items[queue->first + queue->count++] = (struct memory_item){
        .number = ++queue->next_number,
        .block = copy,
        .length = length,
        .samples = samples,
        .wall_ms = wall_ms,
    };
    queue->bytes += length;
    return 0;
}

const struct memory_item *memory_queue_first(const struct memory_queue *queue)
{
    return queue->count == 0 ? NULL : &queue->items[queue->first];
}

void memory_queue_remove_first(struct memory_queue *queue)
{
    struct memory_item *item = &queue->items[queue->first];

    queue->bytes -= item->length;
    free(item->block);
    queue->first++;
    queue->count--;
}

int memory_queue_take(struct memory_queue *queue, const struct batch_limits *limits,
                      struct batch *batch)
{
    for (size_t i = 0; i < queue->count; i++) {
        const struct memory_item *item = &queue->items[queue->first + i];

        if (!batch_takes(batch, limits, item->samples, item->wall_ms))
            break;
        if (batch_add(batch, item->block, item->length, item->samples, item->wall_ms) < 0)
            return batch->records > 0 ? 1 : -ENOMEM;
        batch->end = item->number;
    }
    return batch->records > 0;
}

void memory_queue_deinit(struct memory_queue *queue)
{
    while (queue->count > 0)
        memory_queue_remove_first(queue);
    free(queue->items);
    *queue = (struct memory_queue){ 0 };
}
