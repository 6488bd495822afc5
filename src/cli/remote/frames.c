/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/frames.c - a question to the fetcher about a time-series server, and its answer frame by frame */
#include "cli/remote/frames.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "cli/fetch_process.h"

int remote_frames_refuse(const char *what, struct aico2_error *err)
{
    return aico2_error_set(err, -EBADMSG, "aico2-fetch told what cannot be: %s", what);
}

static int wait_for_some(const struct remote_frames *frames, struct aico2_error *err)
{
    for (;;) {
        struct pollfd wait = { .fd = frames->answer_fd, .events = POLLIN };
        int64_t left_ns = frames->deadline_mono_ns - clock_mono_ns();
        int64_t left_ms = left_ns <= 0 ? 0 : left_ns / NSEC_PER_MSEC + 1;
        int count = poll(&wait, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

        if (count > 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return aico2_error_set_errno(err, errno, "cannot wait for aico2-fetch");
        if (clock_mono_ns() >= frames->deadline_mono_ns)
            return aico2_error_set(err, -ETIMEDOUT, "aico2-fetch did not answer in time");
    }
}

/* All of a frame's part. @first: the end of the stream may stand in its place. Return: 1; 0 the end; -errno */
static int read_part(struct remote_frames *frames, void *part, size_t size, bool first,
                     struct aico2_error *err)
{
    size_t length = 0;

    while (length < size) {
        ssize_t got = read(frames->answer_fd, (char *)part + length, size - length);
        int r = 0;

        if (got == 0)
            return first && length == 0 ? 0 : remote_frames_refuse("a torn frame", err);
        if (got > 0)
            length += (size_t)got;
        else if (errno == EAGAIN)
            r = wait_for_some(frames, err);
        else if (errno != EINTR)
            r = aico2_error_set_errno(err, errno, "cannot read from aico2-fetch");
        if (r < 0)
            return r;
    }
    return 1;
}

/* It went without saying how its answer ended. */
static int gone(struct remote_frames *frames, struct aico2_error *err)
{
    frames->status = fetch_process_end(&frames->pid, frames->status);
    return fetch_process_failed(frames->status, err);
}

int remote_frames_next(struct remote_frames *frames, struct aico2_error *err)
{
    int r = read_part(frames, &frames->frame, sizeof(frames->frame), true, err);

    if (r == 0)
        return gone(frames, err);
    if (r < 0)
        return r;
    if (frames->frame.bytes > REMOTE_FRAME_MAX)
        return remote_frames_refuse("a frame that is too long", err);
    r = frames->frame.bytes == 0
            ? 1
            : read_part(frames, frames->payload, frames->frame.bytes, false, err);
    if (r <= 0)
        return r;
    return remote_frame_check(&frames->frame, frames->payload)
               ? 0
               : remote_frames_refuse("a frame", err);
}

int remote_frames_open(struct remote_frames *frames, const char *program,
                       const struct remote_question *question, struct aico2_error *err)
{
    *frames = (struct remote_frames){ .answer_fd = -1 };
    if (!remote_question_check(question))
        return aico2_error_set(err, -EINVAL, "a question that cannot be put to aico2-fetch");
    frames->deadline_mono_ns =
        clock_mono_ns() + (question->deadline_ms + FETCH_GRACE_MS / 2) * NSEC_PER_MSEC;
    frames->payload = malloc(REMOTE_FRAME_MAX);
    if (frames->payload == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return fetch_process_start(program, question, sizeof(*question), question->deadline_ms,
                               &frames->pid, &frames->answer_fd, err);
}

void remote_frames_close(struct remote_frames *frames)
{
    (void)fetch_process_end(&frames->pid, frames->status);
    fd_closep(&frames->answer_fd);
    free(frames->payload);
    frames->payload = NULL;
}
