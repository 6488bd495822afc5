/* SPDX-License-Identifier: Apache-2.0 */
/* server/exchange.c - a request from its first line to the end of its answer */
#include <stdlib.h>
#include <string.h>

#include "server/http_private.h"

#include "base/clock.h"
#include "server/coding.h"
#include "server/pack.h"
#include "server/say.h"
#include "server/scope.h"

static const int64_t SOON_NS = 20 * NSEC_PER_MSEC;

/* Its line is complete: what is returned becomes the request's context. */
void *exchange_begins(void *payload, const char *uri, struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof(*request));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    (void)payload;
    if (request == NULL)
        return NULL;
    request->header.uri = uri;
    request->header.uri_length = strlen(uri);
    request->header.bad_uri = uri_is_bad(uri);
    request->connection = connection;
    request->peer = info == NULL ? NULL : info->socket_context;
    request->begun_mono_ns = clock_mono_ns();
    if (request->peer != NULL && request->peer->phase == CONNECTION_IDLE)
        connection_enter(request->peer, CONNECTION_HEADER, request->begun_mono_ns);
    return request;
}

static void write_access(const struct request *request)
{
    say("%s %s %s %u %zu B %.2f ms", request->peer == NULL ? "-" : request->peer->text,
        request->header.method == NULL ? "-" : request->header.method,
        request->url == NULL ? "-" : request->url, request->status, request->sent,
        (double)(clock_mono_ns() - request->begun_mono_ns) / NSEC_PER_MSEC);
}

/* Whoever will send no more is closed once nothing of what it has sent is left to be answered. */
static void look_soon(struct http *http, struct connection *peer)
{
    int64_t soon_ns = clock_mono_ns() + SOON_NS;

    peer->half_closed = connection_is_half_closed(peer);
    if (peer->half_closed && soon_ns < http->sweep_mono_ns)
        http->sweep_mono_ns = soon_ns;
}

void exchange_ends(void *payload, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode code)
{
    struct http *http = payload;
    struct request *request = *context;

    (void)connection;
    if (request == NULL)
        return;
    if (http->rules->log && request->status != 0)
        write_access(request);
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && request->peer != NULL) {
        connection_enter(request->peer, CONNECTION_IDLE, clock_mono_ns());
        look_soon(http, request->peer);
    }
    live_forget(&http->answers.live, request);
    strbuf_deinit(&request->body);
    strbuf_deinit(&request->made.body);
    if (request->login != NULL)
        explicit_bzero(request->login, sizeof(*request->login));
    free(request->login);
    free(request);
    *context = NULL;
}

/* --- who asks --- */

static void run_login(struct work_item *item, void *shop)
{
    (void)shop;
    login_check(((struct request *)(void *)item)->login);
}

static enum MHD_Result refuse_stranger(struct request *request)
{
    return reply_problem(request, 401, "a token or a login is needed (Authorization)");
}

static enum MHD_Result refuse_at_the_end(struct request *request)
{
    request->step = REQUEST_OPEN;
    return reply_problem(request, 503, "this server is just ending");
}

/* Another thread has it until the connection is resumed. */
static enum MHD_Result hand_over(struct http *http, struct request *request, enum request_step step,
                                 enum work_kind kind,
                                 void (*run)(struct work_item *item, void *shop))
{
    if (http->work == NULL)
        return refuse_at_the_end(request);
    if (request->peer == NULL)
        return MHD_NO; /* no memory */
    request->item.run = run;
    request->item.kind = kind;
    request->step = step;
    request->peer->is_worked_for = true;
    MHD_suspend_connection(request->connection);
    if (work_give(http->work, &request->item))
        return MHD_YES;
    MHD_resume_connection(request->connection);
    request->peer->is_worked_for = false;
    request->step = REQUEST_OPEN;
    return reply_problem(request, 503, "too much is being asked for at once");
}

static enum MHD_Result ask_who(struct http *http, struct request *request)
{
    const char *shown = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_AUTHORIZATION);
    static const unsigned char nowhere[LOGIN_ADDRESS_SIZE];
    struct login_question question;

    switch (login_look(http->rules, &http->logins, shown,
                       request->peer == NULL ? nowhere : request->peer->address, clock_mono_ns(),
                       &request->scopes, &question)) {
    case LOGIN_GRANTED:
        return MHD_YES;
    case LOGIN_REFUSED:
        return refuse_stranger(request);
    case LOGIN_TOO_MANY:
        return reply_problem(request, 429, "too many logins at once");
    case LOGIN_TO_CHECK:
        break;
    }
    request->login = malloc(sizeof(*request->login));
    if (request->login == NULL)
        return MHD_NO;
    *request->login = question;
    explicit_bzero(&question, sizeof(question));
    return hand_over(http, request, REQUEST_LOGIN, WORK_LOGIN, run_login);
}

static enum MHD_Result finish_login(struct http *http, struct request *request)
{
    request->step = REQUEST_OPEN;
    login_checked(&http->logins, request->login, clock_mono_ns());
    request->scopes = request->login->right ? request->login->scopes : 0;
    return request->login->right ? MHD_YES : refuse_stranger(request);
}

/* A connection from before TLS came, or with a certificate that is not trusted. */
static struct problem check_tls(const struct request *request)
{
    const union MHD_ConnectionInfo *info;

    if (!tls_is_given(&request->rules->tls))
        return (struct problem){ 0 };
    info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info == NULL || info->tls_session == NULL)
        return (struct problem){ 403, "TLS is needed" };
    if (!tls_suite_is_allowed(&request->rules->web, info->tls_session))
        return (struct problem){ 403, "this cipher suite is none of cipher_suites" };
    if (!tls_client_may_ask(&request->rules->web, info->tls_session))
        return (struct problem){ 403, "a certificate that is trusted here is needed" };
    return (struct problem){ 0 };
}

/* --- what is asked --- */

static struct problem take_path(struct request *request)
{
    const char *path =
        target_path(request->url, MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                              MHD_HTTP_HEADER_HOST));

    if (path == NULL)
        return (struct problem){ 400, "the target names another host than Host does" };
    request->url = path;
    return (struct problem){ 0 };
}

/* A page of another place may not write by what a browser of somebody who may has at hand. */
static enum MHD_Result check_writer(struct request *request)
{
    if (!request_is_of_own_origin(request))
        return reply_problem(request, 403, "pages of other places may not write here");
    if ((request->scopes & SCOPE_WRITE) == 0)
        return reply_problem(request, 403,
                             "writing needs the scope write: of a token of --token-file, or of a "
                             "user by --grant");
    return MHD_YES;
}

/* Only now: who may not ask does not learn what there is. */
static enum MHD_Result check_route(const struct http *http, struct request *request)
{
    const char *method = request->header.method;
    bool post = strcmp(method, "POST") == 0;
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

    if (request->route == NULL)
        return reply_problem(request, 404,
                             http->service->agent && route_find(request->url, false) != NULL
                                 ? "this server is an agent: it has no page and no API"
                                 : "nothing is served under this path");
    if (request->route->of_seed && strcmp(method, "OPTIONS") == 0 &&
        request_is_of_own_page(request))
        return reply_text(request, 200, "OK"); /* a browser asks first */
    if (!(post && request->route->asked != ROUTE_GET) &&
        !(get && request->route->asked != ROUTE_POST))
        return reply_problem(request, 405,
                             request->route->of_seed ? "Method Not Allowed"
                                                     : "this path is not asked in that way");
    if (get && request->header.has_body)
        return reply_problem(request, 400, "a body where none belongs");
    return post && request->route->writes ? check_writer(request) : MHD_YES;
}

/* A browser asks for a user's password by itself, but never for a token: the page has a form for that. */
static bool is_open(const struct request *request)
{
    const struct route *route = request->route;

    return route != NULL &&
           (route->is_open || (route->is_page && request->rules->web.users.count == 0) ||
            (route->of_seed && connection_is_of_this_machine(request->peer)));
}

static enum MHD_Result look_at_header(struct http *http, struct request *request)
{
    struct problem problem =
        guard_check(request->connection, &request->header, &http->rules->hosts);

    request->step = REQUEST_OPEN;
    connection_enter(request->peer, CONNECTION_REQUEST, clock_mono_ns());
    if (problem.status == 0)
        problem = take_path(request);
    if (problem.status == 0)
        problem = check_tls(request);
    if (problem.status != 0)
        return reply_problem(request, problem.status, problem.detail);
    request->route = route_find(request->url, http->service->agent);
    if ((request->route == NULL || !request->route->is_open) &&
        !rate_take(&http->rate, &http->rules->web.rate_limit, clock_mono_ns()))
        return reply_problem(request, 429, "more requests than rate_limit lets through");
    if (!is_open(request)) {
        enum MHD_Result asked = ask_who(http, request);

        if (asked != MHD_YES || request->status != 0 || request->step == REQUEST_LOGIN)
            return asked;
    }
    return check_route(http, request);
}

/* What is left of look_at_header() once a password has been checked. */
static enum MHD_Result look_again(struct http *http, struct request *request)
{
    enum MHD_Result finished = finish_login(http, request);

    return finished != MHD_YES || request->status != 0 ? finished : check_route(http, request);
}

static void run_route(struct work_item *item, void *shop)
{
    struct request *request = (struct request *)(void *)item;

    request->route->work(request, shop);
    if (coding_takes_gzip(MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                      MHD_HTTP_HEADER_ACCEPT_ENCODING)))
        request->made.packed = pack_gzip(&request->made.body);
}

static enum MHD_Result take_body(struct request *request, const char *bytes, size_t *length)
{
    if (request->body.length + *length > BODY_MAX)
        request->body_too_long = true;
    if (!request->body_too_long)
        strbuf_add_bytes(&request->body, bytes, *length);
    *length = 0;
    return request->body.failed ? MHD_NO : MHD_YES;
}

enum MHD_Result exchange_handle(void *payload, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_length, void **context)
{
    struct http *http = payload;
    struct request *request = *context;

    (void)connection;
    if (request == NULL)
        return MHD_NO; /* no memory */
    request->rules = http->rules;
    request->service = http->service;
    if (request->step == REQUEST_NEW) {
        request->url = url;
        request->header.method = method;
        request->header.version = version;
        return look_at_header(http, request);
    }
    if ((request->step == REQUEST_LOGIN || request->step == REQUEST_WORKED) &&
        !request->item.was_run)
        return refuse_at_the_end(request);
    if (request->step == REQUEST_LOGIN)
        return look_again(http, request);
    if (*upload_length > 0)
        return take_body(request, upload, upload_length);
    if (request->body_too_long)
        return reply_problem(request, 413, "a body is 1 MiB at most");
    if (request->step == REQUEST_WORKED)
        return reply_made(request);
    if (request->route->work != NULL)
        return hand_over(http, request, REQUEST_WORKED,
                         request->route->takes_long ? WORK_LONG : WORK_SHORT, run_route);
    return request->route->answer(&http->answers, request);
}
