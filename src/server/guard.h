/* SPDX-License-Identifier: Apache-2.0 */
/* server/guard.h - what a request must be before anything looks at what it asks for
 *
 * libmicrohttpd 0.9.75 lets pass what proxies read in another way than it does: lines that end in a bare LF,
 * folded lines, NUL in values, a length beside chunks. None of it comes from an honest client.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>

#include "server/host.h"

enum { URL_MAX = 4096, HEADER_MAX = 8192, BODY_MAX = 1 << 20 };

struct problem {
    unsigned status;    /* 0: nothing is wrong */
    const char *detail; /* a constant */
};

/* The header as the library has taken it apart, in its first call of a handler. */
struct header {
    const char *method;
    const char *version;
    const char *uri; /* as it was sent, before anything of it was decoded */
    size_t uri_length;
    bool bad_uri;  /* with what is no character of one, or an encoded NUL: uri_is_bad() */
    bool has_body; /* as guard_check() found */
};

/* To be asked before the library decodes it in place. */
bool uri_is_bad(const char *uri);

/* The path of a target that names the host, too, as for a proxy: "http://HOST/path". NULL: it names another than Host
 * does. */
const char *target_path(const char *url, const char *host);

struct problem guard_check(struct MHD_Connection *connection, struct header *header,
                           const struct host_names *names);
