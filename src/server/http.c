/* SPDX-License-Identifier: Apache-2.0 */
/* server/http.c - the thread that answers: libmicrohttpd behind one epoll */
#include "server/http.h"

#include <errno.h>
#include <malloc.h>
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
#include "server/http_private.h"
#include "server/say.h"

enum {
    STACK_BYTES = 256 * 1024,
    EVENTS_AT_ONCE = 64,
    CONNECTIONS_BESIDE = 1048, /* the streams */
    CONNECTIONS_LEAST = 8,
    DESCRIPTORS_KEPT = 48, /* for sensors, the history, logs and listeners */
};

static const int64_t SWEEP_NS = NSEC_PER_SEC;
static const int64_t TRIM_NS = 60 * NSEC_PER_SEC;

/* --- the thread --- */

/* As many as there are descriptors for, after raising the soft limit. */
static unsigned connection_limit(size_t daemons, size_t streams)
{
    struct rlimit limit;
    rlim_t most = DESCRIPTORS_KEPT + CONNECTIONS_BESIDE + streams;

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

/* How long nothing needs to be done, milliseconds; -1: until something comes. */
static int idle_ms(const struct http *http)
{
    int64_t least_ms = http_daemons_idle_ms(http);

    if (http->connections.count > 0) {
        int64_t left_ms = (http->sweep_mono_ns - clock_mono_ns()) / NSEC_PER_MSEC + 1;

        if (least_ms < 0 || left_ms < least_ms)
            least_ms = left_ms < 0 ? 0 : left_ms;
    }
    return (int)least_ms;
}

static void take_rules(struct http *http, struct access_rules *fresh)
{
    struct access_rules *before = http->rules;

    http->rules = fresh;
    answers_forget(&http->answers);
    assets_forget(&http->answers);
    live_cut(&http->answers.live); /* whoever may still look on comes again */
    if (!tls_equals(&before->tls, &fresh->tls))
        http_replace_daemons(http);
    access_rules_free(before);
}

void http_take_done(struct work_item *done)
{
    while (done != NULL) {
        struct request *request = (struct request *)(void *)done;

        done = done->next;
        request->peer->is_worked_for = false;
        MHD_resume_connection(request->connection);
    }
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
    if (fresh != NULL)
        take_rules(http, fresh);
    if (quiesced)
        http_quiesce_daemons(http);
    http->ending = stop_ns != 0;
    if (!http->ending)
        return true;
    live_end(&http->answers.live);
    for (const struct connection *at = http->connections.first; at != NULL; at = at->next) {
        if (at->phase == CONNECTION_REQUEST && clock_mono_ns() < stop_ns)
            return true;
    }
    return false;
}

/* What requests have freed lies in pieces between what is still used: the C library gives back only what is at the
 * end by itself, and over days the pieces become many. */
static void give_memory_back(struct http *http, int64_t now_mono_ns)
{
    if (now_mono_ns < http->trim_mono_ns)
        return;
    http->trim_mono_ns = now_mono_ns + TRIM_NS;
    (void)malloc_trim(0);
}

/* Only streams are told by their events: all else is looked at each time. */
static void wait_for_events(struct http *http, int wait_ms)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(http->epoll_fd, events, EVENTS_AT_ONCE, wait_ms);

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr != NULL)
            live_event(events[i].data.ptr, events[i].events);
    }
}

static void *serve(void *payload)
{
    struct http *http = payload;

    bool more = false; /* streams are left to be told */

    while (take_orders(http)) {
        uint64_t ignored;
        int wait_ms = more ? 0 : idle_ms(http);
        int64_t now_ns;

        if (http->ending && (wait_ms < 0 || wait_ms > 20))
            wait_ms = 20;
        wait_for_events(http, wait_ms);
        if (read(http->wake_fd, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
            break;
        if (read(http->service->live.wake_fd, &ignored, sizeof(ignored)) > 0)
            live_wake(&http->answers.live);
        more = live_wake_some(&http->answers.live);
        http_take_done(work_take_done(http->work));
        http_run_daemons(http);
        now_ns = clock_mono_ns();
        http_end_leaving(http, now_ns);
        if (now_ns >= http->sweep_mono_ns && http->connections.count > 0) {
            connections_sweep(&http->connections, now_ns);
            live_look_at_the_clock(&http->answers.live, now_ns);
            http->sweep_mono_ns = now_ns + SWEEP_NS;
        }
        give_memory_back(http, now_ns);
    }
    http_take_done(work_stop(http->work));
    http->work = NULL;
    live_end(&http->answers.live);
    http_run_daemons(http);
    return NULL;
}

static void http_free(struct http *http)
{
    http_take_done(work_stop(http->work));
    http->work = NULL;
    http_stop_daemons(http);
    answers_forget(&http->answers);
    assets_forget(&http->answers);
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
        epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->wake_fd, &event) < 0 ||
        epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->service->live.wake_fd, &event) < 0)
        return aico2_error_set_errno(err, errno, "cannot wait for requests");
    return 0;
}

int http_start(struct http **http_out, const struct listeners *listeners, struct service *service,
               struct access_rules *rules, struct aico2_error *err)
{
    struct http *http = calloc(1, sizeof(*http));
    int r;

    if (http == NULL) {
        access_rules_free(rules);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    http->service = service;
    http->listeners = listeners;
    http->limit = connection_limit(listeners->count, service->max_streams);
    http->answers.service = service;
    http->answers.live.limit = service->max_streams;
    http->rules = rules;
    http->epoll_fd = http->wake_fd = -1;
    (void)pthread_mutex_init(&http->lock, NULL);
    r = open_descriptors(http, err);
    http->answers.live.epoll_fd = http->epoll_fd;
    if (r == 0)
        r = work_start(&http->work, (void *)(uintptr_t)service->settings, http->wake_fd, err);
    if (r == 0)
        r = http_start_daemons(http, err);
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
