/* SPDX-License-Identifier: Apache-2.0 */
/* stack/probe.h - asking a service of this machine whether it is up, over HTTP */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

enum { PROBE_BODY_MOST = 4 << 20 };

/* The status of an answer ("HTTP/1.1 200 OK"): 100 to 599; 0: it is no answer of HTTP. */
int http_status_parse(const char *text);

/* Where the body of an answer begins; NULL: its head has no end. */
const char *http_body(const char *answer);

/**
 * probe_get() - GET a path of a service on this machine
 * @address:  numeric, of this machine
 * @body_out: what it answers, at most PROBE_BODY_MOST bytes of it; strbuf_deinit() when done
 * Nothing is followed, and no word of ours is sent along: it is asked for nothing but the path.
 * Return: the status; -ECONNREFUSED nobody listens; -ETIMEDOUT; -EBADMSG for what is no HTTP; -errno
 */
int probe_get(const char *address, int32_t port, const char *path, int64_t wait_ns,
              struct strbuf *body_out, struct aico2_error *err);

/* Whether one of a text's lines begins so. */
bool text_has_line(const char *text, const char *beginning);
