/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/server.h - one server, asked as often as it takes, and its failures put into words */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/strbuf.h"
#include "fetch/prometheus/access.h"

/* Of one answer, unpacked. As JSON it takes thirty times that at worst: samples come in pieces of 2 MiB. */
enum { SERVER_BODY_MAX = 8 << 20, SERVER_LIST_MAX = 16 << 20 };

struct server {
    struct access access;
    struct http_connection *connection;
    int64_t deadline_mono_ns;
    bool has_answered;     /* then a connection that breaks is worth more patience */
    bool gets_only;        /* it takes no form */
    char name[64];         /* "Prometheus 2.42.0"; "" it does not say */
    char warning[200];     /* the first one it gave: its answers are not whole */
    struct remote_end end; /* of what failed */
};

/* Return: 0, or -errno and server->end. */
int server_open(struct server *server, const struct remote_access *asked,
                const char *credentials_dir, int64_t deadline_mono_ns);
void server_close(struct server *server);

/**
 * server_ask() - the answer to a form, sent to <base>/api/v1/<path>
 * Asked again after 429, 5xx and failed connections, with growing pauses up to the deadline.
 * @root_out: json_decref() frees it
 * Return: 0; -EFBIG when less may be asked for with success; -EPROTO else; server->end says why; -ENOMEM
 */
int server_ask(struct server *server, const char *path, const struct strbuf *form,
               json_t **root_out);

/* The same for what is only good to have: one attempt, NULL when there is none. */
json_t *server_ask_once(struct server *server, const char *path);

/* Fills server->end and returns -EPROTO. */
int server_fail(struct server *server, enum remote_outcome outcome, const char *format, ...)
    AICO2_PRINTF(3, 4);

/* Sleeps, and false when that would pass the deadline. */
bool server_pause(const struct server *server, int64_t ns);
