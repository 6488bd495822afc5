/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/frames.c - the answer to aico2, frame by frame (model/remote.h) */
#include "fetch/prometheus/frames.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"

enum { POINTS_MAX = 8192 };

struct points_frame {
    struct remote_labels labels;
    struct remote_point points[POINTS_MAX];
};

void frames_put(struct frames *frames, enum remote_kind kind, const void *payload, size_t bytes)
{
    const struct remote_frame frame = { .kind = kind, .bytes = (uint32_t)bytes };

    if (!remote_frame_check(&frame, payload))
        frames->is_wrong = true;
    if (frames->unheard || frames->is_wrong)
        return;
    frames->unheard = fs_write_all(frames->fd, (const char *)&frame, sizeof(frame)) < 0 ||
                      fs_write_all(frames->fd, payload, bytes) < 0;
}

void frames_flush(struct frames *frames)
{
    if (frames->count > 0)
        frames_put(frames, REMOTE_READINGS, frames->pending,
                   frames->count * sizeof(*frames->pending));
    frames->count = 0;
}

void frames_reading(struct frames *frames, const struct remote_reading *reading)
{
    frames->pending[frames->count++] = *reading;
    frames->readings++;
    if (frames->count == REMOTE_READINGS_MAX)
        frames_flush(frames);
}

void frames_note(struct frames *frames, const char *format, ...)
{
    char text[REMOTE_NOTE_MAX + 1];
    char clean[REMOTE_NOTE_MAX + 1];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    text_copy_clean(clean, sizeof(clean), text);
    if (clean[0] != '\0')
        frames_put(frames, REMOTE_NOTE, clean, strlen(clean));
}

/* A label that does not fit is left out whole, as are those behind it. */
static void copy_labels(char *out, size_t size, const struct label_set *labels)
{
    const char *at = labels->text;
    size_t used = 0;

    while (*at != '\0') {
        const char *value = at + strlen(at) + 1;
        char name_text[128];
        char value_text[512];
        size_t need;

        text_copy_clean(name_text, sizeof(name_text), at);
        text_copy_clean(value_text, sizeof(value_text), value);
        need = strlen(name_text) + strlen(value_text) + 2;
        if (used + need + 1 > size)
            break;
        if (name_text[0] != '\0') {
            memcpy(out + used, name_text, strlen(name_text) + 1);
            used += strlen(name_text) + 1;
            memcpy(out + used, value_text, strlen(value_text) + 1);
            used += strlen(value_text) + 1;
        }
        at = value + strlen(value) + 1;
    }
    memset(out + used, 0, size - used);
}

void frames_points(struct frames *frames, const struct label_set *labels,
                   const struct remote_point *points, size_t count)
{
    static struct points_frame frame;

    copy_labels(frame.labels.text, sizeof(frame.labels.text), labels);
    for (size_t sent = 0; sent < count;) {
        size_t now = count - sent < POINTS_MAX ? count - sent : POINTS_MAX;

        frame.labels.points = (uint32_t)now;
        memcpy(frame.points, points + sent, now * sizeof(*points));
        frames_put(frames, REMOTE_POINTS, &frame, sizeof(frame.labels) + now * sizeof(*points));
        sent += now;
    }
}

void frames_end(struct frames *frames, const struct remote_end *end)
{
    frames_flush(frames);
    frames_put(frames, REMOTE_END, end, sizeof(*end));
}
