/* SPDX-License-Identifier: Apache-2.0 */
/* base/byte_ring.h - the newest bytes of a stream, from a process that never waits to one that may be slow */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory that is shared over a fork. Who writes overwrites the oldest bytes; who reads is told when it
 * came too late for some. One writer, one reader.
 */
struct byte_ring;

/* capacity: in bytes. NULL: out of memory or descriptors. */
struct byte_ring *byte_ring_new(size_t capacity);
/* In each process that has it; NULL is none. */
void byte_ring_free(struct byte_ring *ring);

/* The writer. Safe after a fork of a program with threads, all of it. */
void byte_ring_add(struct byte_ring *ring, const char *bytes, size_t count);
/* Wakes the reader, if it wants to be. */
void byte_ring_wake(struct byte_ring *ring);

/* The reader: becomes readable when it is woken. */
int byte_ring_fd(const struct byte_ring *ring);
/* It is readable no more; the next bytes shall wake, or not. Before the ring is emptied, so that none is
 * missed. */
void byte_ring_want(struct byte_ring *ring, bool wanted);

/**
 * byte_ring_take() - what the reader has not seen yet
 * @at: how many bytes of the stream it has seen; is moved on
 * @lost_out: set when some were overwritten before they could be taken; untouched else
 * Return: how many bytes, 0 when there are none
 */
size_t byte_ring_take(struct byte_ring *ring, uint64_t *at, char *bytes, size_t size,
                      bool *lost_out);
