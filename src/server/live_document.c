/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_document.c - the live figures as one document, made while it is sent
 *
 * An hour of them is megabytes: a client that takes them slowly, and a thousand of them, must cost no more than their
 * connections do. So each piece is copied out of the ring when there is room for it.
 */
#include "server/live_document.h"

#include <stdlib.h>
#include <string.h>

enum step { STEP_BEGIN, STEP_SAMPLES, STEP_BETWEEN, STEP_RUNS, STEP_END };

static const char *const step_texts[] = {
    [STEP_BEGIN] = "{\"samples\": [",
    [STEP_BETWEEN] = "],\n\"runs\": [",
    [STEP_END] = "]}\n",
};
static const char COMMA[] = ",\n";

enum {
    COMMA_LENGTH = sizeof(COMMA) - 1,
    BLOCK_BYTES = 256, /* only for clients of HTTP/1.0; the library has its own for others */
};

struct live_document {
    struct request *request;
    struct live_ring *ring;
    uint64_t first; /* what is told begins there, */
    uint64_t end;   /* and ends there */
    enum step step;
    bool is_list;
    uint64_t position; /* of the list's next event */
    bool is_begun;     /* the list has one */
    struct live_event event;
    /* what is being sent: the step's text, or a comma and the event's data */
    size_t length;
    size_t offset;
};

static void begin_step(struct live_document *document, enum step step)
{
    document->step = step;
    document->is_list = step == STEP_SAMPLES || step == STEP_RUNS;
    document->position = document->first;
    document->is_begun = false;
    document->length = document->is_list ? 0 : strlen(step_texts[step]);
    document->offset = 0;
}

/* Return: false: the list has no more. */
static bool begin_event(struct live_document *document)
{
    while (live_ring_look(document->ring, &document->position, &document->event) &&
           document->position < document->end) {
        document->position++;
        if (document->event.is_run != (document->step == STEP_RUNS))
            continue;
        document->length = COMMA_LENGTH + live_event_data_length(&document->event);
        document->offset = document->is_begun ? 0 : COMMA_LENGTH;
        document->is_begun = true;
        return true;
    }
    return false;
}

/* Return: false: that was all. */
static bool find_more(struct live_document *document)
{
    while (document->offset == document->length) {
        if (document->is_list && begin_event(document))
            return true;
        if (document->step == STEP_END)
            return false;
        begin_step(document, document->step + 1);
    }
    return true;
}

/* Return: how much; -1: the event fell out of the ring before all of it was taken. */
static ssize_t copy_part(struct live_document *document, char *buffer, size_t size)
{
    const size_t offset = document->offset;
    const bool is_comma = document->is_list && offset < COMMA_LENGTH;
    size_t part = (is_comma ? COMMA_LENGTH : document->length) - offset;

    part = part < size ? part : size;
    if (is_comma)
        memcpy(buffer, COMMA + offset, part);
    else if (!document->is_list)
        memcpy(buffer, step_texts[document->step] + offset, part);
    else if (!live_ring_copy(document->ring, &document->event,
                             document->event.data_start + offset - COMMA_LENGTH, buffer, part))
        return -1;
    document->offset += part;
    return (ssize_t)part;
}

static ssize_t read_document(void *payload, uint64_t ignored, char *buffer, size_t size)
{
    struct live_document *document = payload;
    size_t filled = 0;

    (void)ignored;
    while (filled < size && find_more(document)) {
        ssize_t part = copy_part(document, buffer + filled, size - filled);

        if (part < 0)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        filled += (size_t)part;
    }
    document->request->sent += filled;
    return filled > 0 ? (ssize_t)filled : MHD_CONTENT_READER_END_OF_STREAM;
}

enum MHD_Result live_document_answer(struct request *request, struct live_ring *ring,
                                     uint64_t position)
{
    struct live_document *document = calloc(1, sizeof(*document));
    struct MHD_Response *response;
    enum MHD_Result queued = MHD_NO;

    if (document == NULL)
        return MHD_NO;
    document->request = request;
    document->ring = ring;
    document->first = position;
    document->end = live_ring_end(ring);
    begin_step(document, STEP_BEGIN);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_document,
                                                 document, free);
    if (response == NULL) {
        free(document);
        return MHD_NO;
    }
    if (reply_add_headers(response, "application/json", request->rules))
        queued = reply_response(request, 200, response, 0);
    MHD_destroy_response(response);
    return queued;
}
