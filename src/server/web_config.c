/* SPDX-License-Identifier: Apache-2.0 */
/* server/web_config.c - the web configuration of Prometheus' exporters: TLS, logins, headers */
#include "server/web_config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"
#include "server/cipher_names.h"

enum { PAIRS_MAX = 10000, TEXT_MAX = 1 << 16, BCRYPT_LENGTH = 60 };
enum { RATE_INTERVAL_SECONDS_MAX = 86400, RATE_BURST_MAX = 100000 };

struct reading {
    yaml_document_t document;
    const char *name;
    struct web_config config;
    struct aico2_error *err;
};

/* What a key of a mapping does with its value. */
struct key {
    const char *name;
    int (*take)(struct reading *reading, yaml_node_t *value, void *target);
    size_t offset; /* into struct web_config */
};

static int fault(struct reading *reading, const yaml_node_t *node, const char *what,
                 const char *quoted)
{
    return aico2_error_set(reading->err, -EBADMSG, "%.120s:%zu: '%.60s': %s", reading->name,
                           node->start_mark.line + 1, quoted, what);
}

static const char *scalar(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* A scalar without NUL, of bearable length; NULL otherwise. */
static const char *text_of(struct reading *reading, const yaml_node_t *node, const char *key)
{
    const char *text = scalar(node);

    if (text == NULL) {
        (void)fault(reading, node, "a text is wanted here", key);
        return NULL;
    }
    if (node->data.scalar.length > TEXT_MAX || strlen(text) != node->data.scalar.length) {
        (void)fault(reading, node, "too long, or with a NUL in it", key);
        return NULL;
    }
    return text;
}

static int walk(struct reading *reading, yaml_node_t *node, const char *where,
                const struct key *keys, size_t count)
{
    if (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0)
        return 0; /* "tls_server_config:" and nothing below it */
    if (node->type != YAML_MAPPING_NODE)
        return fault(reading, node, "keys with their values are wanted here", where);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *name = yaml_document_get_node(&reading->document, pair->key);
        yaml_node_t *value = yaml_document_get_node(&reading->document, pair->value);
        const char *text = scalar(name);
        const char *names[24];
        char what[96];
        size_t at = 0;
        int nearest;
        int r;

        while (at < count && (text == NULL || strcmp(keys[at].name, text) != 0))
            at++;
        if (at < count) {
            r = keys[at].take(reading, value, (char *)&reading->config + keys[at].offset);
            if (r < 0)
                return r;
            continue;
        }
        for (size_t i = 0; i < count; i++)
            names[i] = keys[i].name;
        nearest = text == NULL ? -1 : text_nearest(text, names, count);
        (void)snprintf(what, sizeof(what), "unknown key%s%s", nearest >= 0 ? ", nearest is " : "",
                       nearest >= 0 ? names[nearest] : "");
        return fault(reading, name, what, text == NULL ? where : text);
    }
    return 0;
}

/* --- values --- */

static int take_text(struct reading *reading, yaml_node_t *value, void *target)
{
    char **text = target;
    const char *got = text_of(reading, value, "text");

    if (got == NULL)
        return -EBADMSG;
    free(*text);
    *text = got[0] == '\0' ? NULL : strdup(got);
    return got[0] != '\0' && *text == NULL ? aico2_error_set(reading->err, -ENOMEM, "out of memory")
                                           : 0;
}

static int take_client_auth(struct reading *reading, yaml_node_t *value, void *target)
{
    static const struct {
        const char *name;
        enum client_auth auth;
    } words[] = {
        { "", CLIENT_AUTH_NONE },
        { "NoClientCert", CLIENT_AUTH_NONE },
        { "RequestClientCert", CLIENT_AUTH_REQUEST },
        { "RequireAnyClientCert", CLIENT_AUTH_REQUIRE_ANY },
        { "VerifyClientCertIfGiven", CLIENT_AUTH_VERIFY_IF_GIVEN },
        { "RequireAndVerifyClientCert", CLIENT_AUTH_REQUIRE_AND_VERIFY },
    };
    const char *text = text_of(reading, value, "client_auth_type");

    for (size_t i = 0; text != NULL && i < ARRAY_LENGTH(words); i++) {
        if (strcmp(words[i].name, text) == 0) {
            *(enum client_auth *)target = words[i].auth;
            return 0;
        }
    }
    if (text == NULL)
        return -EBADMSG;
    return fault(reading, value,
                 "RequireAndVerifyClientCert, VerifyClientCertIfGiven, RequireAnyClientCert, "
                 "RequestClientCert or NoClientCert is wanted",
                 text);
}

static int take_version(struct reading *reading, yaml_node_t *value, void *target)
{
    static const char *const words[] = { "TLS10", "TLS11", "TLS12", "TLS13" };
    const char *text = text_of(reading, value, "a version");
    int at = text == NULL ? -1 : text_index(text, words, ARRAY_LENGTH(words));

    if (text == NULL)
        return -EBADMSG;
    if (at < 0)
        return fault(reading, value, "TLS12 or TLS13 is wanted (or TLS10, TLS11)", text);
    *(int *)target = 10 + at;
    return 0;
}

/* Of what does not concern us: HTTP/2 is not spoken. */
static int pass_over(struct reading *reading, yaml_node_t *value, void *target)
{
    (void)reading;
    (void)value;
    (void)target;
    return 0;
}

static int add_pair(struct reading *reading, const yaml_node_t *node, struct web_pairs *pairs,
                    const char *name, const char *value)
{
    struct web_pair pair;

    if (pairs->count >= PAIRS_MAX)
        return fault(reading, node, "the 10001st of a list that has room for 10000", name);
    pair = (struct web_pair){ .name = strdup(name), .value = strdup(value) };
    if (pair.name == NULL || pair.value == NULL ||
        array_reserve(&pairs->items, &pairs->capacity, pairs->count + 1, sizeof(*pairs->items)) <
            0) {
        free(pair.name);
        free(pair.value);
        return aico2_error_set(reading->err, -ENOMEM, "out of memory");
    }
    pairs->items[pairs->count++] = pair;
    return 0;
}

/* NULL: nothing is wrong with that name. */
typedef const char *name_check(const char *name);

static int take_list(struct reading *reading, yaml_node_t *value, struct web_pairs *target,
                     const char *where, name_check *check)
{
    if (value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0)
        return 0;
    if (value->type != YAML_SEQUENCE_NODE)
        return fault(reading, value, "a list is wanted here", where);
    for (yaml_node_item_t *item = value->data.sequence.items.start;
         item < value->data.sequence.items.top; item++) {
        yaml_node_t *node = yaml_document_get_node(&reading->document, *item);
        const char *text = text_of(reading, node, where);
        const char *why = text == NULL || check == NULL ? NULL : check(text);
        int r = text == NULL  ? -EBADMSG
                : why != NULL ? fault(reading, node, why, text)
                              : add_pair(reading, node, target, text, "");

        if (r < 0)
            return r;
    }
    return 0;
}

static int take_names(struct reading *reading, yaml_node_t *value, void *target)
{
    return take_list(reading, value, target, "client_allowed_sans", NULL);
}

static const char *check_cipher(const char *name)
{
    return cipher_suite_find(name) == NULL
               ? "no cipher suite that Go calls secure, as in TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
               : NULL;
}

static int take_ciphers(struct reading *reading, yaml_node_t *value, void *target)
{
    return take_list(reading, value, target, "cipher_suites", check_cipher);
}

static const char *check_curve(const char *name)
{
    return curve_find(name) == NULL ? "X25519, CurveP256, CurveP384 or CurveP521 is wanted" : NULL;
}

static int take_curves(struct reading *reading, yaml_node_t *value, void *target)
{
    return take_list(reading, value, target, "curve_preferences", check_curve);
}

static int take_interval(struct reading *reading, yaml_node_t *value, void *target)
{
    const char *text = text_of(reading, value, "interval");
    int64_t interval_ns;

    if (text == NULL)
        return -EBADMSG;
    if (!duration_parse(text, &interval_ns) || interval_ns < 0 ||
        interval_ns > RATE_INTERVAL_SECONDS_MAX * INT64_C(1000000000))
        return fault(reading, value, "a duration up to a day is wanted, as in 100ms or 1s", text);
    *(int64_t *)target = interval_ns;
    return 0;
}

static int take_burst(struct reading *reading, yaml_node_t *value, void *target)
{
    const char *text = text_of(reading, value, "burst");
    int64_t burst;

    if (text == NULL)
        return -EBADMSG;
    if (!number_parse_i64(text, &burst) || burst < 1 || burst > RATE_BURST_MAX)
        return fault(reading, value, "a whole number from 1 to 100000 is wanted", text);
    *(int64_t *)target = burst;
    return 0;
}

typedef const char *pair_check(const char *name, const char *value);

static int take_pairs(struct reading *reading, yaml_node_t *value, void *target, const char *where,
                      pair_check *check)
{
    if (value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0)
        return 0;
    if (value->type != YAML_MAPPING_NODE)
        return fault(reading, value, "names with their values are wanted here", where);
    for (yaml_node_pair_t *pair = value->data.mapping.pairs.start;
         pair < value->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
        const char *name = text_of(reading, key, where);
        const char *text =
            name == NULL
                ? NULL
                : text_of(reading, yaml_document_get_node(&reading->document, pair->value), name);
        const char *why = text == NULL ? NULL : check(name, text);
        int r;

        if (text == NULL)
            return -EBADMSG;
        if (why != NULL)
            return fault(reading, key, why, name);
        r = add_pair(reading, key, target, name, text);
        if (r < 0)
            return r;
    }
    return 0;
}

/* "$2b$10$" and 53 characters. */
static const char *check_user(const char *name, const char *sum)
{
    bool form = strlen(sum) == BCRYPT_LENGTH && sum[0] == '$' && sum[1] == '2' &&
                strchr("aby", sum[2]) != NULL && sum[3] == '$' && isdigit((unsigned char)sum[4]) &&
                isdigit((unsigned char)sum[5]) && sum[6] == '$';
    int cost = form ? (sum[4] - '0') * 10 + sum[5] - '0' : 0;

    if (name[0] == '\0' || strchr(name, ':') != NULL)
        return "a user's name has no colon and is not empty";
    for (size_t i = 7; form && sum[i] != '\0'; i++)
        form = isalnum((unsigned char)sum[i]) || sum[i] == '.' || sum[i] == '/';
    if (!form)
        return "the password has to be a bcrypt sum, as htpasswd -nBC 10 makes it";
    return cost < 4 || cost > 15 ? "a bcrypt cost of 4 to 15 is wanted" : NULL;
}

static const char *check_header(const char *name, const char *value)
{
    static const char *const known[] = { "Strict-Transport-Security", "X-Content-Type-Options",
                                         "X-Frame-Options", "X-XSS-Protection",
                                         "Content-Security-Policy" };

    if (text_index(name, known, ARRAY_LENGTH(known)) < 0)
        return "not one of the headers that may be set";
    for (const char *at = value; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at))
            return "a header's value is one line";
    }
    return NULL;
}

static int take_users(struct reading *reading, yaml_node_t *value, void *target)
{
    return take_pairs(reading, value, target, "basic_auth_users", check_user);
}

static int take_headers(struct reading *reading, yaml_node_t *value, void *target)
{
    return take_pairs(reading, value, target, "headers", check_header);
}

/* --- the tables --- */

#define FIELD(field) offsetof(struct web_config, field)

static int take_tls(struct reading *reading, yaml_node_t *value, void *target)
{
    static const struct key keys[] = {
        { "cert_file", take_text, FIELD(cert_file) },
        { "cert", take_text, FIELD(cert) },
        { "key_file", take_text, FIELD(key_file) },
        { "key", take_text, FIELD(key) },
        { "client_auth_type", take_client_auth, FIELD(client_auth) },
        { "client_ca_file", take_text, FIELD(client_ca_file) },
        { "client_ca", take_text, FIELD(client_ca) },
        { "client_allowed_sans", take_names, FIELD(sans) },
        { "min_version", take_version, FIELD(min_version) },
        { "max_version", take_version, FIELD(max_version) },
        { "cipher_suites", take_ciphers, FIELD(ciphers) },
        { "curve_preferences", take_curves, FIELD(curves) },
        { "prefer_server_cipher_suites", pass_over, 0 },
    };

    (void)target;
    return walk(reading, value, "tls_server_config", keys, ARRAY_LENGTH(keys));
}

static int take_http(struct reading *reading, yaml_node_t *value, void *target)
{
    static const struct key keys[] = {
        { "http2", pass_over, 0 },
        { "headers", take_headers, FIELD(headers) },
    };

    (void)target;
    return walk(reading, value, "http_server_config", keys, ARRAY_LENGTH(keys));
}

static int take_rate(struct reading *reading, yaml_node_t *value, void *target)
{
    static const struct key keys[] = {
        { "interval", take_interval, FIELD(rate_limit.interval_ns) },
        { "burst", take_burst, FIELD(rate_limit.burst) },
    };

    (void)target;
    return walk(reading, value, "rate_limit", keys, ARRAY_LENGTH(keys));
}

static int check(struct reading *reading)
{
    const struct web_config *config = &reading->config;
    const char *why = NULL;
    bool cert = config->cert_file != NULL || config->cert != NULL;
    bool key = config->key_file != NULL || config->key != NULL;

    if (cert != key)
        why = cert ? "a certificate without its key_file" : "a key without its cert_file";
    else if (config->cert_file != NULL && config->cert != NULL)
        why = "cert_file and cert: only one of them";
    else if (config->key_file != NULL && config->key != NULL)
        why = "key_file and key: only one of them";
    else if (config->client_ca_file != NULL && config->client_ca != NULL)
        why = "client_ca_file and client_ca: only one of them";
    else if (config->min_version > config->max_version)
        why = "min_version is above max_version";
    else if (config->client_auth >= CLIENT_AUTH_VERIFY_IF_GIVEN && config->client_ca_file == NULL &&
             config->client_ca == NULL)
        why = "client certificates are checked by client_ca_file, which is missing";
    else if (!cert && (config->client_auth != CLIENT_AUTH_NONE || config->sans.count > 0 ||
                       config->client_ca_file != NULL || config->client_ca != NULL))
        why = "client certificates without cert_file and key_file";
    else if (config->sans.count > 0 && config->client_auth != CLIENT_AUTH_REQUIRE_AND_VERIFY)
        why = "client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert";
    return why == NULL ? 0
                       : aico2_error_set(reading->err, -EBADMSG, "%.120s: %s", reading->name, why);
}

static int read_document(struct reading *reading)
{
    static const struct key keys[] = {
        { "tls_server_config", take_tls, 0 },
        { "http_server_config", take_http, 0 },
        { "basic_auth_users", take_users, FIELD(users) },
        { "rate_limit", take_rate, 0 },
    };
    yaml_node_t *root = yaml_document_get_root_node(&reading->document);
    int r = root == NULL ? 0 : walk(reading, root, "the file", keys, ARRAY_LENGTH(keys));

    return r < 0 ? r : check(reading);
}

int web_config_parse(const char *text, size_t length, const char *name,
                     struct web_config *config_out, struct aico2_error *err)
{
    struct reading reading = {
        .name = name,
        .err = err,
        .config = { .min_version = 12, .max_version = 13, .rate_limit = { .burst = 1 } }
    };
    yaml_parser_t parser;
    int r;

    if (yaml_parser_initialize(&parser) == 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (yaml_parser_load(&parser, &reading.document) == 0) {
        r = parser.error == YAML_MEMORY_ERROR
                ? aico2_error_set(err, -ENOMEM, "out of memory")
                : aico2_error_set(err, -EBADMSG, "%.120s:%zu: %s", name,
                                  parser.problem_mark.line + 1,
                                  parser.problem != NULL ? parser.problem : "no YAML");
    } else {
        r = read_document(&reading);
        yaml_document_delete(&reading.document);
    }
    yaml_parser_delete(&parser);
    if (r < 0) {
        web_config_deinit(&reading.config);
        return r;
    }
    *config_out = reading.config;
    return 0;
}

static void free_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void free_pairs(struct web_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        free_secret(pairs->items[i].value);
    }
    free(pairs->items);
}

void web_config_deinit(struct web_config *config)
{
    free(config->cert_file);
    free(config->cert);
    free(config->key_file);
    free_secret(config->key);
    free(config->client_ca_file);
    free(config->client_ca);
    free_pairs(&config->sans);
    free_pairs(&config->headers);
    free_pairs(&config->users);
    free_pairs(&config->ciphers);
    free_pairs(&config->curves);
    *config = (struct web_config){ 0 };
}

bool web_config_has_tls(const struct web_config *config)
{
    return config->cert_file != NULL || config->cert != NULL;
}
