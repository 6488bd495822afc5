/* SPDX-License-Identifier: Apache-2.0 */
/* server/live.c - who follows the live figures: streams of events, and those who ask again and again */
#include "server/live.h"

#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/number.h"
#include "server/live_document.h"
#include "server/live_stream.h"
#include "server/request.h"
#include "server/scope.h"

static const char SIGN_OF_LIFE[] = ": ka\n\n";

/* Streams that are written to before others are answered: a millisecond. */
enum { WOKEN_AT_ONCE = 64 };

/* --- who waits --- */

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

/* --- who looks on --- */

void live_wake(struct live_clients *clients)
{
    if (clients->next_stream == NULL)
        clients->next_stream = clients->streams;
    else
        clients->wake_again = true; /* after all have been: else the last ones would never be */
    resume_waiters(clients, INT64_MAX);
}

bool live_wake_some(struct live_clients *clients)
{
    const int64_t now_ns = clock_mono_ns();
    size_t left = WOKEN_AT_ONCE;

    if (clients->next_stream == NULL && clients->wake_again) {
        clients->wake_again = false;
        clients->next_stream = clients->streams;
    }
    while (clients->next_stream != NULL && left > 0) {
        struct live_stream *stream = clients->next_stream;

        clients->next_stream = stream->next;
        if (!live_stream_has_more(stream))
            continue;
        live_stream_go_on(stream, now_ns);
        left--;
    }
    return clients->next_stream != NULL || clients->wake_again;
}

void live_event(struct live_stream *stream, uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        live_stream_end(stream);
    else
        live_stream_go_on(stream, clock_mono_ns());
}

void live_look_at_the_clock(struct live_clients *clients, int64_t now_mono_ns)
{
    bool is_silent = false;

    for (struct live_stream *at = clients->streams; at != NULL; at = at->next) {
        if (at->blocked || now_mono_ns - at->spoke_mono_ns < LIVE_SILENCE_SECONDS * NSEC_PER_SEC)
            continue;
        live_stream_say(at, SIGN_OF_LIFE);
        is_silent = true;
    }
    if (is_silent)
        live_wake(clients);
    resume_waiters(clients, now_mono_ns);
}

void live_cut(struct live_clients *clients)
{
    for (struct live_stream *at = clients->streams; at != NULL; at = at->next)
        live_stream_end(at);
    resume_waiters(clients, INT64_MAX);
}

void live_end(struct live_clients *clients)
{
    clients->ending = true;
    live_cut(clients);
}

void live_forget(struct live_clients *clients, struct request *request)
{
    stop_waiting(clients, &request->waiter);
    if (request->stream != NULL)
        live_stream_free(request->stream);
    request->stream = NULL;
}

/* HEAD: the library sends no body. */
static ssize_t read_nothing(void *payload, uint64_t position, char *buffer, size_t size)
{
    (void)payload;
    (void)position;
    (void)buffer;
    (void)size;
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static enum MHD_Result answer_head(struct request *request)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, read_nothing, NULL, NULL);
    enum MHD_Result queued = MHD_NO;

    if (response == NULL)
        return MHD_NO;
    if (reply_add_headers(response, "text/event-stream", request->rules))
        queued = reply_response(request, 200, response, 0);
    MHD_destroy_response(response);
    return queued;
}

/* --- the twin --- */

static enum MHD_Result answer_or_wait(struct live_clients *clients, struct request *request,
                                      const struct live_question *question, int64_t wait_seconds)
{
    struct live_waiter *waiter = &request->waiter;
    int64_t now_ns = clock_mono_ns();

    if (waiter->deadline_mono_ns == 0)
        waiter->deadline_mono_ns = now_ns + wait_seconds * NSEC_PER_SEC;
    if (live_ring_has(question->ring, question->position) || clients->ending ||
        now_ns >= waiter->deadline_mono_ns)
        return live_document_answer(request, question->ring, question->position);
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

/* More than one sample a second, and exact ones, are for who has the scope. Return: false: it was refused. */
static bool find_rate(struct request *request, struct service *service,
                      struct live_question *question_out, enum MHD_Result *refused_out)
{
    const char *text = argument(request, "rate");
    int64_t rate = 1;

    *question_out = (struct live_question){ .service = service, .ring = &service->live };
    if (text != NULL && (!number_parse_i64(text, &rate) || rate < 1 || rate > LIVE_RATE_MAX)) {
        *refused_out =
            reply_problem(request, 400, "rate is how many samples a second there may be: 1 to 10");
        return false;
    }
    if (rate == 1)
        return true;
    if ((request->scopes & SCOPE_RAW) == 0) {
        *refused_out = reply_problem(request, 403,
                                     "more than one sample a second needs the scope raw: of a "
                                     "token of --token-file, or of a user by --grant");
        return false;
    }
    question_out->ring = &service->raw;
    /* a sample comes a little early now and then */
    question_out->spacing_ns = NSEC_PER_SEC / rate - NSEC_PER_SEC / (rate * 20);
    live_want_raw(question_out, clock_mono_ns());
    return true;
}

enum MHD_Result live_answer(struct answers *answers, struct request *request)
{
    struct live_clients *clients = &answers->live;
    const char *wait_text = argument(request, "wait");
    struct live_question question;
    enum MHD_Result refused;
    int64_t wait_seconds = 0;

    if (request->stream != NULL)
        return MHD_NO; /* it is over, and so is its connection */
    if (!find_rate(request, answers->service, &question, &refused))
        return refused;
    if (!find_position(question.ring, request, &question.position))
        return reply_problem(request, 400, "since is the id of a sample: a whole number from 0 on");
    if (wait_text != NULL && (!number_parse_i64(wait_text, &wait_seconds) || wait_seconds < 0 ||
                              wait_seconds > LIVE_WAIT_SECONDS_MAX))
        return reply_problem(request, 400, "wait is how many seconds to wait at most: 0 to 50");
    if (request->waiter.deadline_mono_ns == 0 && clients->count >= clients->limit)
        return reply_problem(request, 503,
                             "as many clients follow the live figures as may (--max-streams)");
    if (wait_text != NULL)
        return answer_or_wait(clients, request, &question, wait_seconds);
    if (strcmp(request->header.method, "HEAD") == 0)
        return answer_head(request);
    if (clients->ending)
        return reply_problem(request, 503, "this server is just ending");
    return live_stream_begin(clients, request, &question);
}
