/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/promql.c - what is put into a query or a form, escaped as each wants it */
#include "fetch/prometheus/promql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

void promql_add_text(struct strbuf *query, const char *text)
{
    strbuf_add(query, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            strbuf_add(query, "\\n");
        else if (*text == '"' || *text == '\\')
            strbuf_printf(query, "\\%c", *text);
        else
            strbuf_add_bytes(query, text, 1);
    }
    strbuf_add(query, "\"");
}

void promql_add_pattern(struct strbuf *pattern, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\.+*?()|[]{}^$", *text) != NULL)
            strbuf_add(pattern, "\\");
        strbuf_add_bytes(pattern, text, 1);
    }
}

void promql_add_range(struct strbuf *query, int64_t ns)
{
    strbuf_printf(query, "%" PRId64 "ms", ns / NSEC_PER_MSEC);
}

static void add_encoded(struct strbuf *form, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    while (*text != '\0') {
        size_t length = strspn(text, plain);

        strbuf_add_bytes(form, text, length);
        text += length;
        if (*text != '\0')
            strbuf_printf(form, "%%%02X", (unsigned)(unsigned char)*text++);
    }
}

void form_add(struct strbuf *form, const char *name, const char *value)
{
    strbuf_add(form, form->length > 0 ? "&" : "");
    add_encoded(form, name);
    strbuf_add(form, "=");
    add_encoded(form, value);
}

void form_add_as_stored(struct strbuf *form)
{
    form_add(form, "dedup", "true");
    form_add(form, "max_source_resolution", "0s");
}

void form_add_uncached(struct strbuf *form)
{
    form_add_as_stored(form);
    form_add(form, "nocache", "1");
}

void form_add_time(struct strbuf *form, const char *name, int64_t wall_ns)
{
    char text[32];
    int64_t ms = wall_ns / NSEC_PER_MSEC;

    (void)snprintf(text, sizeof(text), "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    form_add(form, name, text);
}
