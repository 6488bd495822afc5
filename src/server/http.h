/* SPDX-License-Identifier: Apache-2.0 */
/* server/http.h - the thread that answers: libmicrohttpd behind one epoll */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "server/access.h"
#include "server/listen.h"
#include "server/live_ring.h"
#include "server/page.h"

struct import_folder;
struct settings;

/* What whoever measures leaves for those who ask. */
struct service {
    const struct settings *settings; /* of the start */
    struct import_folder *imports;   /* NULL: none is watched */
    struct told_runs *told;
    struct page_slot metrics;
    struct live_ring live;
    struct live_ring raw;              /* finer: for who has the scope, while somebody asks */
    _Atomic int64_t raw_until_mono_ns; /* so long somebody does; 0: nobody */
    _Atomic int64_t ticked_mono_ns;    /* when something was last measured; 0: nothing was yet */
    atomic_bool is_unstored;           /* what is measured does not reach the history now */
    int proc_fd;                       /* the kernel's /proc, for what this program costs */
    int64_t patience_ns;               /* so long after it, it is no longer ready */
    size_t max_streams;                /* who may follow the live figures at once */
    bool agent;                        /* metrics and health alone */
    bool seed;                         /* also where the original project's page is looked for */
};

struct http;

/**
 * http_start() - answers at the listeners from now on
 * @listeners: stay the caller's and open until http_stop()
 * @service:   outlives it
 * @rules:     taken over, also when it fails
 */
int http_start(struct http **http_out, const struct listeners *listeners, struct service *service,
               struct access_rules *rules, struct aico2_error *err);
/* Rules for the requests that begin from now on; taken over. */
void http_set_rules(struct http *http, struct access_rules *rules);
/* No new connections. */
void http_quiesce(struct http *http);
/* Ends it; what is being answered gets wait_ns. NULL allowed. */
void http_stop(struct http *http, int64_t wait_ns);
