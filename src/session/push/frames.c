/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/frames.c - frames on their way to a fetcher: kept until it says that it has them */
#include "session/push/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

enum { FRAMES_MAX = 512, BYTES_MAX = 8 << 20 };

bool push_frames_have_room(const struct push_frames *frames)
{
    return frames->count < FRAMES_MAX && frames->bytes < BYTES_MAX;
}

int push_frames_add(struct push_frames *frames, const struct metrics *metrics, enum push_kind kind)
{
    struct push_frame head = { .magic = PUSH_MAGIC, .kind = kind };
    struct kept_frame frame = { .kind = kind };
    int samples;

    if (!push_frames_have_room(frames))
        return -ENOBUFS;
    if (array_reserve(&frames->items, &frames->capacity, frames->count + 1,
                      sizeof(*frames->items)) < 0)
        return -ENOMEM;
    strbuf_add_bytes(&frame.bytes, (const char *)&head, sizeof(head));
    samples = frame.bytes.failed ? -ENOMEM : push_flatten(metrics, &frame.bytes);
    if (samples < 0) {
        strbuf_deinit(&frame.bytes);
        return samples;
    }
    head.bytes = (uint32_t)(frame.bytes.length - sizeof(head));
    head.number = ++frames->last_number;
    memcpy(frame.bytes.text, &head, sizeof(head));
    frame.number = head.number;
    frame.samples = (uint32_t)samples;
    frames->items[frames->count++] = frame;
    frames->bytes += frame.bytes.length;
    return samples;
}

int push_frames_restart(struct push_frames *frames, const struct push_setup *setup)
{
    frames->head.length = 0;
    frames->head_written = 0;
    frames->next = 0;
    frames->next_written = 0;
    strbuf_add_bytes(&frames->head, (const char *)setup, sizeof(*setup));
    strbuf_add_bytes(&frames->head, strbuf_text(&frames->previous), frames->previous.length);
    if (!frames->head.failed)
        return 0;
    frames->head.failed = false;
    return -ENOMEM;
}

/* Return: 1: all of the buffer; 0: no more now; -errno */
static int write_rest(int fd, const struct strbuf *buffer, size_t *written)
{
    while (*written < buffer->length) {
        ssize_t put = write(fd, buffer->text + *written, buffer->length - *written);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno == EAGAIN ? 0 : -errno;
        *written += (size_t)put;
    }
    return 1;
}

int push_frames_write(struct push_frames *frames, int fd)
{
    int r = write_rest(fd, &frames->head, &frames->head_written);

    while (r == 1 && frames->next < frames->count) {
        r = write_rest(fd, &frames->items[frames->next].bytes, &frames->next_written);
        if (r == 1) {
            frames->next++;
            frames->next_written = 0;
        }
    }
    return r;
}

/* It tells a fetcher to come which series there are. */
static void keep_as_previous(struct push_frames *frames, struct kept_frame *frame)
{
    struct push_frame head;

    memcpy(&head, frame->bytes.text, sizeof(head));
    head.kind = PUSH_PREVIOUS;
    memcpy(frame->bytes.text, &head, sizeof(head));
    strbuf_deinit(&frames->previous);
    frames->previous = frame->bytes;
    frame->bytes = (struct strbuf){ 0 };
}

void push_frames_stored(struct push_frames *frames, uint64_t number)
{
    size_t gone = 0;

    /* never one that this process has not had whole */
    for (; gone < frames->next && frames->items[gone].number <= number; gone++) {
        struct kept_frame *frame = &frames->items[gone];

        frames->bytes -= frame->bytes.length;
        if (frame->kind == PUSH_SNAPSHOT)
            keep_as_previous(frames, frame);
        strbuf_deinit(&frame->bytes);
    }
    if (gone == 0)
        return;
    frames->count -= gone;
    frames->next -= gone;
    memmove(frames->items, frames->items + gone, frames->count * sizeof(*frames->items));
}

uint64_t push_frames_samples(const struct push_frames *frames)
{
    uint64_t samples = 0;

    for (size_t i = 0; i < frames->count; i++)
        samples += frames->items[i].samples;
    return samples;
}

void push_frames_deinit(struct push_frames *frames)
{
    for (size_t i = 0; i < frames->count; i++)
        strbuf_deinit(&frames->items[i].bytes);
    free(frames->items);
    strbuf_deinit(&frames->previous);
    strbuf_deinit(&frames->head);
    *frames = (struct push_frames){ 0 };
}
