/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/prometheus.c - a question about a time-series server, answered frame by frame */
#include "fetch/prometheus/prometheus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "fetch/prometheus/reply.h"

/* Its address, and what it calls itself: that may be forbidden, and says nothing of the rest then. */
static void put_server(struct server *server, struct frames *frames)
{
    struct remote_server about = { .magic = REMOTE_MAGIC, .version = REMOTE_VERSION };
    json_t *root = server_ask_once(server, "status/buildinfo");

    text_copy_clean(about.url, sizeof(about.url), server->access.base);
    if (root != NULL)
        reply_server_name(root, server->name);
    memcpy(about.name, server->name, sizeof(about.name));
    json_decref(root);
    frames_put(frames, REMOTE_SERVER, &about, sizeof(about));
}

/* What was read before a fault holds. */
static void settle(struct server *server, struct frames *frames, int code)
{
    struct remote_end *end = &server->end;
    char message[sizeof(end->message)];

    if (code == -ENOMEM) {
        end->outcome = REMOTE_BAD_ANSWER;
        (void)snprintf(end->message, sizeof(end->message), "out of memory");
    }
    if (code < 0 && frames->readings > 0) {
        (void)snprintf(message, sizeof(message), "read in part: %.200s", end->message);
        memcpy(end->message, message, sizeof(message));
        end->outcome = REMOTE_PARTIAL;
    }
    if (server->warning[0] != '\0')
        frames_note(frames, "'%s' warns: %s", server->access.origin.host, server->warning);
    if (end->outcome == REMOTE_COMPLETE && server->warning[0] != '\0') {
        end->outcome = REMOTE_PARTIAL;
        (void)snprintf(end->message, sizeof(end->message), "the server warns: %.200s",
                       server->warning);
    }
}

int prometheus_answer(const struct remote_question *question, const char *credentials_dir, int fd)
{
    AICO2_CLEANUP(freep) struct frames *frames = calloc(1, sizeof(*frames));
    struct server server;
    int r;

    if (frames == NULL)
        return -ENOMEM;
    frames->fd = fd;
    r = server_open(&server, &question->access, credentials_dir,
                    clock_mono_ns() + question->deadline_ms * NSEC_PER_MSEC);
    if (r == 0) {
        put_server(&server, frames);
        r = question->what == REMOTE_WINDOW ? prometheus_window(&server, question, frames)
                                            : prometheus_query(&server, question, frames);
    }
    settle(&server, frames, r);
    frames_end(frames, &server.end);
    server_close(&server);
    if (frames->is_wrong)
        return -EINVAL;
    return frames->unheard ? -EPIPE : 0;
}
