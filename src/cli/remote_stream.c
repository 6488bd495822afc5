/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote_stream.c - what the fetcher tells of a time-series server, frame by frame, each checked */
#include "cli/remote_stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/lines.h"
#include "cli/fetch_process.h"

/* More of them are a flood; what they would say is not kept. */
enum { NOTES_MAX = 64 };

struct remote_stream {
    struct remote_answer base;
    pid_t pid;     /* 0: waited for */
    int status;    /* of waitpid, once pid is 0 */
    int answer_fd; /* -1: closed */
    int64_t deadline_mono_ns;
    struct remote_frame frame;
    void *payload;                         /* REMOTE_FRAME_MAX */
    const struct remote_reading *readings; /* of the frame in hand */
    size_t reading_count;
    size_t reading_at;
    int64_t *last_ns; /* of each device */
    size_t host_capacity;
    size_t device_capacity;
    bool has_server;
    bool has_readings;
    bool ended;
    struct aico2_error torn; /* once the readings in hand are taken; code 0: it goes on */
};

static int bad(const char *what, struct aico2_error *err)
{
    return aico2_error_set(err, -EBADMSG, "aico2-fetch told what cannot be: %s", what);
}

static int wait_for_some(const struct remote_stream *stream, struct aico2_error *err)
{
    for (;;) {
        struct pollfd wait = { .fd = stream->answer_fd, .events = POLLIN };
        int64_t left_ns = stream->deadline_mono_ns - clock_mono_ns();
        int64_t left_ms = left_ns <= 0 ? 0 : left_ns / NSEC_PER_MSEC + 1;
        int count = poll(&wait, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

        if (count > 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return aico2_error_set_errno(err, errno, "cannot wait for aico2-fetch");
        if (clock_mono_ns() >= stream->deadline_mono_ns)
            return aico2_error_set(err, -ETIMEDOUT, "aico2-fetch did not answer in time");
    }
}

/* All of a frame's part. @first: the end of the stream may stand in its place. Return: 1; 0 the end; -errno */
static int read_part(struct remote_stream *stream, void *part, size_t size, bool first,
                     struct aico2_error *err)
{
    size_t length = 0;

    while (length < size) {
        ssize_t got = read(stream->answer_fd, (char *)part + length, size - length);
        int r = 0;

        if (got == 0)
            return first && length == 0 ? 0 : bad("a torn frame", err);
        if (got > 0)
            length += (size_t)got;
        else if (errno == EAGAIN)
            r = wait_for_some(stream, err);
        else if (errno != EINTR)
            r = aico2_error_set_errno(err, errno, "cannot read from aico2-fetch");
        if (r < 0)
            return r;
    }
    return 1;
}

/* It went without saying how its answer ended. */
static int gone(struct remote_stream *stream, struct aico2_error *err)
{
    stream->status = fetch_process_end(&stream->pid, stream->status);
    return fetch_process_failed(stream->status, err);
}

static int read_frame(struct remote_stream *stream, struct aico2_error *err)
{
    int r = read_part(stream, &stream->frame, sizeof(stream->frame), true, err);

    if (r == 0)
        return gone(stream, err);
    if (r < 0)
        return r;
    if (stream->frame.bytes > REMOTE_FRAME_MAX)
        return bad("a frame that is too long", err);
    r = stream->frame.bytes == 0
            ? 1
            : read_part(stream, stream->payload, stream->frame.bytes, false, err);
    if (r <= 0)
        return r;
    return remote_frame_check(&stream->frame, stream->payload) ? 0 : bad("a frame", err);
}

static int take_host(struct remote_stream *stream, struct aico2_error *err)
{
    struct remote_answer *answer = &stream->base;

    if (stream->has_readings || answer->device_count > 0 || answer->host_count >= REMOTE_HOSTS_MAX)
        return bad("a host out of order", err);
    if (array_reserve(&answer->hosts, &stream->host_capacity, answer->host_count + 1,
                      sizeof(*answer->hosts)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(&answer->hosts[answer->host_count++], stream->payload, sizeof(*answer->hosts));
    return 0;
}

static int take_device(struct remote_stream *stream, struct aico2_error *err)
{
    struct remote_answer *answer = &stream->base;
    const struct remote_device *device = stream->payload;

    if (stream->has_readings || device->host >= answer->host_count ||
        answer->device_count >= REMOTE_DEVICES_MAX)
        return bad("a device out of order", err);
    if (array_reserve(&answer->devices, &stream->device_capacity, answer->device_count + 1,
                      sizeof(*answer->devices)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(&answer->devices[answer->device_count++], device, sizeof(*device));
    return 0;
}

/* The first of them closes the list of devices. */
static int begin_readings(struct remote_stream *stream, struct aico2_error *err)
{
    size_t count = stream->base.device_count;

    stream->last_ns = malloc((count + 1) * sizeof(*stream->last_ns));
    if (stream->last_ns == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        stream->last_ns[i] = INT64_MIN;
    stream->has_readings = true;
    return 0;
}

/* What comes before one that cannot be holds. */
static int take_readings(struct remote_stream *stream, struct aico2_error *err)
{
    const struct remote_reading *readings = stream->payload;
    size_t count = stream->frame.bytes / sizeof(*readings);

    if (!stream->has_readings && begin_readings(stream, err) < 0)
        return -ENOMEM;
    stream->readings = readings;
    stream->reading_at = 0;
    for (stream->reading_count = 0; stream->reading_count < count; stream->reading_count++) {
        const struct remote_reading *reading = &readings[stream->reading_count];

        if (reading->device >= stream->base.device_count) {
            (void)bad("a reading of no device", &stream->torn);
            break;
        }
        if (reading->wall_ns <= stream->last_ns[reading->device]) {
            (void)bad("readings out of the order of time", &stream->torn);
            break;
        }
        stream->last_ns[reading->device] = reading->wall_ns;
    }
    return 0;
}

static int take_note(struct remote_stream *stream, struct aico2_error *err)
{
    struct remote_answer *answer = &stream->base;

    if (answer->note_count >= NOTES_MAX)
        return 0;
    if (lines_add(&answer->notes, &answer->note_count, "%.*s", (int)stream->frame.bytes,
                  (const char *)stream->payload) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* Return: 0 or -errno; at its end `ended` is set. */
static int take_frame(struct remote_stream *stream, struct aico2_error *err)
{
    int r = read_frame(stream, err);

    if (r < 0)
        return r;
    if (!stream->has_server && stream->frame.kind != REMOTE_SERVER &&
        stream->frame.kind != REMOTE_END && stream->frame.kind != REMOTE_NOTE)
        return bad("no server", err);
    switch (stream->frame.kind) {
    case REMOTE_SERVER:
        if (stream->has_server)
            return bad("two servers", err);
        memcpy(&stream->base.server, stream->payload, sizeof(stream->base.server));
        stream->has_server = true;
        return 0;
    case REMOTE_HOST:
        return take_host(stream, err);
    case REMOTE_DEVICE:
        return take_device(stream, err);
    case REMOTE_READINGS:
        return take_readings(stream, err);
    case REMOTE_NOTE:
        return take_note(stream, err);
    case REMOTE_END:
        memcpy(&stream->base.end, stream->payload, sizeof(stream->base.end));
        stream->ended = true;
        return 0;
    default:
        return bad("what was not asked for", err);
    }
}

static int next(struct remote_answer *answer, struct remote_reading *reading_out,
                struct aico2_error *err)
{
    struct remote_stream *stream = (struct remote_stream *)answer;

    while (stream->reading_at == stream->reading_count) {
        int r;

        if (stream->torn.code != 0)
            return aico2_error_set(err, stream->torn.code, "%s", stream->torn.message);
        r = stream->ended ? 0 : take_frame(stream, err);
        if (r < 0)
            return r;
        if (stream->ended)
            return 0;
    }
    *reading_out = stream->readings[stream->reading_at++];
    return 1;
}

int remote_stream_open(struct remote_stream **stream_out, const char *program,
                       const struct remote_question *question, struct aico2_error *err)
{
    struct remote_stream *stream;
    int r;

    if (!remote_question_check(question))
        return aico2_error_set(err, -EINVAL, "a question that cannot be put to aico2-fetch");
    stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    stream->answer_fd = -1;
    stream->base.next = next;
    stream->deadline_mono_ns =
        clock_mono_ns() + (question->deadline_ms + FETCH_GRACE_MS / 2) * NSEC_PER_MSEC;
    stream->payload = malloc(REMOTE_FRAME_MAX);
    r = stream->payload == NULL
            ? aico2_error_set(err, -ENOMEM, "out of memory")
            : fetch_process_start(program, question, sizeof(*question), question->deadline_ms,
                                  &stream->pid, &stream->answer_fd, err);
    while (r == 0 && !stream->has_readings && !stream->ended)
        r = take_frame(stream, err);
    if (r < 0) {
        remote_stream_close(stream);
        return r;
    }
    *stream_out = stream;
    return 0;
}

struct remote_answer *remote_stream_answer(struct remote_stream *stream)
{
    return &stream->base;
}

void remote_stream_close(struct remote_stream *stream)
{
    if (stream == NULL)
        return;
    (void)fetch_process_end(&stream->pid, stream->status);
    fd_closep(&stream->answer_fd);
    lines_free(stream->base.notes, stream->base.note_count);
    free(stream->base.hosts);
    free(stream->base.devices);
    free(stream->last_ns);
    free(stream->payload);
    free(stream);
}
