/* SPDX-License-Identifier: Apache-2.0 */
/* server/request.h - one request on its way to its answer */
#pragma once

#include <microhttpd.h>

#include "base/strbuf.h"
#include "server/connection.h"
#include "server/guard.h"
#include "server/http.h"
#include "server/live.h"
#include "server/login.h"
#include "server/work.h"

enum request_step {
    REQUEST_NEW,    /* its header has not been looked at */
    REQUEST_LOGIN,  /* suspended: a password is being checked */
    REQUEST_OPEN,   /* it may ask; its body comes */
    REQUEST_WORKED, /* suspended: its answer is being made by another thread */
};

struct route;
struct settings;

/* An answer that was made by another thread. */
struct made {
    unsigned status;  /* 0: 200 */
    const char *type; /* NULL: JSON */
    bool packed;      /* the body is gzip */
    struct strbuf body;
};

struct request {
    struct work_item item; /* first: what other threads know it by */
    struct MHD_Connection *connection;
    struct connection *peer; /* NULL: not known */
    const struct access_rules
        *rules; /* of the moment: set anew whenever the library comes back to it */
    const struct service *service;
    const struct route *route;
    const char *url; /* decoded; the library's, until it is answered, as is what follows */
    struct header header;
    enum request_step step;
    unsigned scopes; /* of who asks, SCOPE_* bits */
    int64_t begun_mono_ns;
    bool body_too_long; /* nothing of it is kept */
    struct strbuf body;
    struct login_question *login; /* NULL: none was put */
    struct made made;
    unsigned status; /* of the answer; 0 none yet */
    size_t sent;     /* bytes of its body */
    struct live_waiter waiter;
    struct live_stream *stream; /* NULL: it is none */
};

enum asset_name { ASSET_PAGE, ASSET_PAGE_LOCKED, ASSET_MORE, ASSET_OPENAPI, ASSETS };

/* What the serving thread keeps between requests. */
struct answers {
    struct service *service;
    struct page *page;                           /* of which the responses are; NULL none */
    struct MHD_Response *metrics[PAGE_FORMS][2]; /* plain, gzip; NULL: not made yet */
    struct MHD_Response *assets[ASSETS][2];      /* the same */
    struct live_clients live;
};

/* How a resource is asked: by GET (and HEAD), by POST, or by both. */
enum route_asked { ROUTE_GET, ROUTE_POST, ROUTE_BOTH };

/* One resource. */
struct route {
    const char *path; /* one that ends in "/" is the beginning of many */
    const char *tail; /* what follows the one part behind such a path; NULL: nothing */
    enum route_asked asked;
    bool writes;  /* by POST: who asks needs the scope write */
    bool is_open; /* to those who do not show who they are */
    bool
        is_page; /* no figures in it: open where it has a form for a token, and no browser one of its own */
    bool
        of_seed; /* the original project's: open to this machine, for its pages, errors in their form */
    bool of_agent; /* also where --agent leaves out all but figures and health */
    enum MHD_Result (*answer)(struct answers *answers, struct request *request);
    /* or, in a thread of work.h: */
    bool takes_long; /* one such at a time */
    void (*work)(struct request *request, const struct settings *settings);
};

/* How it may be asked, for Allow: "GET, HEAD". */
const char *route_methods(const struct route *route);
/* NULL: no such path. */
const struct route *route_find(const char *path, bool agent);

/* reply.c: each queues an answer. MHD_NO ends the connection. */
enum MHD_Result reply_text(struct request *request, unsigned status, const char *text);
enum MHD_Result reply_json(struct request *request, unsigned status, const struct strbuf *text);
enum MHD_Result reply_problem(struct request *request, unsigned status, const char *detail);
/* Whether it comes from a page of the host that it names. */
bool request_is_of_own_page(const struct request *request);
/* Whether it comes from a page of this very server, or of none. */
bool request_is_of_own_origin(const struct request *request);
/* What the other thread has made. */
enum MHD_Result reply_made(struct request *request);
/* The answer's own headers are there already. The response stays the caller's. */
enum MHD_Result reply_response(struct request *request, unsigned status,
                               struct MHD_Response *response, size_t length);
/* Headers that every answer has. Return: false without memory. */
bool reply_add_headers(struct MHD_Response *response, const char *type,
                       const struct access_rules *rules);
/* The same for what may be kept, or may run: with a Cache-Control and a Content-Security-Policy of its own. */
bool reply_add_page_headers(struct MHD_Response *response, const char *type, const char *cache,
                            const char *policy, const struct access_rules *rules);

/* What is asked for stands under another path. */
enum MHD_Result reply_elsewhere(struct request *request, const char *path);

/* assets.c: the page, its second script, and the description of the API */
enum MHD_Result asset_answer_page(struct answers *answers, struct request *request);
enum MHD_Result asset_answer_index(struct answers *answers, struct request *request);
enum MHD_Result asset_answer_more(struct answers *answers, struct request *request);
enum MHD_Result asset_answer_openapi(struct answers *answers, struct request *request);

void assets_forget(struct answers *answers); /* as answers_forget() */

/* metrics_route.c */
enum MHD_Result metrics_answer(struct answers *answers, struct request *request);
/* What is kept was made under rules that have changed. */
void answers_forget(struct answers *answers);

/* exchange.c: what the library calls; the payload is a struct http. */
void *exchange_begins(void *payload, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_handle(void *payload, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_length, void **context);
void exchange_ends(void *payload, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode code);
