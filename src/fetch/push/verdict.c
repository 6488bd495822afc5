/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/verdict.c - what a server's answer means for what it was sent
 *
 * Prometheus remote write 1.0, "Retries and backoff": 2xx is taken, 5xx is sent again, 4xx but 429 is not. Of
 * 4xx, those that judge the sender and not the samples are held instead: dropping what was measured because a
 * token has expired would lose it for nothing.
 */
#include "fetch/push/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "fetch/retry_after.h"

enum { QUOTE_SIZE = 140 };

static enum verdict_kind kind_of(long status)
{
    static const struct {
        long status;
        enum verdict_kind kind;
    } kinds[] = {
        { 401, VERDICT_HELD },      { 403, VERDICT_HELD },  { 404, VERDICT_HELD },
        { 405, VERDICT_HELD },      { 407, VERDICT_HELD },  { 408, VERDICT_RETRY },
        { 413, VERDICT_TOO_LARGE }, { 429, VERDICT_RETRY },
    };

    if (status >= 200 && status <= 299)
        return VERDICT_TAKEN;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (kinds[i].status == status)
            return kinds[i].kind;
    }
    if (status >= 300 && status <= 399)
        return VERDICT_HELD;
    return status >= 400 && status <= 499 ? VERDICT_REFUSED : VERDICT_RETRY;
}

static const char *hint_of(long status)
{
    switch (status) {
    case 401:
    case 403:
        return "check the user, the token and the tenant";
    case 404:
    case 405:
        return "check the address; a Prometheus takes samples at /api/v1/write when it was started "
               "with "
               "--web.enable-remote-write-receiver";
    default:
        return "";
    }
}

/* The first line of what is no page for people. */
static void quote(const struct http_answer *answer, char quote_out[QUOTE_SIZE])
{
    const char *text = strbuf_text(&answer->body);
    char line[QUOTE_SIZE];

    text += strspn(text, " \t\r\n");
    quote_out[0] = '\0';
    if (text[0] == '<')
        return;
    (void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\r\n"), text);
    text_copy_clean(quote_out, QUOTE_SIZE, line);
}

void verdict_of_answer(const struct http_answer *answer, int64_t now_wall_ns,
                       struct verdict *verdict_out)
{
    struct verdict verdict = { .kind = kind_of(answer->status) };
    const char *hint = hint_of(answer->status);
    char quoted[QUOTE_SIZE];
    int64_t until_ns;

    if (verdict.kind != VERDICT_TAKEN) {
        quote(answer, quoted);
        (void)snprintf(verdict.message, sizeof(verdict.message), "the server answers %ld",
                       answer->status);
        if (quoted[0] != '\0')
            text_append(verdict.message, sizeof(verdict.message), ": %s", quoted);
        if (hint[0] != '\0')
            text_append(verdict.message, sizeof(verdict.message), "; %s", hint);
    }
    if (verdict.kind == VERDICT_RETRY &&
        retry_after_parse(answer->retry_after, now_wall_ns, &until_ns))
        verdict.wait_ns = until_ns - now_wall_ns;
    *verdict_out = verdict;
}

void verdict_of_failure(int code, const struct aico2_error *err, struct verdict *verdict_out)
{
    struct verdict verdict = { .kind = VERDICT_HELD };

    if (code == -ETIMEDOUT || code == -EHOSTUNREACH || code == -ECONNRESET || code == -ENOMEM ||
        code == -EFBIG)
        verdict.kind = VERDICT_RETRY;
    text_copy_clean(verdict.message, sizeof(verdict.message), err->message);
    *verdict_out = verdict;
}
