/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_ring.c - the ticks of the last hour as texts, made once and handed to any number of clients */
#include "server/live_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "writers/writer.h"

static const int64_t KEPT_NS = LIVE_SECONDS * NSEC_PER_SEC;
static const char EVENT_END[] = "\n\n";

enum { EVENTS_BYTES = LIVE_EVENTS_MAX * sizeof(struct live_event) };

int live_ring_init(struct live_ring *ring, int64_t tick_ns, int wake_fd, struct aico2_error *err)
{
    *ring = (struct live_ring){
        .wake_fd = wake_fd < 0 ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)
                               : fcntl(wake_fd, F_DUPFD_CLOEXEC, 3),
        .next_tick = clock_wall_ns() / tick_ns,
    };
    (void)pthread_mutex_init(&ring->lock, NULL);
    if (ring->wake_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot tell of what is measured");
    return 0;
}

static void unmap(struct live_ring *ring)
{
    if (ring->events != NULL)
        (void)munmap(ring->events, EVENTS_BYTES + ring->size);
    ring->events = NULL;
}

void live_ring_deinit(struct live_ring *ring)
{
    unmap(ring);
    fd_closep(&ring->wake_fd);
    (void)pthread_mutex_destroy(&ring->lock);
}

size_t live_event_data_length(const struct live_event *event)
{
    return event->length - event->data_start - strlen(EVENT_END);
}

/* --- memory --- */

static struct live_event *event_at(const struct live_ring *ring, uint64_t position)
{
    return &ring->events[position % LIVE_EVENTS_MAX];
}

/* How much of a text lies in one piece from there on. */
static size_t piece(const struct live_ring *ring, uint64_t at, size_t length)
{
    size_t left = ring->size - (size_t)(at % ring->size);

    return length < left ? length : left;
}

static void copy_in(struct live_ring *ring, uint64_t at, const char *bytes, size_t length)
{
    size_t first = piece(ring, at, length);

    memcpy(ring->texts + at % ring->size, bytes, first);
    memcpy(ring->texts, bytes + first, length - first);
}

static void copy_out(const struct live_ring *ring, uint64_t at, char *bytes_out, size_t length)
{
    size_t first = piece(ring, at, length);

    memcpy(bytes_out, ring->texts + at % ring->size, first);
    memcpy(bytes_out + first, ring->texts, length - first);
}

/* What an hour of such events needs. */
static size_t wanted_size(size_t length)
{
    size_t size = length * LIVE_EVENTS_MAX;

    return size < LIVE_BYTES_MAX ? size : LIVE_BYTES_MAX;
}

static int map(struct live_ring *ring, size_t size)
{
    char *bytes = mmap(NULL, EVENTS_BYTES + size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (bytes == MAP_FAILED)
        return -errno;
    ring->events = (struct live_event *)(void *)bytes;
    ring->texts = bytes + EVENTS_BYTES;
    ring->size = size;
    return 0;
}

/* Room for an hour of events of this length, and for some that are a little longer. */
static void make_room(struct live_ring *ring, size_t length)
{
    struct live_ring before = *ring;

    if (ring->events != NULL && wanted_size(length) <= ring->size)
        return;
    if (map(ring, wanted_size(length + length / 8)) < 0 || before.events == NULL)
        return; /* it stays as it was */
    memcpy(ring->events, before.events, EVENTS_BYTES);
    for (uint64_t at = before.end - before.first > 0 ? event_at(&before, before.first)->start
                                                     : before.put;
         at < before.put;) {
        size_t length_here = piece(&before, at, (size_t)(before.put - at));

        copy_in(ring, at, before.texts + at % before.size, length_here);
        at += length_here;
    }
    unmap(&before);
}

/* --- one puts --- */

static size_t bytes_kept(const struct live_ring *ring)
{
    return ring->first == ring->end ? 0 : (size_t)(ring->put - event_at(ring, ring->first)->start);
}

static bool is_to_go(const struct live_ring *ring, const struct live_event *fresh)
{
    return ring->first < ring->end &&
           (ring->end - ring->first == LIVE_EVENTS_MAX ||
            bytes_kept(ring) + fresh->length > ring->size ||
            fresh->mono_ns - event_at(ring, ring->first)->mono_ns > KEPT_NS);
}

static void append(struct live_ring *ring, struct live_event *event, const char *text)
{
    const uint64_t one = 1;

    (void)pthread_mutex_lock(&ring->lock);
    if (!event->is_run || ring->events == NULL)
        make_room(ring, event->length);
    if (ring->events != NULL && event->length <= ring->size) {
        while (is_to_go(ring, event))
            ring->first++;
        event->start = ring->put;
        copy_in(ring, ring->put, text, event->length);
        ring->put += event->length;
        *event_at(ring, ring->end++) = *event;
    }
    (void)pthread_mutex_unlock(&ring->lock);
    if (write(ring->wake_fd, &one, sizeof(one)) < 0)
        return; /* the next one wakes whoever waits */
}

static void put(struct live_ring *ring, const struct strbuf *text, size_t data_start, bool is_run)
{
    struct live_event event = {
        .tick = ring->next_tick,
        .mono_ns = clock_mono_ns(),
        .length = (uint32_t)text->length,
        .data_start = (uint16_t)data_start,
        .is_run = is_run,
    };

    if (!text->failed)
        append(ring, &event, strbuf_text(text));
}

void live_ring_put_tick(struct live_ring *ring, struct tick *tick)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    size_t data_start;

    tick->id = ring->next_tick;
    strbuf_printf(&text, "id: %" PRId64 "\nevent: sample\ndata: ", tick->id);
    data_start = text.length;
    write_tick_line(&text, tick);
    strbuf_add(&text, EVENT_END);
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
    strbuf_add(&text, EVENT_END);
    put(ring, &text, data_start, true);
}

/* --- another takes --- */

bool live_ring_has(struct live_ring *ring, uint64_t position)
{
    return position < live_ring_end(ring);
}

uint64_t live_ring_oldest(struct live_ring *ring)
{
    uint64_t first;

    (void)pthread_mutex_lock(&ring->lock);
    first = ring->first;
    (void)pthread_mutex_unlock(&ring->lock);
    return first;
}

uint64_t live_ring_end(struct live_ring *ring)
{
    uint64_t end;

    (void)pthread_mutex_lock(&ring->lock);
    end = ring->end;
    (void)pthread_mutex_unlock(&ring->lock);
    return end;
}

uint64_t live_ring_after(struct live_ring *ring, int64_t tick)
{
    uint64_t low;
    uint64_t high;

    (void)pthread_mutex_lock(&ring->lock);
    low = ring->first;
    high = ring->end;
    /* the newest that was told has this number or a lower one: else it is of another server, or made up */
    if (low < high && event_at(ring, high - 1)->tick < tick)
        high = low;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (event_at(ring, middle)->tick <= tick)
            low = middle + 1;
        else
            high = middle;
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return low;
}

bool live_ring_look(struct live_ring *ring, uint64_t *position, struct live_event *event_out)
{
    bool is_there;

    (void)pthread_mutex_lock(&ring->lock);
    if (*position < ring->first)
        *position = ring->first;
    is_there = *position < ring->end;
    if (is_there)
        *event_out = *event_at(ring, *position);
    (void)pthread_mutex_unlock(&ring->lock);
    return is_there;
}

bool live_ring_copy(struct live_ring *ring, const struct live_event *event, size_t offset,
                    char *bytes_out, size_t length)
{
    bool is_there;

    (void)pthread_mutex_lock(&ring->lock);
    is_there = ring->put - bytes_kept(ring) <= event->start;
    if (is_there)
        copy_out(ring, event->start + offset, bytes_out, length);
    (void)pthread_mutex_unlock(&ring->lock);
    return is_there;
}
