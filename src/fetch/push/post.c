/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/post.c - a packed WriteRequest on its way over HTTP, with what lets us in */
#include "fetch/push/post.h"

#include <errno.h>

#include "base/clock.h"
#include "fetch/prometheus/access.h"

enum { OWN_HEADERS = 3, ANSWER_MAX = 64 << 10 };

static const int64_t DEADLINE_NS = 30 * NSEC_PER_SEC;

static int exchange(struct poster *poster, const struct access *access, const char *body,
                    size_t length, struct http_answer *answer_out, struct aico2_error *err)
{
    const char *headers[ACCESS_HEADERS_MAX + OWN_HEADERS] = {
        "Content-Type: application/x-protobuf",
        "Content-Encoding: snappy",
        "X-Prometheus-Remote-Write-Version: 0.1.0",
    };
    struct http_request request = {
        .url = poster->access->url,
        .headers = headers,
        .header_count = OWN_HEADERS + access->header_count,
        .body = body,
        .body_length = length,
        .ca_file = poster->access->ca_file,
        .cert_file = poster->access->cert_file,
        .key_file = poster->access->key_file,
        .body_max = ANSWER_MAX,
        .connection = poster->connection,
        .reach = HTTP_NAMED,
        .deadline_mono_ns = clock_mono_ns() + DEADLINE_NS,
    };

    for (size_t i = 0; i < access->header_count; i++)
        headers[OWN_HEADERS + i] = access->headers[i];
    return http_exchange(&request, answer_out, err);
}

int post_request(void *payload, const char *body, size_t length, struct http_answer *answer_out,
                 struct aico2_error *err)
{
    struct poster *poster = payload;
    struct remote_end end = { 0 };
    struct access access;
    int r = access_open(poster->access, poster->credentials_dir, &access, &end);

    if (r < 0)
        return aico2_error_set(err, r, "%s", r == -ENOMEM ? "out of memory" : end.message);
    if (poster->connection == NULL)
        poster->connection = http_connection_new(); /* without one it goes, too */
    r = exchange(poster, &access, body, length, answer_out, err);
    if (r == 0 && answer_out->body.text != NULL)
        access_scrub(&access, answer_out->body.text);
    access_deinit(&access);
    return r;
}
