/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/http.c - one question over HTTP, within bounds of time, size and whom it may reach (libcurl) */
#include "fetch/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/address.h"

enum {
    CONNECT_MS = 3000,
    CONNECT_METADATA_MS = 300, /* a machine without such a service must not wait for it */
    TOTAL_MS = 10000,
    HEADERS_MAX = 256 << 10,
    REDIRECTS_MAX = 3,
    SLOW_BYTES_PER_S = 20,
    SLOW_SECONDS = 4,
};

struct http_connection {
    CURL *easy;
};

/* What the callbacks of a transfer know and find. */
struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    const struct http_request *request;
    struct http_answer *answer;
    struct http_origin origin;
    size_t header_bytes;
    bool is_proxied; /* then it is the proxy that is connected to */
    bool is_refused;
    bool is_too_big;
};

int http_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

void http_answer_deinit(struct http_answer *answer)
{
    if (answer->body.text != NULL) /* may be a token */
        explicit_bzero(answer->body.text, answer->body.capacity);
    strbuf_deinit(&answer->body);
    *answer = (struct http_answer){ 0 };
}

static bool url_part(CURLU *url, CURLUPart part, unsigned flags, char *out, size_t size)
{
    char *text = NULL;
    bool fits = curl_url_get(url, part, &text, flags) == CURLUE_OK && strlen(text) < size;

    if (fits)
        memcpy(out, text, strlen(text) + 1);
    curl_free(text);
    return fits;
}

/* A user in an address would be a secret that is shown, and a "host" that is none. */
bool http_origin_of(const char *text, struct http_origin *out)
{
    CURLU *url = curl_url();
    bool good = url != NULL &&
                curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
                url_part(url, CURLUPART_SCHEME, 0, out->scheme, sizeof(out->scheme)) &&
                url_part(url, CURLUPART_HOST, 0, out->host, sizeof(out->host)) &&
                url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, out->port, sizeof(out->port));

    curl_url_cleanup(url);
    return good;
}

static bool same_origin(const struct http_origin *a, const struct http_origin *b)
{
    return strcasecmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 &&
           strcmp(a->port, b->port) == 0;
}

struct http_connection *http_connection_new(void)
{
    struct http_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    connection->easy = curl_easy_init();
    if (connection->easy != NULL)
        return connection;
    free(connection);
    return NULL;
}

void http_connection_free(struct http_connection *connection)
{
    if (connection == NULL)
        return;
    curl_easy_cleanup(connection->easy);
    free(connection);
}

static size_t body_max(const struct http_request *request)
{
    return request->body_max > 0 ? request->body_max : HTTP_BODY_MAX;
}

/* The addresses of a name are the resolver's word, so that each is looked at before it is connected to. */
static bool may_connect(const struct transfer *transfer, enum address_kind kind)
{
    bool is_plain = strcasecmp(transfer->origin.scheme, "http") == 0;
    bool is_loopback = address_is_loopback_host(transfer->origin.host);

    if (transfer->request->reach == HTTP_METADATA)
        return kind == ADDRESS_LINK_LOCAL || (is_loopback && kind == ADDRESS_LOOPBACK);
    if (transfer->is_proxied)
        return kind == ADDRESS_PUBLIC || kind == ADDRESS_PRIVATE || kind == ADDRESS_LOOPBACK;
    if (is_loopback || (is_plain && transfer->request->reach != HTTP_NAMED))
        return kind == ADDRESS_LOOPBACK;
    if (transfer->request->reach == HTTP_CONFIGURED || transfer->request->reach == HTTP_NAMED)
        return kind == ADDRESS_PUBLIC || kind == ADDRESS_PRIVATE || kind == ADDRESS_LOOPBACK;
    return kind == ADDRESS_PUBLIC;
}

static curl_socket_t on_socket(void *payload, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = payload;

    (void)purpose;
    if (!may_connect(transfer, address_kind(&address->addr))) {
        transfer->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *payload)
{
    struct transfer *transfer = payload;
    struct strbuf *body = &transfer->answer->body;

    (void)size; /* is 1 */
    if (count > body_max(transfer->request) - body->length) {
        transfer->is_too_big = true;
        return 0;
    }
    strbuf_add_bytes(body, bytes, count);
    return body->failed ? 0 : count;
}

static void take_retry_after(struct http_answer *answer, const char *line, size_t length)
{
    static const char name[] = "retry-after:";
    size_t begin = sizeof(name) - 1;

    if (length < begin || strncasecmp(line, name, begin) != 0)
        return;
    while (begin < length && (line[begin] == ' ' || line[begin] == '\t'))
        begin++;
    while (length > begin && strchr("\r\n\t ", line[length - 1]) != NULL)
        length--;
    if (length - begin >= sizeof(answer->retry_after))
        return;
    memcpy(answer->retry_after, line + begin, length - begin);
    answer->retry_after[length - begin] = '\0';
}

static size_t on_header(char *bytes, size_t size, size_t count, void *payload)
{
    struct transfer *transfer = payload;

    (void)size; /* is 1 */
    transfer->header_bytes += count;
    if (transfer->header_bytes > HEADERS_MAX) {
        transfer->is_too_big = true;
        return 0;
    }
    take_retry_after(transfer->answer, bytes, count);
    return count;
}

static bool has_proxy_variable(void)
{
    static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0')
            return true;
    }
    return false;
}

static int64_t time_left_ms(const struct http_request *request)
{
    int64_t left_ms = (request->deadline_mono_ns - clock_mono_ns()) / NSEC_PER_MSEC;

    return left_ms < TOTAL_MS || request->reach == HTTP_NAMED ? left_ms : TOTAL_MS;
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                           1L); /* not waiting for a resolver that hangs */
#endif
}

static void set_bounds(struct transfer *transfer, int64_t left_ms)
{
    CURL *easy = transfer->easy;
    long connect_ms = transfer->request->reach == HTTP_METADATA ? CONNECT_METADATA_MS : CONNECT_MS;

    if (address_is_loopback_host(transfer->origin.host))
        connect_ms = (long)left_ms; /* it refuses at once; what takes time is a machine that is busy */
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    if (transfer->request->reach != HTTP_NAMED) { /* else it may have much to work out first */
        (void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
        (void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    }
    (void)curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                           (curl_off_t)body_max(transfer->request));
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS,
                           1L); /* a proxy's are not the answer's */
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    set_protocols(easy);
}

static bool is_given(const char *file)
{
    return file != NULL && file[0] != '\0';
}

static void set_files(CURL *easy, const struct http_request *request)
{
    if (is_given(request->ca_file)) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH,
                               NULL); /* else the system's are trusted beside it */
    }
    if (is_given(request->cert_file))
        (void)curl_easy_setopt(easy, CURLOPT_SSLCERT, request->cert_file);
    if (is_given(request->key_file))
        (void)curl_easy_setopt(easy, CURLOPT_SSLKEY, request->key_file);
}

/* Redirected or not, these stay. Return: 0 or -ENOMEM. */
static int set_up(struct transfer *transfer)
{
    const struct http_request *request = transfer->request;
    CURL *easy = transfer->easy;

    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "aico2/" AICO2_VERSION_TEXT);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    set_files(easy, request);
    if (!transfer->is_proxied)
        (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    for (size_t i = 0; i < request->header_count; i++) {
        struct curl_slist *grown = curl_slist_append(transfer->headers, request->headers[i]);

        if (grown == NULL)
            return -ENOMEM;
        transfer->headers = grown;
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    if (request->body != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)(request->body_length > 0 ? request->body_length
                                                                     : strlen(request->body)));
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
    }
    if (request->method != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return 0;
}

static int refuse_address(const struct transfer *transfer, struct aico2_error *err)
{
    return aico2_error_set(err, -EACCES, "'%s' leads to an address that may not be asked",
                           transfer->origin.host);
}

static int check_origin(const struct transfer *transfer, struct aico2_error *err)
{
    const struct http_origin *origin = &transfer->origin;

    if (strcasecmp(origin->scheme, "https") == 0)
        return 0;
    if (strcasecmp(origin->scheme, "http") != 0)
        return aico2_error_set(err, -EACCES, "'%s' is no protocol to ask by", origin->scheme);
    if (transfer->request->reach == HTTP_METADATA || transfer->request->reach == HTTP_NAMED ||
        address_is_loopback_host(origin->host))
        return 0;
    return aico2_error_set(err, -EACCES, "'%s' is asked by https alone", origin->host);
}

/* Text of libcurl may quote an address, and with it a secret: the words are ours. */
static int explain(const struct transfer *transfer, CURLcode code, struct aico2_error *err)
{
    const char *host = transfer->origin.host;

    if (transfer->answer->body.failed || code == CURLE_OUT_OF_MEMORY)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (transfer->is_too_big || code == CURLE_FILESIZE_EXCEEDED)
        return aico2_error_set(err, -EFBIG, "the answer of '%s' is larger than %zu MiB", host,
                               body_max(transfer->request) >> 20);
    if (transfer->is_refused && code == CURLE_COULDNT_CONNECT)
        return refuse_address(transfer, err);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return aico2_error_set(err, -ETIMEDOUT, "no whole answer of '%s' in time", host);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return aico2_error_set(err, -EPROTO, "the certificate of '%s' does not fit", host);
    case CURLE_SSL_CACERT_BADFILE:
        return aico2_error_set(err, -EPROTO, "the file of trusted certificates cannot be used");
    case CURLE_SSL_CERTPROBLEM:
        return aico2_error_set(err, -EPROTO, "the client certificate or its key cannot be used");
    case CURLE_SSL_CONNECT_ERROR:
        return aico2_error_set(err, -EPROTO, "'%s' and TLS: no connection", host);
    case CURLE_BAD_CONTENT_ENCODING:
        return aico2_error_set(err, -EBADMSG, "what '%s' has compressed cannot be unpacked", host);
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return aico2_error_set(err, -EBADMSG, "'%s' answers what is no HTTP", host);
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
        return aico2_error_set(err, -ECONNRESET, "'%s' broke off its answer", host);
    case CURLE_COULDNT_RESOLVE_HOST:
        return aico2_error_set(err, -EHOSTUNREACH, "'%s' is not a known name", host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return aico2_error_set(err, -EHOSTUNREACH, "the proxy's name is not known");
    default:
        return aico2_error_set(err, -EHOSTUNREACH, "cannot connect to '%s'", host);
    }
}

/* Return: 1: *url_out (curl_free) is to be asked next; 0: this was the answer; -errno. */
static int next_of_redirect(struct transfer *transfer, char **url_out, struct aico2_error *err)
{
    char *target = NULL;
    struct http_origin origin;

    if (transfer->answer->status < 300 || transfer->answer->status > 399)
        return 0;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &target) != CURLE_OK ||
        target == NULL)
        return aico2_error_set(err, -EBADMSG, "'%s' redirects to nowhere", transfer->origin.host);
    if (!http_origin_of(target, &origin))
        return aico2_error_set(err, -EBADMSG, "'%s' redirects to what is no address",
                               transfer->origin.host);
    if (!same_origin(&origin, &transfer->origin) || transfer->request->reach == HTTP_NAMED)
        return aico2_error_set(err, -EBADMSG, "'%s' redirects to '%s://%s:%s': not followed",
                               transfer->origin.host, origin.scheme, origin.host, origin.port);
    *url_out = strdup(target);
    return *url_out != NULL ? 1 : aico2_error_set(err, -ENOMEM, "out of memory");
}

static int perform(struct transfer *transfer, const char *url, struct aico2_error *err)
{
    int64_t left_ms = time_left_ms(transfer->request);
    CURLcode code;

    if (left_ms <= 0)
        return explain(transfer, CURLE_OPERATION_TIMEDOUT, err);
    http_answer_deinit(transfer->answer);
    transfer->header_bytes = 0;
    set_bounds(transfer, left_ms);
    (void)curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    code = curl_easy_perform(transfer->easy);
    if (code != CURLE_OK)
        return explain(transfer, code, err);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->answer->status);
    return 0;
}

static int follow(struct transfer *transfer, struct aico2_error *err)
{
    char *url = NULL;
    int r = perform(transfer, transfer->request->url, err);

    for (int hop = 0; r == 0; hop++) {
        char *next = NULL;

        r = next_of_redirect(transfer, &next, err);
        if (r <= 0)
            break;
        free(url);
        url = next;
        if (hop == REDIRECTS_MAX) {
            r = aico2_error_set(err, -EBADMSG, "'%s' redirects without end", transfer->origin.host);
            break;
        }
        r = perform(transfer, url, err);
    }
    if (url != NULL)
        explicit_bzero(url, strlen(url));
    free(url);
    return r;
}

static void wipe_headers(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at != NULL; at = at->next)
        explicit_bzero(at->data, strlen(at->data));
    curl_slist_free_all(headers);
}

int http_exchange(const struct http_request *request, struct http_answer *answer_out,
                  struct aico2_error *err)
{
    struct http_answer answer = { 0 };
    struct transfer transfer = { .request = request, .answer = &answer };
    int r;

    if (!http_origin_of(request->url, &transfer.origin))
        return aico2_error_set(err, -EBADMSG, "the provider's address is none");
    r = check_origin(&transfer, err);
    if (r < 0)
        return r;
    transfer.is_proxied = request->reach != HTTP_METADATA && has_proxy_variable() &&
                          !address_is_loopback_host(transfer.origin.host);
    transfer.easy = request->connection != NULL ? request->connection->easy : curl_easy_init();
    if (transfer.easy == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = set_up(&transfer);
    if (r == 0)
        r = follow(&transfer, err);
    else
        (void)aico2_error_set(err, r, "out of memory");
    if (request->connection != NULL)
        curl_easy_reset(transfer.easy); /* its connections stay */
    else
        curl_easy_cleanup(transfer.easy);
    wipe_headers(transfer.headers);
    if (r < 0) {
        http_answer_deinit(&answer);
        return r;
    }
    http_answer_deinit(answer_out);
    *answer_out = answer;
    return 0;
}
