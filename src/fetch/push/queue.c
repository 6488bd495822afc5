/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/queue.c - what waits to be sent: on the disk, or in memory for as long as that cannot be */
#include "fetch/push/queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/push/segment.h"

static const int64_t TRY_AGAIN_NS = 5 * NSEC_PER_SEC;
/* A process that is just ending has the queue for a moment more: what is in there is older, and goes first. */
static const int64_t TRY_BUSY_NS = NSEC_PER_SEC / 2;
static const int64_t HOLD_NS = 10 * NSEC_PER_SEC;
/* what a loss of power may cost, at most */
static const int64_t SYNC_NS = 10 * NSEC_PER_SEC;

static void disk_failed(struct queue *queue, const struct aico2_error *err, int64_t now_mono_ns)
{
    (void)snprintf(queue->message, sizeof(queue->message), "%.200s; kept in memory", err->message);
    queue->next_try_mono_ns = now_mono_ns + TRY_AGAIN_NS;
}

static bool has_folder(const struct queue *queue)
{
    return queue->options.folder[0] != '\0';
}

static bool is_open(const struct queue *queue)
{
    return queue->disk.folder_fd >= 0;
}

static bool open_disk(struct queue *queue, int64_t now_mono_ns)
{
    /* the oldest is dropped by segments: not too much at once where little is allowed */
    const uint64_t some = queue->options.disk_bytes_max / 8;
    struct aico2_error err;
    int r = disk_open(&queue->disk, queue->options.folder, queue->options.name,
                      some < SEGMENT_BYTES ? some : SEGMENT_BYTES, &err);

    if (r < 0)
        disk_failed(queue, &err, now_mono_ns);
    if (r == -EBUSY && now_mono_ns < queue->hold_mono_ns)
        queue->next_try_mono_ns = now_mono_ns + TRY_BUSY_NS;
    else
        queue->hold_mono_ns = 0;
    return r == 0;
}

static void drop_oldest_segment(struct queue *queue)
{
    const bool is_out = queue->is_out && queue->out_segment != 0 &&
                        queue->out_segment == queue->disk.segments[0].number;
    uint64_t samples = disk_drop_oldest(&queue->disk);

    /* what is under way is counted when its fate is known */
    if (is_out)
        samples -= samples < queue->out_samples ? samples : queue->out_samples;
    queue->dropped_samples += samples;
}

static bool append(struct queue *queue, const struct memory_item *item, int64_t now_mono_ns)
{
    struct aico2_error err;

    while (queue->disk.count > 0 &&
           queue->disk.bytes + item->length > queue->options.disk_bytes_max)
        drop_oldest_segment(queue);
    if (disk_append(&queue->disk, item->block, item->length, item->samples, item->wall_ms, &err) <
        0) {
        disk_failed(queue, &err, now_mono_ns);
        return false;
    }
    return true;
}

/* What memory holds goes to the disk, unless a part of it is under way. Return: whether memory is empty. */
static bool settle(struct queue *queue, int64_t now_mono_ns)
{
    if (!has_folder(queue) || now_mono_ns < queue->next_try_mono_ns ||
        (queue->is_out && queue->out_segment == 0))
        return false;
    if (!is_open(queue) && !open_disk(queue, now_mono_ns))
        return false;
    while (queue->memory.count > 0) {
        if (!append(queue, memory_queue_first(&queue->memory), now_mono_ns))
            return false;
        memory_queue_remove_first(&queue->memory);
    }
    queue->message[0] = '\0';
    return true;
}

void queue_init(struct queue *queue, const struct queue_options *options, int64_t now_mono_ns)
{
    *queue = (struct queue){
        .options = *options,
        .disk = DISK_NULL,
        .hold_mono_ns = now_mono_ns + HOLD_NS,
    };
    (void)settle(queue, now_mono_ns);
}

static void drop_from_memory(struct queue *queue)
{
    const struct memory_item *item = memory_queue_first(&queue->memory);
    const bool is_out = queue->is_out && queue->out_segment == 0 && item->number <= queue->out_end;

    if (!is_out)
        queue->dropped_samples += item->samples;
    memory_queue_remove_first(&queue->memory);
}

static void add_to_memory(struct queue *queue, const struct memory_item *item)
{
    while (queue->memory.count > 0 &&
           queue->memory.bytes + item->length > queue->options.memory_bytes_max)
        drop_from_memory(queue);
    if (memory_queue_add(&queue->memory, item->block, item->length, item->samples, item->wall_ms) <
        0)
        queue->dropped_samples += item->samples;
}

void queue_add(struct queue *queue, const char *block, size_t length, uint32_t samples,
               int64_t wall_ms, int64_t now_mono_ns)
{
    const struct memory_item item = {
        .block = (char *)block, /* is read only */
        .length = length,
        .samples = samples,
        .wall_ms = wall_ms,
    };

    if (queue->memory.count == 0 && is_open(queue) && now_mono_ns >= queue->next_try_mono_ns &&
        append(queue, &item, now_mono_ns)) {
        queue->message[0] = '\0';
        return;
    }
    add_to_memory(queue, &item);
    (void)settle(queue, now_mono_ns);
}

void queue_turn(struct queue *queue, int64_t now_mono_ns)
{
    struct aico2_error err;

    if (queue->memory.count > 0 || queue->message[0] != '\0')
        (void)settle(queue, now_mono_ns);
    if (!is_open(queue) || now_mono_ns < queue->next_sync_mono_ns)
        return;
    queue->next_sync_mono_ns = now_mono_ns + SYNC_NS;
    if (disk_sync(&queue->disk, &err) < 0)
        disk_failed(queue, &err, now_mono_ns);
}

int queue_take(struct queue *queue, const struct batch_limits *limits, int64_t now_mono_ns,
               struct batch *batch)
{
    const bool is_held = has_folder(queue) && !is_open(queue) && now_mono_ns < queue->hold_mono_ns;
    int r = is_open(queue) ? disk_take(&queue->disk, limits, batch) : 0;

    if (r == 0 && !is_held)
        r = memory_queue_take(&queue->memory, limits, batch);
    if (r > 0) {
        queue->is_out = true;
        queue->out_segment = batch->segment;
        queue->out_end = batch->end;
        queue->out_samples = batch->samples;
    }
    return r;
}

void queue_done(struct queue *queue, const struct batch *batch)
{
    queue->is_out = false;
    if (batch->segment != 0) {
        (void)disk_done(&queue->disk, batch);
        return;
    }
    while (queue->memory.count > 0 && memory_queue_first(&queue->memory)->number <= batch->end)
        memory_queue_remove_first(&queue->memory);
}

void queue_back(struct queue *queue, const struct batch *batch)
{
    uint64_t there = 0;

    queue->is_out = false;
    if (batch->segment != 0) {
        if (queue->disk.count == 0 || queue->disk.segments[0].number != batch->segment)
            queue->dropped_samples += batch->samples;
        return;
    }
    for (size_t i = 0; i < queue->memory.count; i++) {
        const struct memory_item *item = &queue->memory.items[queue->memory.first + i];

        if (item->number <= batch->end)
            there += item->samples;
    }
    queue->dropped_samples += batch->samples > there ? batch->samples - there : 0;
}

bool queue_is_empty(const struct queue *queue)
{
    return queue->memory.count == 0 && (!is_open(queue) || disk_is_empty(&queue->disk));
}

bool queue_is_on_disk(const struct queue *queue)
{
    return is_open(queue) && queue->message[0] == '\0';
}

uint64_t queue_bytes(const struct queue *queue)
{
    return queue->memory.bytes + (is_open(queue) ? disk_unsent_bytes(&queue->disk) : 0);
}

void queue_deinit(struct queue *queue)
{
    (void)disk_sync(&queue->disk, NULL);
    disk_close(&queue->disk);
    memory_queue_deinit(&queue->memory);
}
