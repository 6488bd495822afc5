/* SPDX-License-Identifier: Apache-2.0 */
/* server/http_private.h - the inside of the server, shared by the files that make it up */
#pragma once

#include <microhttpd.h>
#include <pthread.h>

#include "server/http.h"
#include "server/login.h"
#include "server/rate.h"
#include "server/request.h"
#include "server/work.h"

enum { HTTP_LEAVING_MAX = 16 };

struct http {
    struct service *service;
    const struct listeners *listeners;
    unsigned limit; /* of connections, per listener */
    size_t daemon_count;
    struct MHD_Daemon **daemons; /* one per listener */
    int epoll_fd;
    int wake_fd;
    pthread_t thread;
    struct work *work;
    /* the thread's alone */
    struct connections connections;
    struct answers answers;
    struct access_rules *rules;
    struct login_memory logins;
    struct rate_bucket rate;
    struct MHD_Daemon
        *leaving[HTTP_LEAVING_MAX]; /* of certificates before: until their clients go */
    int64_t leaving_until_ns[HTTP_LEAVING_MAX];
    size_t outdated; /* of the daemons, the last so many have the certificates of before */
    bool ending;
    bool closed;           /* a connection, since the library last ran */
    int64_t sweep_mono_ns; /* the next one */
    int64_t trim_mono_ns;  /* when memory is given back next */
    /* guarded by lock */
    pthread_mutex_t lock;
    struct access_rules *fresh; /* NULL: none */
    bool quiesce;
    int64_t stop_mono_ns; /* 0: goes on */
};

/* http.c: what other threads have made can be answered. */
void http_take_done(struct work_item *done);
/* http_daemons.c: the library's daemons, a listener each. */
int http_start_daemons(struct http *http, struct aico2_error *err);
void http_run_daemons(struct http *http);
/* How long nothing needs to be done for them, milliseconds; -1: until something comes. */
int64_t http_daemons_idle_ms(const struct http *http);
/* Others with the certificates of http->rules take over, at once or soon; who is connected may finish. */
void http_replace_daemons(struct http *http);
/* Ends those that were replaced once nobody uses them, or it has been long enough; nobody is waited for. */
void http_end_leaving(struct http *http, int64_t now_mono_ns);
void http_quiesce_daemons(struct http *http);
void http_stop_daemons(struct http *http);
