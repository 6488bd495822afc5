/* SPDX-License-Identifier: Apache-2.0 */
/* server/tls.h - certificate, key and who else's certificates are trusted, read and checked */
#pragma once

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "base/error.h"
#include "server/web_config.h"

enum { TLS_PRIORITIES_SIZE = 1024 };

/* { 0 }: none. Texts are PEM. */
struct tls {
    char *cert;
    char *key;
    char *ca; /* NULL: clients are asked for no certificate */
    char priorities[TLS_PRIORITIES_SIZE];
};

/**
 * tls_load() - what the web configuration names, relative to its own folder
 * Nothing is served with a key that does not fit its certificate, nor with one that everybody may read.
 * Return: 0; -ENOENT, -EACCES, -EBADMSG; the message names the file
 */
int tls_load(struct tls *tls_out, const struct web_config *config, const char *folder,
             struct aico2_error *err);
void tls_deinit(struct tls *tls);
bool tls_is_given(const struct tls *tls);
bool tls_equals(const struct tls *a, const struct tls *b);

/* Before its handshake: whether its client is asked for a certificate that nobody has to have signed. */
void tls_session_begins(const struct web_config *config, gnutls_session_t session);
/* Whether what the two have agreed on is one of cipher_suites. */
bool tls_suite_is_allowed(const struct web_config *config, gnutls_session_t session);
/* Whether the client of a session may ask, as far as its certificate tells. */
bool tls_client_may_ask(const struct web_config *config, gnutls_session_t session);
