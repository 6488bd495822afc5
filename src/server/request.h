/* SPDX-License-Identifier: Apache-2.0 */
/* server/request.h - one request on its way to its answer */
#pragma once

#include <microhttpd.h>

#include "base/strbuf.h"
#include "server/connection.h"
#include "server/guard.h"
#include "server/http.h"

struct route;

struct request {
    struct MHD_Connection *connection;
    struct connection *peer; /* NULL: not known */
    const struct route *route;
    const char *url; /* decoded; the library's, until it is answered, as is what follows */
    struct header header;
    int64_t begun_mono_ns;
    bool begun;         /* its header has been looked at */
    bool body_too_long; /* nothing of it is kept */
    struct strbuf body;
    unsigned status; /* of the answer; 0 none yet */
    size_t sent;     /* bytes of its body */
};

/* What the serving thread keeps between requests. */
struct answers {
    struct service *service;
    struct page *page;                           /* of which the responses are; NULL none */
    struct MHD_Response *metrics[PAGE_FORMS][2]; /* plain, gzip; NULL: not made yet */
};

/* One resource. */
struct route {
    const char *path;
    bool may_post;
    enum MHD_Result (*answer)(struct answers *answers, struct request *request);
};

/* NULL: no such path. */
const struct route *route_find(const char *path);

/* reply.c: each queues an answer. MHD_NO ends the connection. */
enum MHD_Result reply_text(struct request *request, unsigned status, const char *text);
enum MHD_Result reply_problem(struct request *request, unsigned status, const char *detail);
/* The answer's own headers are there already. The response stays the caller's. */
enum MHD_Result reply_response(struct request *request, unsigned status,
                               struct MHD_Response *response, size_t length);
/* Headers that every answer has. Return: false without memory. */
bool reply_add_headers(struct MHD_Response *response, const char *type);

/* metrics_route.c */
enum MHD_Result metrics_answer(struct answers *answers, struct request *request);
void answers_deinit(struct answers *answers);
