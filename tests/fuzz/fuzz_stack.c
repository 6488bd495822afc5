/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_stack.c - any text as a record, a table of sockets and an answer of HTTP */
#include <stdlib.h>
#include <string.h>

#include "stack/listener.h"
#include "stack/probe.h"
#include "stack/record.h"

/* What is read is written as it was, and never names a group or everybody to kill(2). */
static void check_record(const char *text)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct aico2_error err = { 0 };
    struct record record, again;

    if (record_parse(text, &record, &err) < 0) {
        if (err.message[0] == '\0' || strchr(err.message, '\n') != NULL)
            abort();
        return;
    }
    if (record.count > STACK_SERVICES_MAX)
        abort();
    for (size_t i = 0; i < record.count; i++) {
        if (record.entries[i].pid <= 0 || record.entries[i].port <= 0)
            abort();
    }
    record_format(&record, &out);
    if (record_parse(strbuf_text(&out), &again, NULL) < 0 || again.count != record.count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct listener listener;
    const char *body;
    int status;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_record(text);
    (void)listener_parse(text, 9090, &listener);
    status = http_status_parse(text);
    body = http_body(text);
    if ((status != 0 && (status < 100 || status > 599)) ||
        (body != NULL && (body < text || body > text + size)))
        abort();
    (void)text_has_line(text, "node_rapl_");
    free(text);
    return 0;
}
