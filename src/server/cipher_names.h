/* SPDX-License-Identifier: Apache-2.0 */
/* server/cipher_names.h - what Go calls cipher suites and curves, in the words of GnuTLS
 *
 * crypto/tls of Go (constants of CipherSuite and CurveID): the web configuration has these names.
 */
#pragma once

#include <stddef.h>

struct cipher_suite {
    const char *name;         /* of Go */
    const char *key_exchange; /* NULL: of TLS 1.3, which has none in its suites */
    const char *cipher;
    const char *mac;
};

/* NULL: no such name. */
const struct cipher_suite *cipher_suite_find(const char *name);
/* A GnuTLS group; "": one that GnuTLS does not have yet, and that nobody misses beside others; NULL: no such name. */
const char *curve_find(const char *name);
