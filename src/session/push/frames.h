/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/frames.h - frames on their way to a fetcher: kept until it says that it has them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/push.h"

struct kept_frame {
    struct strbuf bytes; /* its struct push_frame included */
    uint64_t number;
    uint32_t samples;
    enum push_kind kind;
};

/* { 0 } holds none. */
struct push_frames {
    struct kept_frame *items;
    size_t count, capacity;
    size_t bytes;
    uint64_t last_number;
    struct strbuf
        previous; /* the last snapshot that is stored, as a frame PUSH_PREVIOUS; empty: none */
    /* how far they were written to the process that runs now */
    struct strbuf head; /* set-up, and previous: before all others */
    size_t head_written;
    size_t next; /* index of the frame that is written */
    size_t next_written;
};

/* Return: how many samples; -ENOBUFS: no room; -E2BIG, -ENOMEM */
int push_frames_add(struct push_frames *frames, const struct metrics *metrics, enum push_kind kind);
bool push_frames_have_room(const struct push_frames *frames);

/* A process begins: what it gets first is the set-up, then all that is kept. Return: 0 or -ENOMEM. */
int push_frames_restart(struct push_frames *frames, const struct push_setup *setup);

/* As much as a non-blocking descriptor takes. Return: 1: all of it; 0: there is more; -errno */
int push_frames_write(struct push_frames *frames, int fd);

/* Frames up to a number are the fetcher's now. */
void push_frames_stored(struct push_frames *frames, uint64_t number);

uint64_t push_frames_samples(const struct push_frames *frames); /* of those kept */
void push_frames_deinit(struct push_frames *frames);
