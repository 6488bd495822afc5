/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/http.h - one question over HTTP, within bounds of time, size and whom it may reach */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

/* Which addresses may be connected to, whatever a name resolves to. */
enum http_reach {
    HTTP_PUBLIC, /* a provider's own address, by https */
    HTTP_CONFIGURED, /* an address the user gave: private networks too, by https; loopback also by http */
    HTTP_METADATA, /* a cloud's metadata service: link-local alone, by http and without a proxy */
    HTTP_NAMED, /* a server the user named: any network but link-local, by http too where no secret goes along; it is
                 * never redirected, and has until the deadline */
};

enum {
    HTTP_BODY_MAX = 8 << 20, /* also of what was compressed */
    HTTP_RETRY_AFTER_SIZE = 64,
};

struct http_request {
    const char *method; /* NULL: GET, or POST with a body */
    const char *url;
    const char *const *headers; /* "name: value" */
    size_t header_count;
    const char *body;      /* NULL none */
    size_t body_length;    /* 0: up to its NUL */
    const char *ca_file;   /* in place of the system's; NULL or "" */
    const char *cert_file; /* of our own, with its key; NULL or "" */
    const char *key_file;
    size_t body_max;                    /* bytes, unpacked; 0: HTTP_BODY_MAX */
    struct http_connection *connection; /* kept for the next one; NULL: none */
    enum http_reach reach;
    int64_t deadline_mono_ns;
};

/* What one server needs to be asked again without another handshake. */
struct http_connection;

struct http_origin {
    char scheme[16];
    char host[256];
    char port[8];
};

struct http_answer {
    long status;
    struct strbuf body;                      /* NUL-terminated beyond its length; any bytes */
    char retry_after[HTTP_RETRY_AFTER_SIZE]; /* as it came; "" */
};

/* Once in a process, before anything else here. Return: 0 or -errno. */
int http_init(void);

/* NULL: out of memory. */
struct http_connection *http_connection_new(void);
void http_connection_free(struct http_connection *connection);

/* Where an address leads; false: it is none, or holds a user or a password. */
bool http_origin_of(const char *url, struct http_origin *out);

/**
 * http_exchange() - ask, and have the whole answer or an error
 * Redirects are followed within the same scheme, host and port, three times at most. No cookies, no .netrc, no
 * authentication but what the headers hold; certificates are verified. Messages name the host, never the rest
 * of an address.
 *
 * Return: 0 for an answer with any status; -ETIMEDOUT; -EHOSTUNREACH for no connection, -ECONNRESET for one that broke,
 * both of which may be tried again; -EPROTO for a certificate or TLS that does not fit; -EACCES for what may not be
 * reached; -EFBIG for too long an answer, -EBADMSG for one that cannot be used otherwise; -ENOMEM
 */
int http_exchange(const struct http_request *request, struct http_answer *answer_out,
                  struct aico2_error *err);

void http_answer_deinit(struct http_answer *answer);
