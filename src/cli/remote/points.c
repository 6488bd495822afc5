/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/points.c - the answer of a time-series server to one expression: series with labels and points */
#include "cli/remote/points.h"

#include <string.h>

#include "base/attributes.h"
#include "base/lines.h"
#include "cli/remote/frames.h"

/* More of them are a flood; what they would say is not kept. */
enum { NOTES_MAX = 64 };

const char *remote_label(const struct remote_labels *labels, const char *name)
{
    const char *at = labels->text;

    while (at[0] != '\0') {
        const char *value = at + strlen(at) + 1;

        if (strcmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return "";
}

static int take_points(const struct remote_frames *frames, remote_points_fn take, void *payload,
                       struct aico2_error *err)
{
    const struct remote_labels *labels = frames->payload;

    return take(payload, labels, (const struct remote_point *)(labels + 1), labels->points, err);
}

static int take_end(const struct remote_frames *frames, bool has_points, bool *partial_out,
                    char ***notes, size_t *note_count, struct aico2_error *err)
{
    const struct remote_end *end = frames->payload;

    if (end->outcome == REMOTE_COMPLETE)
        return 0;
    if (!has_points)
        return aico2_error_set(err, remote_outcome_error(end->outcome), "%s: %s",
                               remote_outcome_name(end->outcome), end->message);
    *partial_out = true;
    return lines_add(notes, note_count, "not all that was asked for came (%s: %s)",
                     remote_outcome_name(end->outcome), end->message);
}

static int read_all(struct remote_frames *frames, remote_points_fn take, void *payload,
                    struct remote_server *server_out, bool *partial_out, char ***notes,
                    size_t *note_count, struct aico2_error *err)
{
    bool has_points = false;
    int r;

    while ((r = remote_frames_next(frames, err)) == 0) {
        switch (frames->frame.kind) {
        case REMOTE_SERVER:
            memcpy(server_out, frames->payload, sizeof(*server_out));
            break;
        case REMOTE_POINTS:
            has_points = true;
            r = take_points(frames, take, payload, err);
            break;
        case REMOTE_NOTE:
            if (*note_count < NOTES_MAX)
                r = lines_add(notes, note_count, "%.*s", (int)frames->frame.bytes,
                              (const char *)frames->payload);
            break;
        case REMOTE_END:
            return take_end(frames, has_points, partial_out, notes, note_count, err);
        default:
            return remote_frames_refuse("what was not asked for", err);
        }
        if (r < 0)
            break;
    }
    return r;
}

int remote_points_read(const char *program, const struct remote_question *question,
                       remote_points_fn take, void *payload, struct remote_server *server_out,
                       bool *partial_out, char ***notes, size_t *note_count,
                       struct aico2_error *err)
{
    AICO2_CLEANUP(remote_frames_close) struct remote_frames frames = { .answer_fd = -1 };
    int r = remote_frames_open(&frames, program, question, err);

    return r < 0
               ? r
               : read_all(&frames, take, payload, server_out, partial_out, notes, note_count, err);
}
