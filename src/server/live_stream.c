/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_stream.c - one that looks on: a stream of events, on a connection that the library has suspended */
#include "server/live_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/request.h"

/* "Come back after two seconds": for browsers, before the first event. */
static const char GREETING[] = "retry: 2000\n\n";

static const int64_t RAW_WANTED_NS = 60 * NSEC_PER_SEC;

enum { SEND_BYTES = 16 * 1024 /* a record of TLS */ };

void live_want_raw(const struct live_question *question, int64_t now_mono_ns)
{
    if (question->spacing_ns != 0)
        atomic_store(&question->service->raw_until_mono_ns, now_mono_ns + RAW_WANTED_NS);
}

/* --- what comes next --- */

/* Whoever wants fewer than there are gets none that comes too early. */
static bool is_too_early(struct live_place *place, int64_t spacing_ns)
{
    const struct live_event *event = &place->event;

    if (event->is_run || spacing_ns == 0)
        return false;
    if (event->mono_ns - place->sample_mono_ns < spacing_ns)
        return true;
    place->sample_mono_ns = event->mono_ns;
    return false;
}

/* Return: false: there is nothing to send yet. */
static bool find_more(const struct live_question *question, struct live_place *place)
{
    if (place->length > place->offset)
        return true;
    if (place->text == NULL && place->length > 0)
        place->position++;
    place->text = NULL;
    place->length = 0;
    place->offset = 0;
    while (live_ring_look(question->ring, &place->position, &place->event)) {
        if (!is_too_early(place, question->spacing_ns)) {
            place->length = place->event.length;
            return true;
        }
        place->position++;
    }
    return false;
}

/* On from the place, which moves; bytes_out NULL: only that. Return: how many; -1: an event fell out of the ring
 * before all of it was taken. */
static ssize_t read_on(const struct live_question *question, struct live_place *place,
                       char *bytes_out, size_t size)
{
    size_t filled = 0;

    while (filled < size && find_more(question, place)) {
        size_t part = place->length - place->offset;

        part = part < size - filled ? part : size - filled;
        if (bytes_out != NULL && place->text != NULL)
            memcpy(bytes_out + filled, place->text + place->offset, part);
        else if (bytes_out != NULL && !live_ring_copy(question->ring, &place->event, place->offset,
                                                      bytes_out + filled, part))
            return -1;
        place->offset += part;
        filled += part;
    }
    return (ssize_t)filled;
}

/* Not all of what was read has been sent. Return: false: what it was is not known any more. */
static bool take_part(struct live_stream *stream, size_t sent)
{
    const struct live_question *question = &stream->question;

    return live_ring_oldest(question->ring) <= stream->place.position &&
           read_on(question, &stream->place, NULL, sent) == (ssize_t)sent;
}

bool live_stream_has_more(const struct live_stream *stream)
{
    const struct live_place *place = &stream->place;

    return !stream->blocked && !stream->ended &&
           (place->length > place->offset ||
            live_ring_has(stream->question.ring, place->position + (place->length > 0)));
}

/* --- on its way --- */

/* Source: "GnuTLS manual", gnutls_record_send: what could not be sent is kept, and sent by a call without bytes. */
static ssize_t send_by_tls(struct live_stream *stream, const char *bytes, size_t length)
{
    ssize_t sent = stream->half_sent ? gnutls_record_send(stream->session, NULL, 0)
                                     : gnutls_record_send(stream->session, bytes, length);

    stream->half_sent = sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED;
    if (stream->half_sent)
        return -EAGAIN;
    return sent < 0 ? -EIO : sent;
}

static ssize_t send_part(struct live_stream *stream, const char *bytes, size_t length)
{
    ssize_t sent;

    if (stream->session != NULL)
        return send_by_tls(stream, bytes, length);
    sent = send(stream->request->peer->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static void await(struct live_stream *stream, int how, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = stream };

    (void)epoll_ctl(stream->clients->epoll_fd, how, stream->request->peer->fd, &event);
}

static void set_blocked(struct live_stream *stream, bool blocked)
{
    if (stream->blocked != blocked)
        await(stream, EPOLL_CTL_MOD, blocked ? EPOLLOUT : 0);
    stream->blocked = blocked;
}

static void all_was_taken(struct live_stream *stream, int64_t now_mono_ns)
{
    stream->spoke_mono_ns = now_mono_ns;
    connection_enter(stream->request->peer, CONNECTION_STREAM, now_mono_ns);
    if (stream->place.text == stream->head)
        return;
    free(stream->head);
    stream->head = NULL;
}

/* Return: false: it is at its end. */
static bool send_all(struct live_stream *stream, int64_t now_mono_ns)
{
    for (;;) {
        struct live_place ahead = stream->place;
        char bytes[SEND_BYTES];
        ssize_t filled =
            stream->half_sent ? 0 : read_on(&stream->question, &ahead, bytes, sizeof(bytes));
        ssize_t sent;

        if (filled == 0 && !stream->half_sent)
            stream->place = ahead;
        if (filled <= 0 && !stream->half_sent)
            return filled == 0;
        sent = send_part(stream, bytes, (size_t)filled);
        if (sent == -EAGAIN) {
            set_blocked(stream, true);
            return true;
        }
        if (sent == -EINTR)
            continue;
        if (sent < 0 || (sent != filled && !take_part(stream, (size_t)sent)))
            return false;
        stream->request->sent += (size_t)sent;
        if (sent == filled) {
            stream->place = ahead;
            all_was_taken(stream, now_mono_ns);
        }
    }
}

void live_stream_go_on(struct live_stream *stream, int64_t now_mono_ns)
{
    if (stream->ended)
        return;
    live_want_raw(&stream->question, now_mono_ns);
    set_blocked(stream, false);
    if (!send_all(stream, now_mono_ns))
        live_stream_end(stream);
}

void live_stream_say(struct live_stream *stream, const char *text)
{
    struct live_place *place = &stream->place;

    (void)find_more(&stream->question, place);
    if (place->length > 0)
        return; /* there is more to say than this */
    place->text = text;
    place->length = strlen(text);
}

/* --- its beginning and its end --- */

static enum MHD_Result add_header(void *payload, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    strbuf_printf(payload, "%s: %s\r\n", name, value);
    return MHD_YES;
}

/* NULL: no memory. */
static char *make_head(const struct request *request)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    const time_t now = (time_t)(clock_wall_ns() / NSEC_PER_SEC);
    struct strbuf text = { 0 };
    struct tm utc;
    char date[40];

    if (response == NULL)
        return NULL;
    (void)gmtime_r(&now, &utc);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    strbuf_printf(&text, "HTTP/1.1 200 OK\r\nDate: %s\r\nConnection: close\r\n", date);
    if (reply_add_headers(response, "text/event-stream", request->rules))
        (void)MHD_get_response_headers(response, add_header, &text);
    else
        text.failed = true;
    MHD_destroy_response(response);
    /* a proxy is not to gather it */
    strbuf_printf(&text, "X-Accel-Buffering: no\r\n\r\n%s", GREETING);
    return strbuf_take(&text);
}

static struct live_stream *stream_new(struct live_clients *clients, struct request *request,
                                      const struct live_question *question)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    struct live_stream *stream = calloc(1, sizeof(*stream));
    char *head = make_head(request);

    if (stream == NULL || head == NULL || request->peer == NULL) {
        free(stream);
        free(head);
        return NULL;
    }
    *stream = (struct live_stream){
        .next = clients->streams,
        .clients = clients,
        .request = request,
        .question = *question,
        .place = { .position = question->position, .text = head, .length = strlen(head) },
        .head = head,
        .session = info != NULL ? info->tls_session : NULL,
    };
    if (clients->streams != NULL)
        clients->streams->before = stream;
    clients->streams = stream;
    clients->count++;
    return stream;
}

enum MHD_Result live_stream_begin(struct live_clients *clients, struct request *request,
                                  const struct live_question *question)
{
    struct live_stream *stream = stream_new(clients, request, question);

    if (stream == NULL)
        return MHD_NO;
    request->stream = stream;
    request->status = 200;
    MHD_suspend_connection(request->connection);
    await(stream, EPOLL_CTL_ADD, 0); /* errors and ends come unasked */
    live_stream_go_on(stream, clock_mono_ns());
    return MHD_YES;
}

void live_stream_end(struct live_stream *stream)
{
    if (stream->ended)
        return;
    stream->ended = true;
    await(stream, EPOLL_CTL_DEL, 0);
    MHD_resume_connection(stream->request->connection);
}

void live_stream_free(struct live_stream *stream)
{
    struct live_clients *clients = stream->clients;

    if (clients->next_stream == stream)
        clients->next_stream = stream->next;
    if (stream->before != NULL)
        stream->before->next = stream->next;
    else
        clients->streams = stream->next;
    if (stream->next != NULL)
        stream->next->before = stream->before;
    clients->count--;
    free(stream->head);
    free(stream);
}
