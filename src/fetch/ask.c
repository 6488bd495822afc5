/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/ask.c - one request to a provider: counted, tried again, and its failure put into words */
#include "fetch/ask.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/time_text.h"
#include "fetch/quota.h"
#include "fetch/retry_after.h"

enum { RETRIES = 2 };

static const int64_t FIRST_PAUSE_NS = 200 * NSEC_PER_MSEC;

/* A server may send back what it was sent. */
static void scrub(const struct asker *asker, const struct provider_request *request, char *text)
{
    if (asker->secret != NULL) {
        const char *password = strchr(asker->secret->text, ':');

        secret_scrub(text, asker->secret->text);
        if (asker->provider->secret == SECRET_USER_PASSWORD && password != NULL)
            secret_scrub(text, password + 1);
    }
    if (asker->token != NULL)
        secret_scrub(text, asker->token);
    for (size_t i = 0; request != NULL && i < request->header_count; i++) {
        const char *header = strbuf_text(&request->headers[i]);
        const char *value = strrchr(header, ' ');

        if (value != NULL && strlen(value + 1) >= 12) /* a key, not "application/json" cut short */
            secret_scrub(text, value + 1);
    }
}

static void put(const struct asker *asker, const struct provider_request *request,
                struct fetch_step *step, enum fetch_outcome outcome, char text[512])
{
    scrub(asker, request, text);
    step->outcome = outcome;
    text_copy_clean(step->reason, sizeof(step->reason), text);
}

static void fail(const struct asker *asker, const struct provider_request *request,
                 struct fetch_step *step, enum fetch_outcome outcome, const char *format, ...)
    AICO2_PRINTF(5, 6);

static void fail(const struct asker *asker, const struct provider_request *request,
                 struct fetch_step *step, enum fetch_outcome outcome, const char *format, ...)
{
    va_list arguments;
    char text[512];

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(asker, request, step, outcome, text);
}

void ask_fail(const struct asker *asker, struct fetch_step *step_out, enum fetch_outcome outcome,
              const char *format, ...)
{
    va_list arguments;
    char text[512];

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(asker, NULL, step_out, outcome, text);
}

/* "503, Service temporarily unavailable" */
static void status_text(const struct asker *asker, const struct http_answer *answer, char text[256])
{
    char said[160] = "";

    (void)snprintf(text, 256, "%ld", answer->status);
    if (answer->body.length > 0 && asker->provider->error_text != NULL &&
        asker->provider->error_text(answer->body.text, answer->body.length, said)) {
        said[sizeof(said) - 1] = '\0';
        text_append(text, 256, ", %s", said);
    }
}

static enum fetch_outcome outcome_of(long status)
{
    switch (status) {
    case 401:
    case 403:
    case 407:
        return FETCH_DENIED;
    case 404:
        return FETCH_NOT_COVERED;
    case 429:
        return FETCH_LIMITED;
    case 408:
        return FETCH_UNREACHABLE;
    default:
        return status >= 500 ? FETCH_UNREACHABLE : FETCH_BAD_ANSWER;
    }
}

static bool may_send(struct asker *asker, struct fetch_step *step)
{
    unsigned most = asker->provider->requests_per_minute;
    int64_t now_ns = clock_wall_ns();

    if (most == 0)
        return true;
    if (asker->sent >= most || !quota_take(asker->dirfd, most, now_ns)) {
        ask_fail(asker, step, FETCH_LIMITED, "%u requests in a minute are its limit: not asked",
                 most);
        return false;
    }
    asker->sent++;
    return true;
}

static bool pause_before(const struct asker *asker, int64_t pause_ns)
{
    if (clock_mono_ns() + pause_ns >= asker->deadline_mono_ns)
        return false;
    clock_pause_ns(pause_ns);
    return true;
}

static void failed_transfer(const struct asker *asker, const struct provider_request *request,
                            int code, const struct aico2_error *err, struct fetch_step *step)
{
    enum fetch_outcome outcome = FETCH_UNREACHABLE;

    if (code == -ETIMEDOUT)
        outcome = FETCH_TOO_LATE;
    else if (code == -EBADMSG || code == -EFBIG || code == -EACCES)
        outcome = FETCH_BAD_ANSWER;
    if (code == -ETIMEDOUT || code == -EHOSTUNREACH || code == -ECONNRESET)
        quota_failed(asker->dirfd, QUOTA_CONNECTION, 0, clock_wall_ns());
    fail(asker, request, step, outcome, "%s", err->message);
}

/* Until when a 429 or a 503 asks to be left alone; 0: it does not say. */
static int64_t asked_to_wait(const struct http_answer *answer, int64_t now_ns)
{
    int64_t until_ns = 0;

    if (answer->status == 429 || answer->status == 503)
        (void)retry_after_parse(answer->retry_after, now_ns, &until_ns);
    return until_ns;
}

/* Whether the same is to be asked once more, after having waited. */
static bool waits_for_more(const struct asker *asker, const struct http_answer *answer, int attempt)
{
    int64_t now_ns = clock_wall_ns();
    int64_t until_ns = asked_to_wait(answer, now_ns);

    if (attempt == RETRIES)
        return false;
    if (until_ns > 0)
        return pause_before(asker, until_ns - now_ns + 10 * NSEC_PER_MSEC);
    return answer->status >= 500 && pause_before(asker, quota_jitter_ns(FIRST_PAUSE_NS << attempt));
}

static int failed_status(const struct asker *asker, const struct provider_request *request,
                         const struct http_answer *answer, struct fetch_step *step)
{
    int64_t now_ns = clock_wall_ns();
    int64_t until_ns = asked_to_wait(answer, now_ns);
    char text[256];

    status_text(asker, answer, text);
    if (until_ns > now_ns) {
        char until[32];

        wall_time_format(until, sizeof(until), until_ns);
        text_append(text, sizeof(text), "; not to be asked before %.19sZ", until);
    }
    if (answer->status == 429)
        quota_failed(asker->dirfd, QUOTA_LIMIT, until_ns, now_ns);
    else if (answer->status >= 500)
        quota_failed(asker->dirfd, QUOTA_SERVER, until_ns, now_ns);
    fail(asker, request, step, outcome_of(answer->status), "%s", text);
    return answer->status == 401 ? -EACCES : -EPROTO;
}

static int exchange(struct asker *asker, const struct provider_request *request,
                    struct http_answer *answer, struct aico2_error *err)
{
    const char *headers[PROVIDER_HEADERS_MAX];
    size_t count = 0;

    for (; count < request->header_count && count < PROVIDER_HEADERS_MAX; count++)
        headers[count] = strbuf_text(&request->headers[count]);
    return asker->exchange(
        &(struct http_request){
            .url = strbuf_text(&request->url),
            .headers = headers,
            .header_count = count,
            .body = request->body.length > 0 ? request->body.text : NULL,
            .ca_file = asker->ca_file,
            .reach = asker->reach,
            .deadline_mono_ns = asker->deadline_mono_ns,
        },
        answer, err);
}

int ask_once(struct asker *asker, const struct provider_request *request,
             struct http_answer *answer_out, struct fetch_step *step_out)
{
    struct http_answer answer = { 0 };
    struct aico2_error err = { 0 };
    int r;

    for (int attempt = 0;; attempt++) {
        if (!may_send(asker, step_out))
            return -EBUSY;
        r = exchange(asker, request, &answer, &err);
        if (r == 0 && !waits_for_more(asker, &answer, attempt))
            break;
        if (r < 0 && ((r != -EHOSTUNREACH && r != -ECONNRESET) || attempt == RETRIES ||
                      !pause_before(asker, quota_jitter_ns(FIRST_PAUSE_NS << attempt))))
            break;
    }
    if (r < 0) {
        failed_transfer(asker, request, r, &err, step_out);
        return r == -EACCES ? -EPROTO : r; /* -EACCES is for 401 */
    }
    if (answer.status != 200) {
        r = failed_status(asker, request, &answer, step_out);
        http_answer_deinit(&answer);
        return r;
    }
    quota_answered(asker->dirfd);
    http_answer_deinit(answer_out);
    *answer_out = answer;
    return 0;
}
