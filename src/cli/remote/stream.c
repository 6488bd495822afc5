/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/stream.c - what the fetcher tells of a time-series server, frame by frame, each checked */
#include "cli/remote/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/lines.h"
#include "cli/remote/frames.h"

/* More of them are a flood; what they would say is not kept. */
enum { NOTES_MAX = 64 };

struct remote_stream {
    struct remote_answer base;
    struct remote_frames frames;
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

static int take_host(struct remote_stream *stream, struct aico2_error *err)
{
    struct remote_answer *answer = &stream->base;

    if (stream->has_readings || answer->device_count > 0 || answer->host_count >= REMOTE_HOSTS_MAX)
        return remote_frames_refuse("a host out of order", err);
    if (array_reserve(&answer->hosts, &stream->host_capacity, answer->host_count + 1,
                      sizeof(*answer->hosts)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(&answer->hosts[answer->host_count++], stream->frames.payload, sizeof(*answer->hosts));
    return 0;
}

static int take_device(struct remote_stream *stream, struct aico2_error *err)
{
    struct remote_answer *answer = &stream->base;
    const struct remote_device *device = stream->frames.payload;

    if (stream->has_readings || device->host >= answer->host_count ||
        answer->device_count >= REMOTE_DEVICES_MAX)
        return remote_frames_refuse("a device out of order", err);
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
    const struct remote_reading *readings = stream->frames.payload;
    size_t count = stream->frames.frame.bytes / sizeof(*readings);

    if (!stream->has_readings && begin_readings(stream, err) < 0)
        return -ENOMEM;
    stream->readings = readings;
    stream->reading_at = 0;
    for (stream->reading_count = 0; stream->reading_count < count; stream->reading_count++) {
        const struct remote_reading *reading = &readings[stream->reading_count];

        if (reading->device >= stream->base.device_count) {
            (void)remote_frames_refuse("a reading of no device", &stream->torn);
            break;
        }
        if (reading->wall_ns <= stream->last_ns[reading->device]) {
            (void)remote_frames_refuse("readings out of the order of time", &stream->torn);
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
    if (lines_add(&answer->notes, &answer->note_count, "%.*s", (int)stream->frames.frame.bytes,
                  (const char *)stream->frames.payload) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* Return: 0 or -errno; at its end `ended` is set. */
static int take_frame(struct remote_stream *stream, struct aico2_error *err)
{
    int r = remote_frames_next(&stream->frames, err);

    if (r < 0)
        return r;
    if (!stream->has_server && stream->frames.frame.kind != REMOTE_SERVER &&
        stream->frames.frame.kind != REMOTE_END && stream->frames.frame.kind != REMOTE_NOTE)
        return remote_frames_refuse("no server", err);
    switch (stream->frames.frame.kind) {
    case REMOTE_SERVER:
        if (stream->has_server)
            return remote_frames_refuse("two servers", err);
        memcpy(&stream->base.server, stream->frames.payload, sizeof(stream->base.server));
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
        memcpy(&stream->base.end, stream->frames.payload, sizeof(stream->base.end));
        stream->ended = true;
        return 0;
    default:
        return remote_frames_refuse("what was not asked for", err);
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
    struct remote_stream *stream = calloc(1, sizeof(*stream));
    int r;

    if (stream == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    stream->base.next = next;
    r = remote_frames_open(&stream->frames, program, question, err);
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
    remote_frames_close(&stream->frames);
    lines_free(stream->base.notes, stream->base.note_count);
    free(stream->base.hosts);
    free(stream->base.devices);
    free(stream->last_ns);
    free(stream);
}
