/* SPDX-License-Identifier: Apache-2.0 */
/* server/tls.c - certificate, key and who else's certificates are trusted, read and checked */
#include "server/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/text.h"
#include "server/cipher_names.h"

enum { PEM_MAX = 1 << 20, NAME_SIZE = 1024 };

/* Of the file, or what stands in the configuration itself. text_out NULL: neither. */
static int read_pem(const char *folder, const char *path, const char *inline_text, bool secret,
                    char **text_out, struct aico2_error *err)
{
    char full[PATH_MAX];
    struct stat status;
    int r;

    if (path == NULL) {
        *text_out = inline_text == NULL ? NULL : strdup(inline_text);
        return inline_text != NULL && *text_out == NULL
                   ? aico2_error_set(err, -ENOMEM, "out of memory")
                   : 0;
    }
    if (snprintf(full, sizeof(full), "%s%s%s", path[0] == '/' ? "" : folder,
                 path[0] == '/' ? "" : "/", path) >= (int)sizeof(full))
        return aico2_error_set(err, -ENAMETOOLONG, "the path is too long: '%.80s...'", path);
    if (stat(full, &status) < 0)
        return aico2_error_set_errno(err, errno, "cannot read '%.160s'", full);
    if (secret && (status.st_mode & S_IRWXO) != 0)
        return aico2_error_set(err, -EACCES, "everybody may read the key '%.160s': chmod o= it",
                               full);
    r = fs_read_all_at(AT_FDCWD, full, PEM_MAX, text_out, err);
    return r < 0 ? r : 0;
}

/* GnuTLS is told by the parts of suites, and so takes what others of these parts make up, too: see
 * tls_suite_is_allowed(). Suites of TLS 1.3 are always there, as in Go. */
static void name_ciphers(const struct web_config *config, char *text, size_t size)
{
    text_append(text, size, ":-KX-ALL:-CIPHER-ALL:-MAC-ALL:%%SERVER_PRECEDENCE");
    for (size_t i = 0; i < config->ciphers.count; i++) {
        const struct cipher_suite *suite = cipher_suite_find(config->ciphers.items[i].name);

        if (suite->key_exchange != NULL)
            text_append(text, size, ":+%s:+%s:+%s", suite->key_exchange, suite->cipher, suite->mac);
    }
    text_append(text, size, ":+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD");
}

static void name_curves(const struct web_config *config, char *text, size_t size)
{
    const char *group;
    size_t known = 0;

    for (size_t i = 0; i < config->curves.count; i++) {
        group = curve_find(config->curves.items[i].name);
        if (group[0] != '\0')
            text_append(text, size, "%s:+%s", known++ == 0 ? ":-GROUP-ALL" : "", group);
    }
}

static void name_priorities(const struct web_config *config, char *text, size_t size)
{
    static const char *const names[] = { "1.0", "1.1", "1.2", "1.3" };

    text[0] = '\0';
    text_append(text, size, "NORMAL:-VERS-ALL");
    for (int version = config->min_version; version <= config->max_version; version++)
        text_append(text, size, ":+VERS-TLS%s", names[version - 10]);
    if (config->ciphers.count > 0)
        name_ciphers(config, text, size);
    name_curves(config, text, size);
}

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)text,
                             .size = (unsigned)strlen(text) };
}

/* As the library will do it, but with a reason when it fails. */
static int try_out(const struct tls *tls, struct aico2_error *err)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t cert = datum(tls->cert);
    gnutls_datum_t key = datum(tls->key);
    gnutls_priority_t priority;
    int r = gnutls_certificate_allocate_credentials(&credentials);

    if (r < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
    if (r < 0) {
        (void)aico2_error_set(err, -EBADMSG, "certificate and key cannot be used: %s",
                              gnutls_strerror(r));
    } else if (tls->ca != NULL) {
        gnutls_datum_t ca = datum(tls->ca);

        r = gnutls_certificate_set_x509_trust_mem(credentials, &ca, GNUTLS_X509_FMT_PEM);
        if (r <= 0)
            r = aico2_error_set(err, -EBADMSG,
                                "client_ca_file has no certificate that can be read");
    }
    gnutls_certificate_free_credentials(credentials);
    if (r < 0)
        return -EBADMSG;
    r = gnutls_priority_init(&priority, tls->priorities, NULL);
    if (r < 0)
        return aico2_error_set(err, -EBADMSG,
                               "cipher_suites and versions leave nothing that GnuTLS has: %s",
                               gnutls_strerror(r));
    gnutls_priority_deinit(priority);
    return 0;
}

int tls_load(struct tls *tls_out, const struct web_config *config, const char *folder,
             struct aico2_error *err)
{
    struct tls tls = { 0 };
    int r = read_pem(folder, config->cert_file, config->cert, false, &tls.cert, err);

    if (r == 0)
        r = read_pem(folder, config->key_file, config->key, true, &tls.key, err);
    if (r == 0 && config->client_auth >= CLIENT_AUTH_VERIFY_IF_GIVEN)
        r = read_pem(folder, config->client_ca_file, config->client_ca, false, &tls.ca, err);
    if (r == 0 && tls.cert != NULL && tls.key != NULL) {
        name_priorities(config, tls.priorities, sizeof(tls.priorities));
        r = try_out(&tls, err);
    }
    if (r < 0) {
        tls_deinit(&tls);
        return r;
    }
    *tls_out = tls;
    return 0;
}

void tls_deinit(struct tls *tls)
{
    free(tls->cert);
    if (tls->key != NULL)
        explicit_bzero(tls->key, strlen(tls->key));
    free(tls->key);
    free(tls->ca);
    *tls = (struct tls){ 0 };
}

bool tls_is_given(const struct tls *tls)
{
    return tls->cert != NULL;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool tls_equals(const struct tls *a, const struct tls *b)
{
    return same(a->cert, b->cert) && same(a->key, b->key) && same(a->ca, b->ca) &&
           strcmp(a->priorities, b->priorities) == 0;
}

static bool is_listed(const struct web_pairs *sans, const char *name, size_t length)
{
    for (size_t i = 0; i < sans->count; i++) {
        if (strlen(sans->items[i].name) == length && memcmp(sans->items[i].name, name, length) == 0)
            return true;
    }
    return false;
}

/* One of the alternative names of the certificate is one of those that may ask. */
static bool name_is_allowed(const struct web_pairs *sans, gnutls_session_t session)
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    gnutls_x509_crt_t cert;
    bool allowed = false;
    int r = 0;

    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&cert) < 0)
        return false;
    if (gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) == 0) {
        for (unsigned i = 0; !allowed && r != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++) {
            char name[NAME_SIZE];
            size_t size = sizeof(name);

            r = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &size, NULL);
            if (r >= 0)
                allowed = is_listed(sans, name, size);
            else if (r != GNUTLS_E_SHORT_MEMORY_BUFFER)
                break;
        }
    }
    gnutls_x509_crt_deinit(cert);
    return allowed;
}

void tls_session_begins(const struct web_config *config, gnutls_session_t session)
{
    if (config->client_auth == CLIENT_AUTH_REQUEST ||
        config->client_auth == CLIENT_AUTH_REQUIRE_ANY)
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
}

bool tls_suite_is_allowed(const struct web_config *config, gnutls_session_t session)
{
    const char *key_exchange = gnutls_kx_get_name(gnutls_kx_get(session));
    const char *cipher = gnutls_cipher_get_name(gnutls_cipher_get(session));
    const char *mac = gnutls_mac_get_name(gnutls_mac_get(session));

    if (config->ciphers.count == 0 || gnutls_protocol_get_version(session) >= GNUTLS_TLS1_3)
        return true;
    for (size_t i = 0; i < config->ciphers.count; i++) {
        const struct cipher_suite *suite = cipher_suite_find(config->ciphers.items[i].name);

        if (same(suite->key_exchange, key_exchange) && same(suite->cipher, cipher) &&
            same(suite->mac, mac))
            return true;
    }
    return false;
}

bool tls_client_may_ask(const struct web_config *config, gnutls_session_t session)
{
    unsigned status = 0;
    unsigned count = 0;
    bool given;

    if (config->client_auth < CLIENT_AUTH_REQUIRE_ANY)
        return true;
    given = session != NULL && gnutls_certificate_get_peers(session, &count) != NULL && count > 0;
    if (!given)
        return config->client_auth == CLIENT_AUTH_VERIFY_IF_GIVEN;
    if (config->client_auth == CLIENT_AUTH_REQUIRE_ANY)
        return true;
    if (gnutls_certificate_verify_peers2(session, &status) < 0 || status != 0)
        return false;
    return config->sans.count == 0 || name_is_allowed(&config->sans, session);
}
