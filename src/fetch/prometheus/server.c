/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/server.c - one server, asked as often as it takes, and its failures put into words */
#include "fetch/prometheus/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/prometheus/reply.h"
#include "fetch/quota.h"
#include "fetch/retry_after.h"

enum {
    TRIES_TO_CONNECT = 5, /* while it has not answered once: 3 s */
    TRIES_OF_A_FAULT = 4, /* of 500 and a query that timed out, which will fail again */
};

static const int64_t FIRST_PAUSE_NS = 200 * NSEC_PER_MSEC;
static const int64_t LONGEST_PAUSE_NS = 5 * NSEC_PER_SEC;

int server_fail(struct server *server, enum remote_outcome outcome, const char *format, ...)
{
    va_list arguments;
    char text[1024];

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    access_scrub(&server->access, text);
    server->end.outcome = outcome;
    text_copy_clean(server->end.message, sizeof(server->end.message), text);
    return -EPROTO;
}

int server_open(struct server *server, const struct remote_access *asked,
                const char *credentials_dir, int64_t deadline_mono_ns)
{
    int r;

    *server = (struct server){ .deadline_mono_ns = deadline_mono_ns };
    r = access_open(asked, credentials_dir, &server->access, &server->end);
    if (r < 0)
        return r;
    server->connection = http_connection_new();
    return server->connection != NULL ? 0 : -ENOMEM;
}

void server_close(struct server *server)
{
    http_connection_free(server->connection);
    access_deinit(&server->access);
    *server = (struct server){ 0 };
}

bool server_pause(const struct server *server, int64_t ns)
{
    if (clock_mono_ns() + ns >= server->deadline_mono_ns)
        return false;
    clock_pause_ns(ns);
    return true;
}

static int exchange(struct server *server, const char *path, const struct strbuf *form,
                    struct http_answer *answer, struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf url = { 0 };
    const struct remote_access *asked = server->access.asked;
    bool has_form = form != NULL && form->length > 0;

    strbuf_printf(&url, "%s/api/v1/%s", server->access.base, path);
    if (has_form && server->gets_only)
        strbuf_printf(&url, "?%s", form->text);
    if (url.failed || (form != NULL && form->failed))
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return http_exchange(
        &(struct http_request){
            .url = url.text,
            .headers = (const char *const *)server->access.headers,
            .header_count = server->access.header_count,
            .body = has_form && !server->gets_only ? form->text : NULL,
            .ca_file = asked->ca_file,
            .cert_file = asked->cert_file,
            .key_file = asked->key_file,
            .body_max = strcmp(path, "series") == 0 ? SERVER_LIST_MAX : SERVER_BODY_MAX,
            .reach = HTTP_NAMED,
            .connection = server->connection,
            .deadline_mono_ns = server->deadline_mono_ns,
        },
        answer, err);
}

/* How long to wait before the attempt that follows; -1: there is none. */
static int64_t pause_after(const struct server *server, int code, const struct http_answer *answer,
                           bool timed_out, int attempt)
{
    int64_t pause_ns = FIRST_PAUSE_NS << (attempt < 5 ? attempt : 5);
    int64_t now_ns = clock_wall_ns();
    int64_t until_ns;

    if (code < 0 && code != -EHOSTUNREACH && code != -ECONNRESET)
        return -1;
    if (code < 0 && !server->has_answered && attempt + 1 >= TRIES_TO_CONNECT)
        return -1;
    if (code == 0 && answer->status != 429 && answer->status < 500)
        return -1;
    if (code == 0 && (answer->status == 500 || timed_out) && attempt + 1 >= TRIES_OF_A_FAULT)
        return -1;
    if (code == 0 && retry_after_parse(answer->retry_after, now_ns, &until_ns) &&
        until_ns - now_ns > pause_ns)
        return until_ns - now_ns;
    return quota_jitter_ns(pause_ns < LONGEST_PAUSE_NS ? pause_ns : LONGEST_PAUSE_NS);
}

static int failed_transfer(struct server *server, int code, const struct aico2_error *err)
{
    switch (code) {
    case -ENOMEM:
        return code;
    case -EFBIG:
        (void)server_fail(server, REMOTE_BAD_ANSWER, "%s", err->message);
        return code;
    case -ETIMEDOUT:
        return server_fail(
            server, REMOTE_TOO_LATE,
            "%s: it is slow or asked for much; a shorter window, one host or a later "
            "deadline would help",
            err->message);
    case -EBADMSG:
        return server_fail(server, REMOTE_BAD_ANSWER,
                           strstr(err->message, "redirects") != NULL
                               ? "%s; give that address if it is the server's own"
                               : "%s",
                           err->message);
    case -ECONNRESET:
        return server_fail(server, REMOTE_BAD_ANSWER,
                           "%s, again and again: is it restarting, or is what stands before it?",
                           err->message);
    case -EPROTO:
        return server_fail(server, REMOTE_UNREACHABLE,
                           "%s: check https, the CA file and the certificate", err->message);
    case -EACCES:
        return server_fail(server, REMOTE_UNREACHABLE, "%s", err->message);
    default:
        return server_fail(server, REMOTE_UNREACHABLE, "%s: is the server up, and port %s its own?",
                           err->message, server->access.origin.port);
    }
}

/* "queries that load too many samples" are many small ones that do not. */
static bool is_too_much(long status, const struct reply_said *said)
{
    return (status == 503 && strcmp(said->error_type, "timeout") == 0) ||
           (status == 422 && (strstr(said->error, "too many samples") != NULL ||
                              strstr(said->error, "too many points") != NULL));
}

static int failed_status(struct server *server, const struct http_answer *answer,
                         const struct reply_said *said)
{
    const char *host = server->access.origin.host;
    long status = answer->status;
    char words[200];

    reply_plain(answer->body.text, answer->body.length, words);
    if (said->error[0] != '\0')
        text_copy_clean(words, sizeof(words), said->error);
    if (words[0] == '\0')
        (void)snprintf(words, sizeof(words), "no reason given");
    if (is_too_much(status, said)) {
        (void)server_fail(server, REMOTE_OVERLOADED, "%ld of '%s': %s", status, host, words);
        return -EFBIG;
    }
    switch (status) {
    case 401:
        return server_fail(server, REMOTE_DENIED,
                           "401 of '%s': check user, password or token, and the tenant (%s)", host,
                           words);
    case 403:
    case 407:
        return server_fail(server, REMOTE_DENIED, "%ld of '%s': this user may not read there (%s)",
                           status, host, words);
    case 404:
        return server_fail(server, REMOTE_BAD_ANSWER,
                           "404 of '%s': no Prometheus answers below this path: check the address; "
                           "Mimir's ends in /prometheus (%s)",
                           host, words);
    case 429:
        return server_fail(server, REMOTE_OVERLOADED, "429 of '%s': too many questions (%s)", host,
                           words);
    default:
        return server_fail(server, status >= 500 ? REMOTE_OVERLOADED : REMOTE_REFUSED,
                           "%ld of '%s': %s", status, host, words);
    }
}

static int no_answer(struct server *server, const struct http_answer *answer)
{
    const char *host = server->access.origin.host;
    char words[120];

    if (reply_is_page(answer->body.text, answer->body.length))
        return server_fail(
            server, REMOTE_BAD_ANSWER,
            "'%s' answers with a web page in place of JSON: check the address and its "
            "path; is it a page to log in?",
            host);
    reply_plain(answer->body.text, answer->body.length, words);
    return server_fail(server, REMOTE_BAD_ANSWER,
                       "what '%s' answers is no JSON of Prometheus, or was torn: '%.60s'", host,
                       words);
}

/* One attempt that may have to be made again. Return: as server_ask(); *pause_ns_out >= 0: after so long */
static int attempt_once(struct server *server, const char *path, const struct strbuf *form,
                        int attempt, json_t **root_out, int64_t *pause_ns_out)
{
    struct http_answer answer = { 0 };
    struct aico2_error err = { 0 };
    struct reply_said said = { 0 };
    int r = exchange(server, path, form, &answer, &err);
    json_t *root = r == 0 ? reply_open(answer.body.text, answer.body.length, &said) : NULL;

    *pause_ns_out = -1;
    if (r == 0 && answer.status == 405 && form != NULL && !server->gets_only) {
        server->gets_only = true;
        *pause_ns_out = 0;
        r = -EPROTO;
    } else if (r < 0) {
        *pause_ns_out = pause_after(server, r, &answer, false, attempt);
        r = failed_transfer(server, r, &err);
    } else if (answer.status / 100 != 2 || (root != NULL && !said.success)) {
        bool timed_out = is_too_much(answer.status, &said);

        *pause_ns_out = pause_after(server, 0, &answer, timed_out, attempt);
        r = failed_status(server, &answer, &said);
        if (r == -EFBIG)
            *pause_ns_out = -1;
    } else if (root == NULL) {
        r = no_answer(server, &answer);
    }
    http_answer_deinit(&answer);
    if (r < 0) {
        json_decref(root);
        return r;
    }
    server->has_answered = true;
    server->end = (struct remote_end){ 0 };
    if (said.warning[0] != '\0' && server->warning[0] == '\0')
        (void)snprintf(server->warning, sizeof(server->warning), "%s", said.warning);
    *root_out = root;
    return 0;
}

int server_ask(struct server *server, const char *path, const struct strbuf *form,
               json_t **root_out)
{
    int64_t pause_ns;
    int r;

    for (int attempt = 0;; attempt++) {
        r = attempt_once(server, path, form, attempt, root_out, &pause_ns);
        if (r == 0 || pause_ns < 0 || !server_pause(server, pause_ns))
            return r;
    }
}

json_t *server_ask_once(struct server *server, const char *path)
{
    json_t *root = NULL;
    int64_t pause_ns;

    (void)attempt_once(server, path, NULL, 0, &root, &pause_ns);
    server->end = (struct remote_end){ 0 };
    return root;
}
