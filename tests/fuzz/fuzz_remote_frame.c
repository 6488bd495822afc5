/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_remote_frame.c - any bytes as what a fetcher says of a time-series server */
#include <stdlib.h>
#include <string.h>

#include "model/remote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void walk_labels(const struct remote_labels *labels)
{
    const char *end = labels->text + sizeof(labels->text);
    const char *at = labels->text;

    while (*at != '\0') {
        at += strlen(at) + 1;
        at += strlen(at) + 1;
        must(at < end);
    }
}

/* What was let through is used without another look. */
static void use(const struct remote_frame *frame, const void *payload)
{
    const struct remote_reading *readings = payload;
    const struct remote_end *end = payload;

    switch (frame->kind) {
    case REMOTE_READINGS:
        for (size_t i = 0; i < frame->bytes / sizeof(*readings); i++)
            must(readings[i].value >= 0);
        break;
    case REMOTE_POINTS:
        walk_labels(payload);
        break;
    case REMOTE_END:
        must(strlen(remote_outcome_name(end->outcome)) > 0 &&
             strlen(end->message) < sizeof(end->message));
        break;
    default:
        break;
    }
}

/* Frame after frame, the last of them cut short. */
static void check_frames(const uint8_t *data, size_t size)
{
    struct remote_frame frame;

    while (size >= sizeof(frame)) {
        void *payload;

        memcpy(&frame, data, sizeof(frame));
        data += sizeof(frame);
        size -= sizeof(frame);
        if (frame.bytes > size)
            return;
        payload = malloc(frame.bytes + 1);
        if (payload == NULL)
            return;
        memcpy(payload, data, frame.bytes);
        if (remote_frame_check(&frame, payload))
            use(&frame, payload);
        free(payload);
        data += frame.bytes;
        size -= frame.bytes;
    }
}

static void check_question(const uint8_t *data, size_t size)
{
    static struct remote_question question;

    memcpy(&question, data, size < sizeof(question) ? size : sizeof(question));
    if (remote_question_check(&question))
        must(strlen(question.access.url) < sizeof(question.access.url));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_question(data, size);
    check_frames(data, size);
    return 0;
}
