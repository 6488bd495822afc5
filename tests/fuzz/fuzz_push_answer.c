/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_push_answer.c - any answer to remote write: a line of status, one of Retry-After, a body */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fetch/push/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t line_length(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);

    return end == NULL ? size : (size_t)(end - text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct http_answer answer = { 0 };
    struct verdict verdict;
    size_t length = line_length(text, size);
    char status[16] = "";

    memcpy(status, text, length < sizeof(status) - 1 ? length : sizeof(status) - 1);
    answer.status = strtol(status, NULL, 10);
    text += length + (length < size);
    size -= length + (length < size);
    length = line_length(text, size);
    memcpy(answer.retry_after, text,
           length < sizeof(answer.retry_after) - 1 ? length : sizeof(answer.retry_after) - 1);
    text += length + (length < size);
    size -= length + (length < size);
    strbuf_add_bytes(&answer.body, text, size);

    verdict_of_answer(&answer, INT64_C(1795651200000000000), &verdict);
    if ((unsigned)verdict.kind > VERDICT_REFUSED || verdict.wait_ns < 0 ||
        !text_is_line(verdict.message, sizeof(verdict.message)))
        abort();
    if ((verdict.kind == VERDICT_TAKEN) != (verdict.message[0] == '\0'))
        abort();
    strbuf_deinit(&answer.body);
    return 0;
}
