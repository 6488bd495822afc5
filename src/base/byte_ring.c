/* SPDX-License-Identifier: Apache-2.0 */
/* base/byte_ring.c - the newest bytes of a stream, from a process that never waits to one that may be slow */
#include "base/byte_ring.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* Positions are counts of all bytes there ever were; both only grow. */
struct byte_ring {
    size_t capacity;
    int wake_fd;                /* the same number on both sides of the fork */
    atomic_bool wanted;         /* the reader sleeps */
    _Atomic(uint64_t) begun;    /* may be overwritten up to here less the capacity */
    _Atomic(uint64_t) complete; /* may be read up to here */
    char bytes[];
};

struct byte_ring *byte_ring_new(size_t capacity)
{
    struct byte_ring *ring = mmap(NULL, sizeof(*ring) + capacity, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (ring == MAP_FAILED)
        return NULL;
    ring->capacity = capacity;
    ring->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ring->wake_fd >= 0)
        return ring;
    (void)munmap(ring, sizeof(*ring) + capacity);
    return NULL;
}

void byte_ring_free(struct byte_ring *ring)
{
    if (ring == NULL)
        return;
    (void)close(ring->wake_fd);
    (void)munmap(ring, sizeof(*ring) + ring->capacity);
}

void byte_ring_add(struct byte_ring *ring, const char *bytes, size_t count)
{
    uint64_t at = atomic_load_explicit(&ring->complete, memory_order_relaxed);

    if (count > ring->capacity) { /* only the end of it can be kept */
        bytes += count - ring->capacity;
        at += count - ring->capacity;
        count = ring->capacity;
    }
    atomic_store_explicit(&ring->begun, at + count, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* said before it is done */
    for (size_t done = 0; done < count;) {
        size_t offset = (size_t)((at + done) % ring->capacity);
        size_t part =
            ring->capacity - offset < count - done ? ring->capacity - offset : count - done;

        memcpy(ring->bytes + offset, bytes + done, part);
        done += part;
    }
    atomic_store(&ring->complete, at + count);
}

void byte_ring_wake(struct byte_ring *ring)
{
    if (atomic_exchange(&ring->wanted, false)) {
        uint64_t one = 1;

        (void)!write(ring->wake_fd, &one, sizeof(one));
    }
}

int byte_ring_fd(const struct byte_ring *ring)
{
    return ring->wake_fd;
}

void byte_ring_want(struct byte_ring *ring, bool wanted)
{
    uint64_t count;

    (void)!read(ring->wake_fd, &count, sizeof(count));
    atomic_store(&ring->wanted, wanted);
}

/* The first byte that is still whole, with some room before the writer comes round again. */
static uint64_t oldest(const struct byte_ring *ring, uint64_t complete)
{
    uint64_t kept = ring->capacity - ring->capacity / 4;

    return complete > kept ? complete - kept : 0;
}

size_t byte_ring_take(struct byte_ring *ring, uint64_t *at, char *bytes, size_t size,
                      bool *lost_out)
{
    for (;;) {
        uint64_t complete = atomic_load(&ring->complete);
        size_t count;

        if (complete - *at > ring->capacity) {
            *at = oldest(ring, complete);
            *lost_out = true;
        }
        count = complete - *at < size ? (size_t)(complete - *at) : size;
        for (size_t done = 0; done < count;) {
            size_t offset = (size_t)((*at + done) % ring->capacity);
            size_t part =
                ring->capacity - offset < count - done ? ring->capacity - offset : count - done;

            memcpy(bytes + done, ring->bytes + offset, part);
            done += part;
        }
        atomic_thread_fence(memory_order_seq_cst);
        if (atomic_load_explicit(&ring->begun, memory_order_relaxed) - *at <= ring->capacity) {
            *at += count;
            return count;
        }
        *at = oldest(ring, atomic_load(&ring->complete)); /* overwritten while it was copied */
        *lost_out = true;
    }
}
