/* SPDX-License-Identifier: Apache-2.0 */
/* server/http_daemons.c - the library's daemons: a listener each, started, run, replaced, ended */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "server/http_private.h"

#include "base/clock.h"
#include "server/say.h"

enum {
    FROM_ONE_ADDRESS = 128,
    POOL_BYTES = 24 * 1024, /* a request's header must fit, and its answer's */
};

static const int64_t LEAVING_NS = REQUEST_SECONDS * NSEC_PER_SEC;

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
    const union MHD_ConnectionInfo *session;
    struct connection *added;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections_remove(&http->connections, *context);
        *context = NULL;
        http->closed = true;
        return;
    }
    session = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (session != NULL && session->tls_session != NULL)
        tls_session_begins(&http->rules->web, session->tls_session);
    fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    added = connections_add(&http->connections, fd->connect_fd,
                            address == NULL ? NULL : address->client_addr, clock_mono_ns());
    if (added != NULL)
        added->daemon = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON)->daemon;
    *context = added;
}

static void be_quiet(void *payload, const char *format, va_list arguments)
{
    (void)payload;
    (void)format;
    (void)arguments; /* what strangers send is no event of ours */
}

/* Source: microhttpd.h; texts are looked at while it starts, and not after. */
static struct MHD_Daemon *start(struct http *http, const struct listener *listener)
{
    const struct tls *tls = &http->rules->tls;
    const bool secure = tls_is_given(tls);
    const struct MHD_OptionItem with_tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls->priorities },
        { tls->ca != NULL ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, tls->ca },
        { MHD_OPTION_END, 0, NULL },
    };
    const struct MHD_OptionItem plain[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (secure ? MHD_USE_TLS : 0);

    return MHD_start_daemon(flags, 0, accept_peer, http, exchange_handle, http,
                            MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_LISTEN_SOCKET,
                            listener->fd, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_CONNECTION_LIMIT, http->limit, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)POOL_BYTES, MHD_OPTION_NOTIFY_CONNECTION, connection_changed,
                            http, MHD_OPTION_URI_LOG_CALLBACK, exchange_begins, http,
                            MHD_OPTION_NOTIFY_COMPLETED, exchange_ends, http, MHD_OPTION_ARRAY,
                            secure ? with_tls : plain, MHD_OPTION_END);
}

static int start_one(struct http *http, size_t index, struct aico2_error *err)
{
    const struct listener *listener = &http->listeners->items[index];
    struct epoll_event event = { .events = EPOLLIN };
    const union MHD_DaemonInfo *info;

    http->daemons[index] = start(http, listener);
    if (http->daemons[index] == NULL)
        return aico2_error_set(err, -EIO, "cannot serve at %s", listener->text);
    info = MHD_get_daemon_info(http->daemons[index], MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
        return aico2_error_set_errno(err, errno, "cannot watch %s", listener->text);
    return 0;
}

int http_start_daemons(struct http *http, struct aico2_error *err)
{
    int r = 0;

    http->daemons = calloc(http->listeners->count + 1, sizeof(*http->daemons));
    if (http->daemons == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; r == 0 && i < http->listeners->count; i++) {
        http->daemon_count = i + 1;
        r = start_one(http, i, err);
    }
    return r;
}

/* Out of descriptors the library stops listening, and begins again in the call after the one that has
 * closed a connection. */
void http_run_daemons(struct http *http)
{
    do {
        http->closed = false;
        for (size_t i = 0; i < http->daemon_count; i++) {
            if (http->daemons[i] != NULL)
                (void)MHD_run(http->daemons[i]);
        }
        for (size_t i = 0; i < HTTP_LEAVING_MAX; i++) {
            if (http->leaving[i] != NULL)
                (void)MHD_run(http->leaving[i]);
        }
    } while (http->closed);
}

static int64_t sooner(struct MHD_Daemon *daemon, int64_t least_ms)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    if (daemon == NULL || MHD_get_timeout(daemon, &wait_ms) != MHD_YES)
        return least_ms;
    return least_ms < 0 || (int64_t)wait_ms < least_ms ? (int64_t)wait_ms : least_ms;
}

int64_t http_daemons_idle_ms(const struct http *http)
{
    int64_t least_ms = -1;

    for (size_t i = 0; i < http->daemon_count; i++)
        least_ms = sooner(http->daemons[i], least_ms);
    for (size_t i = 0; i < HTTP_LEAVING_MAX; i++)
        least_ms = sooner(http->leaving[i], least_ms);
    return least_ms;
}

/* The library does not end a daemon while one of its clients waits: it ends the process. Those that look on are let
 * go here; those for whom another thread works must be none. */
static void stop(struct http *http, struct MHD_Daemon *daemon)
{
    live_cut(&http->answers.live);
    MHD_stop_daemon(daemon);
}

/* A place for one that leaves: a free one, or the oldest's for whose clients nobody works, which is ended.
 * HTTP_LEAVING_MAX: there is none now. */
static size_t make_place(struct http *http)
{
    size_t oldest = HTTP_LEAVING_MAX;

    for (size_t i = 0; i < HTTP_LEAVING_MAX; i++) {
        if (http->leaving[i] == NULL)
            return i;
        if ((oldest == HTTP_LEAVING_MAX ||
             http->leaving_until_ns[i] < http->leaving_until_ns[oldest]) &&
            !connections_are_worked_for(&http->connections, http->leaving[i]))
            oldest = i;
    }
    if (oldest < HTTP_LEAVING_MAX) {
        stop(http, http->leaving[oldest]);
        http->leaving[oldest] = NULL;
    }
    return oldest;
}

static void replace_outdated(struct http *http)
{
    while (http->outdated > 0) {
        size_t index = http->daemon_count - http->outdated;
        size_t place = make_place(http);
        struct aico2_error err = { 0 };

        if (place == HTTP_LEAVING_MAX)
            return; /* once one of them has its answer */
        http->outdated--;
        http->leaving[place] = http->daemons[index];
        http->leaving_until_ns[place] = clock_mono_ns() + LEAVING_NS;
        /* the socket goes on listening in between: who comes waits for the next */
        (void)MHD_quiesce_daemon(http->leaving[place]);
        if (start_one(http, index, &err) < 0)
            say("%s: it is closed", err.message);
    }
}

void http_replace_daemons(struct http *http)
{
    http->outdated = http->daemon_count;
    replace_outdated(http);
}

void http_end_leaving(struct http *http, int64_t now_mono_ns)
{
    for (size_t i = 0; i < HTTP_LEAVING_MAX; i++) {
        const union MHD_DaemonInfo *info;

        if (http->leaving[i] == NULL)
            continue;
        info = MHD_get_daemon_info(http->leaving[i], MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        if (now_mono_ns < http->leaving_until_ns[i] && info != NULL && info->num_connections > 0)
            continue;
        if (connections_are_worked_for(&http->connections, http->leaving[i]))
            continue;
        stop(http, http->leaving[i]);
        http->leaving[i] = NULL;
    }
    replace_outdated(http);
}

void http_quiesce_daemons(struct http *http)
{
    for (size_t i = 0; i < http->daemon_count; i++) {
        if (http->daemons[i] != NULL)
            (void)MHD_quiesce_daemon(http->daemons[i]); /* the listener is the caller's */
    }
}

void http_stop_daemons(struct http *http)
{
    http_quiesce_daemons(http);
    for (size_t i = 0; i < http->daemon_count; i++) {
        if (http->daemons[i] != NULL)
            stop(http, http->daemons[i]);
    }
    for (size_t i = 0; i < HTTP_LEAVING_MAX; i++) {
        if (http->leaving[i] != NULL)
            stop(http, http->leaving[i]);
    }
    free(http->daemons);
    http->daemons = NULL;
    http->daemon_count = 0;
}
