/* SPDX-License-Identifier: Apache-2.0 */
/* server/http.c - the thread that answers: libmicrohttpd behind one epoll */
#include "server/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/thread.h"
#include "server/request.h"
#include "server/say.h"

enum {
    STACK_BYTES = 256 * 1024,
    CONNECTIONS_MAX = 2048,
    CONNECTIONS_LEAST = 8,
    DESCRIPTORS_KEPT = 48, /* for sensors, the history, logs and listeners */
    FROM_ONE_ADDRESS = 128,
    POOL_BYTES = 24 * 1024, /* a request's header must fit, and its answer's */
};

static const int64_t SWEEP_NS = NSEC_PER_SEC;
static const int64_t SOON_NS = 20 * NSEC_PER_MSEC;

struct http {
    struct service *service;
    size_t daemon_count;
    struct MHD_Daemon **daemons; /* one per listener */
    int epoll_fd;
    int wake_fd;
    pthread_t thread;
    bool started;
    /* the thread's alone */
    struct connections connections;
    struct answers answers;
    struct access_rules *rules;
    bool ending;
    bool closed;           /* a connection, since the library last ran */
    int64_t sweep_mono_ns; /* the next one */
    /* guarded by lock */
    pthread_mutex_t lock;
    struct access_rules *fresh; /* NULL: none */
    bool quiesce;
    int64_t stop_mono_ns; /* 0: goes on */
};

void access_rules_free(struct access_rules *rules)
{
    if (rules == NULL)
        return;
    host_names_deinit(&rules->hosts);
    free(rules);
}

/* --- a connection --- */

static enum MHD_Result accept_peer(void *payload, const struct sockaddr *address, socklen_t length)
{
    const struct http *http = payload;

    (void)length;
    return connections_from(&http->connections, address) < FROM_ONE_ADDRESS ? MHD_YES : MHD_NO;
}

static void connection_changed(void *payload, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
    struct http *http = payload;
    const union MHD_ConnectionInfo *fd;
    const union MHD_ConnectionInfo *address;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections_remove(&http->connections, *context);
        *context = NULL;
        http->closed = true;
        return;
    }
    fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *context = connections_add(&http->connections, fd->connect_fd,
                               address == NULL ? NULL : address->client_addr, clock_mono_ns());
}

/* --- a request --- */

/* Its line is complete: what is returned becomes the request's context. */
static void *request_begins(void *payload, const char *uri, struct MHD_Connection *connection)
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

static void request_ends(void *payload, struct MHD_Connection *connection, void **context,
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
    strbuf_deinit(&request->body);
    free(request);
    *context = NULL;
}

static enum MHD_Result refuse(struct request *request, const struct problem *problem)
{
    return reply_problem(request, problem->status, problem->detail);
}

static enum MHD_Result look_at_header(struct http *http, struct request *request, const char *url,
                                      const char *method, const char *version)
{
    struct problem problem;
    bool post = strcmp(method, "POST") == 0;
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

    request->begun = true;
    request->url = url;
    request->header.method = method;
    request->header.version = version;
    problem = guard_check(request->connection, &request->header, &http->rules->hosts);
    connection_enter(request->peer, CONNECTION_REQUEST, clock_mono_ns());
    if (problem.status != 0)
        return refuse(request, &problem);
    request->route = route_find(url);
    if (request->route == NULL)
        return reply_problem(request, 404, "nothing is served under this path");
    if (request->route->may_post ? !post : !get)
        return reply_problem(request, 405, "this path is not asked in that way");
    return MHD_YES;
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

static enum MHD_Result handle(void *payload, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_length, void **context)
{
    struct http *http = payload;
    struct request *request = *context;

    (void)connection;
    if (request == NULL)
        return MHD_NO; /* no memory */
    if (!request->begun)
        return look_at_header(http, request, url, method, version);
    if (*upload_length > 0)
        return take_body(request, upload, upload_length);
    if (request->body_too_long)
        return reply_problem(request, 413, "a body is 1 MiB at most");
    return request->route->answer(&http->answers, request);
}

/* --- the thread --- */

static void be_quiet(void *payload, const char *format, va_list arguments)
{
    (void)payload;
    (void)format;
    (void)arguments; /* what strangers send is no event of ours */
}

/* As many as there are descriptors for, after raising the soft limit. */
static unsigned connection_limit(size_t daemons)
{
    struct rlimit limit;
    rlim_t most = DESCRIPTORS_KEPT + CONNECTIONS_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return CONNECTIONS_LEAST;
    if (limit.rlim_cur < most) {
        limit.rlim_cur = limit.rlim_max < most ? limit.rlim_max : most;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < most)
        most = limit.rlim_cur;
    most = most > DESCRIPTORS_KEPT ? (most - DESCRIPTORS_KEPT) / daemons : 0;
    return most < CONNECTIONS_LEAST ? CONNECTIONS_LEAST : (unsigned)most;
}

static int start_daemon(struct http *http, size_t index, const struct listener *listener,
                        unsigned limit, struct aico2_error *err)
{
    struct epoll_event event = { .events = EPOLLIN };
    const union MHD_DaemonInfo *info;

    http->daemons[index] =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
                         0, accept_peer, http, handle, http, MHD_OPTION_EXTERNAL_LOGGER, be_quiet,
                         NULL, MHD_OPTION_LISTEN_SOCKET, listener->fd, MHD_OPTION_STRICT_FOR_CLIENT,
                         1, MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT,
                         (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)POOL_BYTES, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, http,
                         MHD_OPTION_URI_LOG_CALLBACK, request_begins, http,
                         MHD_OPTION_NOTIFY_COMPLETED, request_ends, http, MHD_OPTION_END);
    if (http->daemons[index] == NULL)
        return aico2_error_set(err, -EIO, "cannot serve at %s", listener->text);
    info = MHD_get_daemon_info(http->daemons[index], MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
        return aico2_error_set_errno(err, errno, "cannot watch %s", listener->text);
    return 0;
}

/* Out of descriptors the library stops listening, and begins again in the call after the one that has closed a
 * connection. */
static void run_daemons(struct http *http)
{
    do {
        http->closed = false;
        for (size_t i = 0; i < http->daemon_count; i++)
            (void)MHD_run(http->daemons[i]);
    } while (http->closed);
}

/* How long nothing needs to be done, milliseconds; -1: until something comes. */
static int idle_ms(const struct http *http)
{
    int64_t least_ms = -1;

    for (size_t i = 0; i < http->daemon_count; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms;

        if (MHD_get_timeout(http->daemons[i], &wait_ms) == MHD_YES &&
            (least_ms < 0 || (int64_t)wait_ms < least_ms))
            least_ms = (int64_t)wait_ms;
    }
    if (http->connections.count > 0) {
        int64_t left_ms = (http->sweep_mono_ns - clock_mono_ns()) / NSEC_PER_MSEC + 1;

        if (least_ms < 0 || left_ms < least_ms)
            least_ms = left_ms < 0 ? 0 : left_ms;
    }
    return (int)least_ms;
}

static void quiesce(struct http *http)
{
    for (size_t i = 0; i < http->daemon_count; i++)
        (void)MHD_quiesce_daemon(http->daemons[i]);
}

/* What the other thread has asked for. Return: false: it is time to end. */
static bool take_orders(struct http *http)
{
    struct access_rules *fresh;
    bool quiesced;
    int64_t stop_ns;

    (void)pthread_mutex_lock(&http->lock);
    fresh = http->fresh;
    http->fresh = NULL;
    quiesced = http->quiesce;
    http->quiesce = false;
    stop_ns = http->stop_mono_ns;
    (void)pthread_mutex_unlock(&http->lock);
    if (fresh != NULL) {
        access_rules_free(http->rules);
        http->rules = fresh;
    }
    if (quiesced)
        quiesce(http);
    http->ending = stop_ns != 0;
    if (!http->ending)
        return true;
    for (const struct connection *at = http->connections.first; at != NULL; at = at->next) {
        if (at->phase == CONNECTION_REQUEST && clock_mono_ns() < stop_ns)
            return true;
    }
    return false;
}

static void *serve(void *payload)
{
    struct http *http = payload;

    while (take_orders(http)) {
        struct epoll_event events[8];
        uint64_t ignored;
        int wait_ms = idle_ms(http);
        int64_t now_ns;

        if (http->ending && (wait_ms < 0 || wait_ms > 20))
            wait_ms = 20;
        (void)epoll_wait(http->epoll_fd, events, 8, wait_ms);
        if (read(http->wake_fd, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
            break;
        run_daemons(http);
        now_ns = clock_mono_ns();
        if (now_ns >= http->sweep_mono_ns && http->connections.count > 0) {
            connections_sweep(&http->connections, now_ns);
            http->sweep_mono_ns = now_ns + SWEEP_NS;
        }
    }
    return NULL;
}

static void http_free(struct http *http)
{
    for (size_t i = 0; i < http->daemon_count; i++) {
        if (http->daemons[i] != NULL) {
            /* the listener is the caller's */
            (void)MHD_quiesce_daemon(http->daemons[i]);
            MHD_stop_daemon(http->daemons[i]);
        }
    }
    free(http->daemons);
    answers_deinit(&http->answers);
    access_rules_free(http->rules);
    access_rules_free(http->fresh);
    fd_closep(&http->epoll_fd);
    fd_closep(&http->wake_fd);
    (void)pthread_mutex_destroy(&http->lock);
    free(http);
}

static int open_descriptors(struct http *http, struct aico2_error *err)
{
    struct epoll_event event = { .events = EPOLLIN };

    http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    http->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (http->epoll_fd < 0 || http->wake_fd < 0 ||
        epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->wake_fd, &event) < 0)
        return aico2_error_set_errno(err, errno, "cannot wait for requests");
    return 0;
}

int http_start(struct http **http_out, const struct listeners *listeners, struct service *service,
               struct access_rules *rules, struct aico2_error *err)
{
    struct http *http = calloc(1, sizeof(*http));
    unsigned limit = connection_limit(listeners->count);
    int r;

    if (http == NULL) {
        access_rules_free(rules);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    http->service = service;
    http->answers.service = service;
    http->rules = rules;
    http->epoll_fd = http->wake_fd = -1;
    (void)pthread_mutex_init(&http->lock, NULL);
    http->daemons = calloc(listeners->count + 1, sizeof(*http->daemons));
    r = http->daemons == NULL ? aico2_error_set(err, -ENOMEM, "out of memory")
                              : open_descriptors(http, err);
    for (size_t i = 0; r == 0 && i < listeners->count; i++) {
        http->daemon_count = i + 1;
        r = start_daemon(http, i, &listeners->items[i], limit, err);
    }
    if (r == 0) {
        r = thread_start(&http->thread, STACK_BYTES, serve, http);
        if (r < 0)
            (void)aico2_error_set_errno(err, -r, "cannot start the server's thread");
    }
    if (r < 0) {
        http_free(http);
        return r;
    }
    *http_out = http;
    return 0;
}

static void wake(struct http *http)
{
    const uint64_t one = 1;

    if (write(http->wake_fd, &one, sizeof(one)) < 0)
        say_warning("cannot wake the server's thread: %s", strerror(errno));
}

void http_set_rules(struct http *http, struct access_rules *rules)
{
    struct access_rules *before;

    (void)pthread_mutex_lock(&http->lock);
    before = http->fresh;
    http->fresh = rules;
    (void)pthread_mutex_unlock(&http->lock);
    access_rules_free(before);
    wake(http);
}

void http_quiesce(struct http *http)
{
    (void)pthread_mutex_lock(&http->lock);
    http->quiesce = true;
    (void)pthread_mutex_unlock(&http->lock);
    wake(http);
}

void http_stop(struct http *http, int64_t wait_ns)
{
    if (http == NULL)
        return;
    (void)pthread_mutex_lock(&http->lock);
    http->stop_mono_ns = clock_mono_ns() + wait_ns;
    (void)pthread_mutex_unlock(&http->lock);
    wake(http);
    (void)pthread_join(http->thread, NULL);
    http_free(http);
}
