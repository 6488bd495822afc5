/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_stream.h - one that looks on: a stream of events, on a connection that the library has suspended
 *
 * To resume one connection the library goes through all that are suspended, and each that it writes to costs it a buffer:
 * ten thousand that look on would keep all others waiting, and fill the memory. So a stream is written from here, from
 * its header on; the library has its connection back to end it. All of it belongs to the thread that serves.
 */
#pragma once

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/live.h"
#include "server/live_ring.h"

struct request;
struct service;

/* What is asked for, and from where on. */
struct live_question {
    struct service *service;
    struct live_ring *ring;
    uint64_t position;
    int64_t
        spacing_ns; /* samples are so far apart at least; 0: as they are, what everybody may see */
};

/* Finer figures are made for as long as somebody takes them. */
void live_want_raw(const struct live_question *question, int64_t now_mono_ns);

/* How far somebody is. */
struct live_place {
    uint64_t position;      /* of the event that is sent, or of the next */
    int64_t sample_mono_ns; /* of the last that was taken */
    const char *text;       /* that is being sent; NULL: the event's is */
    struct live_event event;
    size_t length; /* of it */
    size_t offset;
};

struct live_stream {
    struct live_stream *next;
    struct live_stream *before;
    struct live_clients *clients;
    struct request *request;
    struct live_question question;
    struct live_place place;
    char *head;               /* of the answer; NULL: it is sent */
    gnutls_session_t session; /* NULL: no TLS */
    int64_t spoke_mono_ns;
    bool blocked;   /* its client has not taken what was sent */
    bool half_sent; /* and TLS keeps what it did not send */
    bool ended;     /* the library has it back */
};

/* Its header is sent, and what there is. Return: MHD_NO: no memory. */
enum MHD_Result live_stream_begin(struct live_clients *clients, struct request *request,
                                  const struct live_question *question);
/* Whether there is something to send, and somebody to take it. */
bool live_stream_has_more(const struct live_stream *stream);
/* Sends what there is; ends it when nobody takes it any more. */
void live_stream_go_on(struct live_stream *stream, int64_t now_mono_ns);
/* Words beside the events, which stay where they are; when nothing is under way. */
void live_stream_say(struct live_stream *stream, const char *text);
void live_stream_end(struct live_stream *stream);
/* Its request is over. */
void live_stream_free(struct live_stream *stream);
