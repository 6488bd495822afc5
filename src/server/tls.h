/* SPDX-License-Identifier: Apache-2.0 */
/* server/tls.h - certificate, key and who else's certificates are trusted, read and checked */
#pragma once

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "base/error.h"
#include "server/web_config.h"

/* { 0 }: none. Texts are PEM. */
struct tls {
    char *cert;
    char *key;
    char *ca; /* NULL: clients are asked for no certificate */
    char priorities[64];
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

/* Whether the client of a session may ask, as far as its certificate tells. */
bool tls_client_may_ask(const struct web_config *config, gnutls_session_t session);
