/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_stack.c - any text as a record, a table of sockets, an answer of HTTP and a configuration of Prometheus */
#include <stdlib.h>
#include <string.h>

#include "stack/listener.h"
#include "stack/probe.h"
#include "stack/prometheus_yml.h"
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

/* An interval that is read is one that is written. */
static void check_interval(const char *text)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    int64_t interval_ns = prometheus_yml_interval_ns(text);

    if (interval_ns == 0)
        return;
    prometheus_yml_write(&out, "127.0.0.1", NULL, 0, interval_ns, NULL);
    if (interval_ns < 0 || prometheus_yml_interval_ns(strbuf_text(&out)) != interval_ns)
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
    check_interval(text);
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
