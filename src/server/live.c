/* SPDX-License-Identifier: Apache-2.0 */
/* server/live.c - who follows the live figures: streams of events, and those who ask again and again */
#include "server/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "server/request.h"

/* "Come back after two seconds": for browsers, before the first event. */
static const char GREETING[] = "retry: 2000\n\n";
static const char SIGN_OF_LIFE[] = ": ka\n\n";

enum { BLOCK_BYTES = 1024 /* only for clients of HTTP/1.0; the library has its own for others */ };

struct live_stream {
    struct live_stream *next;
    struct live_stream *before;
    struct live_clients *clients;
    struct MHD_Connection *connection;
    struct connection *peer;  /* NULL: not known */
    uint64_t position;        /* of the next event */
    struct live_event *event; /* that is being sent; NULL: `text` is, or nothing */
    const char *text;
    size_t length;
    size_t offset;
    int64_t spoke_mono_ns;
    bool suspended;
    bool over; /* it ends with what it has begun */
};

/* --- the list --- */

static void resume(struct live_stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    MHD_resume_connection(stream->connection);
}

static void stop_waiting(struct live_clients *clients, struct live_waiter *waiter)
{
    if (!waiter->waiting)
        return;
    waiter->waiting = false;
    if (waiter->before != NULL)
        waiter->before->next = waiter->next;
    else
        clients->waiters = waiter->next;
    if (waiter->next != NULL)
        waiter->next->before = waiter->before;
    clients->count--;
}

static void begin_waiting(struct live_clients *clients, struct live_waiter *waiter)
{
    waiter->waiting = true;
    waiter->before = NULL;
    waiter->next = clients->waiters;
    if (clients->waiters != NULL)
        clients->waiters->before = waiter;
    clients->waiters = waiter;
    clients->count++;
    MHD_suspend_connection(waiter->connection);
}

static void resume_waiters(struct live_clients *clients, int64_t until_mono_ns)
{
    struct live_waiter *next;

    for (struct live_waiter *at = clients->waiters; at != NULL; at = next) {
        next = at->next;
        if (at->deadline_mono_ns > until_mono_ns)
            continue;
        stop_waiting(clients, at);
        MHD_resume_connection(at->connection);
    }
}

void live_wake(struct live_clients *clients)
{
    for (struct live_stream *at = clients->streams; at != NULL; at = at->next)
        resume(at);
    resume_waiters(clients, INT64_MAX);
}

void live_look_at_the_clock(struct live_clients *clients, int64_t now_mono_ns)
{
    for (struct live_stream *at = clients->streams; at != NULL; at = at->next) {
        if (!at->suspended || now_mono_ns - at->spoke_mono_ns < LIVE_SILENCE_SECONDS * NSEC_PER_SEC)
            continue;
        at->text = SIGN_OF_LIFE;
        at->length = strlen(SIGN_OF_LIFE);
        resume(at);
    }
    resume_waiters(clients, now_mono_ns);
}

void live_cut(struct live_clients *clients)
{
    for (struct live_stream *at = clients->streams; at != NULL; at = at->next)
        at->over = true;
    live_wake(clients);
}

void live_end(struct live_clients *clients)
{
    clients->ending = true;
    live_cut(clients);
}

void live_forget(struct live_clients *clients, struct live_waiter *waiter)
{
    stop_waiting(clients, waiter);
}

/* --- a stream --- */

/* What is to be sent next is in `text`. Return: false: there is nothing yet. */
static bool find_more(struct live_stream *stream)
{
    if (stream->length > stream->offset)
        return true;
    live_event_unref(stream->event);
    stream->offset = 0;
    stream->length = 0;
    stream->event = live_ring_take(stream->clients->ring, &stream->position);
    if (stream->event == NULL)
        return false;
    stream->text = stream->event->text;
    stream->length = stream->event->length;
    return true;
}

/* Called when all that it gave before has been sent: so much about a client that does not read. */
static ssize_t read_stream(void *payload, uint64_t ignored, char *buffer, size_t size)
{
    struct live_stream *stream = payload;
    size_t filled = 0;

    (void)ignored;
    if (stream->over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    stream->spoke_mono_ns = clock_mono_ns();
    connection_enter(stream->peer, CONNECTION_STREAM, stream->spoke_mono_ns);
    while (filled < size && find_more(stream)) {
        size_t part = stream->length - stream->offset;

        part = part < size - filled ? part : size - filled;
        memcpy(buffer + filled, stream->text + stream->offset, part);
        stream->offset += part;
        filled += part;
    }
    if (filled == 0) {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
    }
    return (ssize_t)filled;
}

static void stream_free(void *payload)
{
    struct live_stream *stream = payload;

    if (stream->before != NULL)
        stream->before->next = stream->next;
    else
        stream->clients->streams = stream->next;
    if (stream->next != NULL)
        stream->next->before = stream->before;
    stream->clients->count--;
    live_event_unref(stream->event);
    free(stream);
}

static struct live_stream *stream_new(struct live_clients *clients, const struct request *request,
                                      uint64_t position)
{
    struct live_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    stream->clients = clients;
    stream->over = clients->ending;
    stream->connection = request->connection;
    stream->peer = request->peer;
    stream->position = position;
    stream->text = GREETING;
    stream->length = strlen(GREETING);
    stream->next = clients->streams;
    if (clients->streams != NULL)
        clients->streams->before = stream;
    clients->streams = stream;
    clients->count++;
    return stream;
}

static enum MHD_Result begin_stream(struct live_clients *clients, struct request *request,
                                    uint64_t position)
{
    struct live_stream *stream = stream_new(clients, request, position);
    struct MHD_Response *response;
    enum MHD_Result queued = MHD_NO;

    if (stream == NULL)
        return MHD_NO;
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, stream,
                                                 stream_free);
    if (response == NULL) {
        stream_free(stream);
        return MHD_NO;
    }
    if (reply_add_headers(response, "text/event-stream", request->rules) &&
        MHD_add_response_header(response, "X-Accel-Buffering", "no") == MHD_YES)
        queued = reply_response(request, 200, response, 0);
    MHD_destroy_response(response);
    return queued;
}

/* --- the twin --- */

static void add_events(struct strbuf *text, struct live_ring *ring, uint64_t position, bool runs)
{
    const char *comma = "";
    struct live_event *event;

    while ((event = live_ring_take(ring, &position)) != NULL) {
        if (event->is_run == runs) {
            strbuf_add(text, comma);
            strbuf_add_bytes(text, event->text + event->data_start, event->data_length);
            comma = ",\n";
        }
        live_event_unref(event);
    }
}

static enum MHD_Result answer_now(struct live_ring *ring, struct request *request,
                                  uint64_t position)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    strbuf_add(&text, "{\"samples\": [");
    add_events(&text, ring, position, false);
    strbuf_add(&text, "],\n\"runs\": [");
    add_events(&text, ring, position, true);
    strbuf_add(&text, "]}\n");
    return reply_json(request, 200, &text);
}

static enum MHD_Result answer_or_wait(struct live_clients *clients, struct request *request,
                                      uint64_t position, int64_t wait_seconds)
{
    struct live_waiter *waiter = &request->waiter;
    uint64_t at = position;
    struct live_event *event = live_ring_take(clients->ring, &at);
    int64_t now_ns = clock_mono_ns();

    live_event_unref(event);
    if (waiter->deadline_mono_ns == 0)
        waiter->deadline_mono_ns = now_ns + wait_seconds * NSEC_PER_SEC;
    if (event != NULL || clients->ending || now_ns >= waiter->deadline_mono_ns)
        return answer_now(clients->ring, request, position);
    waiter->connection = request->connection;
    begin_waiting(clients, waiter);
    return MHD_YES;
}

/* --- the question --- */

static const char *argument(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* What a browser sends when it comes again is newer than what its page asked for first. */
static bool find_position(struct live_ring *ring, const struct request *request,
                          uint64_t *position_out)
{
    const char *last =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Last-Event-ID");
    const char *since = argument(request, "since");
    int64_t tick;

    if (last != NULL && number_parse_i64(last, &tick)) {
        *position_out = live_ring_after(ring, tick);
        return true;
    }
    if (since == NULL) {
        *position_out = live_ring_oldest(ring);
        return true;
    }
    if (!number_parse_i64(since, &tick) || tick < 0)
        return false;
    *position_out = live_ring_after(ring, tick);
    return true;
}

enum MHD_Result live_answer(struct answers *answers, struct request *request)
{
    struct live_clients *clients = &answers->live;
    const char *wait_text = argument(request, "wait");
    uint64_t position;
    int64_t wait_seconds = 0;

    if (!find_position(clients->ring, request, &position))
        return reply_problem(request, 400, "since is the id of a sample: a whole number from 0 on");
    if (wait_text != NULL && (!number_parse_i64(wait_text, &wait_seconds) || wait_seconds < 0 ||
                              wait_seconds > LIVE_WAIT_SECONDS_MAX))
        return reply_problem(request, 400, "wait is how many seconds to wait at most: 0 to 50");
    if (request->waiter.deadline_mono_ns == 0 && clients->count >= clients->limit)
        return reply_problem(request, 503,
                             "as many clients follow the live figures as may (--max-streams)");
    if (wait_text != NULL)
        return answer_or_wait(clients, request, position, wait_seconds);
    return begin_stream(clients, request, position);
}
