/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_seed_question.c - any body of the original project's routes; its first byte chooses a Content-Type
 *
 * It is two texts, or a refusal that is JSON itself, which quotes what was sent, a NUL too.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/origin.h"
#include "server/seed_question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A page of another host is never one of ours. */
static void try_origin(const char *text)
{
    if (origin_is_of_host(text, "host:8000") && strncasecmp(text, "http://host", 11) != 0 &&
        strncasecmp(text, "https://host", 12) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { NULL, "application/json", "text/plain" };
    static const char *const fields[SEED_WORDS] = { "region", "lifecycle" };
    struct seed_question question;
    struct strbuf body = { 0 };
    struct made made = { 0 };
    json_t *answer;

    if (size == 0)
        return 0;
    strbuf_add_bytes(&body, (const char *)data + 1, size - 1);
    try_origin(strbuf_text(&body));
    if (seed_question_parse(types[data[0] % 3], &body, fields, &question, &made)) {
        if (question.words[0] == NULL || question.words[1] == NULL || made.body.length > 0)
            abort();
        seed_question_deinit(&question);
    } else {
        answer = json_loads(strbuf_text(&made.body), JSON_ALLOW_NUL, NULL);
        if (answer == NULL || json_object_get(answer, "detail") == NULL || made.status < 400)
            abort();
        json_decref(answer);
    }
    strbuf_deinit(&made.body);
    strbuf_deinit(&body);
    return 0;
}
