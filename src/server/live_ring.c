/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_ring.c - the ticks of the last hour as texts, made once and handed to any number of clients */
#include "server/live_ring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "writers/writer.h"

static const int64_t KEPT_NS = LIVE_SECONDS * NSEC_PER_SEC;

int live_ring_init(struct live_ring *ring, struct aico2_error *err)
{
    *ring = (struct live_ring){
        .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .next_tick = clock_wall_ns() / NSEC_PER_SEC,
        .events = calloc(LIVE_EVENTS_MAX, sizeof(struct live_event *)),
    };
    (void)pthread_mutex_init(&ring->lock, NULL);
    if (ring->events == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (ring->wake_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot tell of what is measured");
    return 0;
}

void live_event_unref(struct live_event *event)
{
    if (event != NULL && __atomic_sub_fetch(&event->references, 1, __ATOMIC_ACQ_REL) == 0)
        free(event);
}

static struct live_event **place_of(const struct live_ring *ring, uint64_t position)
{
    return &ring->events[position % LIVE_EVENTS_MAX];
}

static void drop_oldest(struct live_ring *ring)
{
    struct live_event **oldest = place_of(ring, ring->first);

    ring->bytes -= (*oldest)->length;
    live_event_unref(*oldest);
    *oldest = NULL;
    ring->first++;
}

void live_ring_deinit(struct live_ring *ring)
{
    if (ring->events != NULL) {
        while (ring->first < ring->end)
            drop_oldest(ring);
    }
    free(ring->events);
    ring->events = NULL;
    fd_closep(&ring->wake_fd);
    (void)pthread_mutex_destroy(&ring->lock);
}

static void append(struct live_ring *ring, struct live_event *event)
{
    const uint64_t one = 1;

    (void)pthread_mutex_lock(&ring->lock);
    while (ring->first < ring->end &&
           (ring->end - ring->first == LIVE_EVENTS_MAX ||
            ring->bytes + event->length > LIVE_BYTES_MAX ||
            event->mono_ns - (*place_of(ring, ring->first))->mono_ns > KEPT_NS))
        drop_oldest(ring);
    *place_of(ring, ring->end) = event;
    ring->end++;
    ring->bytes += event->length;
    (void)pthread_mutex_unlock(&ring->lock);
    if (write(ring->wake_fd, &one, sizeof(one)) < 0)
        return; /* the next one wakes whoever waits */
}

static void put(struct live_ring *ring, const struct strbuf *text, size_t data_start, bool is_run)
{
    struct live_event *event = text->failed ? NULL : malloc(sizeof(*event) + text->length);

    if (event == NULL)
        return;
    *event = (struct live_event){
        .tick = ring->next_tick,
        .mono_ns = clock_mono_ns(),
        .is_run = is_run,
        .references = 1,
        .length = text->length,
        .data_start = data_start,
        .data_length = text->length - data_start - strlen("\n\n"),
    };
    memcpy(event->text, strbuf_text(text), text->length);
    append(ring, event);
}

void live_ring_put_tick(struct live_ring *ring, struct tick *tick)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    size_t data_start;

    tick->id = ring->next_tick;
    strbuf_printf(&text, "id: %" PRId64 "\nevent: sample\ndata: ", tick->id);
    data_start = text.length;
    write_tick_line(&text, tick);
    strbuf_add(&text, "\n\n");
    put(ring, &text, data_start, false);
    ring->next_tick++;
}

void live_ring_put_run(struct live_ring *ring, const struct run_row *row)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    size_t data_start;

    strbuf_add(&text, "event: run\ndata: ");
    data_start = text.length;
    write_run_line(&text, row);
    strbuf_add(&text, "\n\n");
    put(ring, &text, data_start, true);
}

uint64_t live_ring_oldest(struct live_ring *ring)
{
    uint64_t first;

    (void)pthread_mutex_lock(&ring->lock);
    first = ring->first;
    (void)pthread_mutex_unlock(&ring->lock);
    return first;
}

uint64_t live_ring_after(struct live_ring *ring, int64_t tick)
{
    uint64_t low;
    uint64_t high;

    (void)pthread_mutex_lock(&ring->lock);
    low = ring->first;
    high = ring->end;
    /* the newest that was told has this number or a lower one: else it is of another server, or made up */
    if (low < high && (*place_of(ring, high - 1))->tick < tick)
        high = low;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if ((*place_of(ring, middle))->tick <= tick)
            low = middle + 1;
        else
            high = middle;
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return low;
}

struct live_event *live_ring_take(struct live_ring *ring, uint64_t *position)
{
    struct live_event *event = NULL;

    (void)pthread_mutex_lock(&ring->lock);
    if (*position < ring->first)
        *position = ring->first;
    if (*position < ring->end) {
        event = *place_of(ring, *position);
        (void)__atomic_add_fetch(&event->references, 1, __ATOMIC_RELAXED);
        (*position)++;
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return event;
}
