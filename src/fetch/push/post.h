/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/post.h - a packed WriteRequest on its way over HTTP, with what lets us in */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "fetch/http.h"
#include "model/remote.h"

/* Of one thread. The connection is kept from one request to the next. */
struct poster {
    const struct remote_access *access;
    const char *credentials_dir; /* systemd's; NULL or "" */
    struct http_connection *connection;
};

/**
 * post_request() - fits struct transport; payload is a struct poster
 * The files of secrets are read each time: they may have been renewed.
 * Return: as http_exchange(), or -EACCES for an address or a file that is not used. What a server sends back of a
 * secret is not in the answer's body.
 */
int post_request(void *payload, const char *body, size_t length, struct http_answer *answer_out,
                 struct aico2_error *err);
