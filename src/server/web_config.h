/* SPDX-License-Identifier: Apache-2.0 */
/* server/web_config.h - the web configuration of Prometheus' exporters: TLS, logins, headers
 *
 * github.com/prometheus/exporter-toolkit, docs/web-configuration.md: files written for an exporter are to
 * work here as they are. What is asked for and not done is an error, never passed over where it guards
 * something.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "server/rate.h"

enum client_auth {
    CLIENT_AUTH_NONE,
    CLIENT_AUTH_REQUEST,     /* asked for, and then nothing depends on it */
    CLIENT_AUTH_REQUIRE_ANY, /* any will do, whoever signed it: it proves nothing */
    CLIENT_AUTH_VERIFY_IF_GIVEN,
    CLIENT_AUTH_REQUIRE_AND_VERIFY,
};

struct web_pair {
    char *name;
    char *value;
};

struct web_pairs {
    struct web_pair *items;
    size_t count;
    size_t capacity;
};

struct web_config {
    char *cert_file; /* as written; NULL not given */
    char *cert;      /* PEM in the file itself */
    char *key_file;
    char *key;
    char *client_ca_file;
    char *client_ca;
    enum client_auth client_auth;
    struct web_pairs sans; /* names only: those a client's certificate may be of */
    int min_version;       /* 10, 11, 12, 13 */
    int max_version;
    struct web_pairs headers;
    struct web_pairs users; /* name, bcrypt sum */
    struct web_pairs
        ciphers; /* names only, as Go has them: of TLS 1.2 and below; none: GnuTLS's own choice */
    struct web_pairs curves;
    struct rate_limit rate_limit;
};

/* name: for messages, "NAME:LINE: ...". Return: 0, -EBADMSG or -ENOMEM. */
int web_config_parse(const char *text, size_t length, const char *name,
                     struct web_config *config_out, struct aico2_error *err);
void web_config_deinit(struct web_config *config);
bool web_config_has_tls(const struct web_config *config);
