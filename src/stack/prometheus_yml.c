/* SPDX-License-Identifier: Apache-2.0 */
/* stack/prometheus_yml.c - the configuration that Prometheus is started with */
#include "stack/prometheus_yml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"

static const int64_t DEFAULT_TIMEOUT_NS = 10 * NSEC_PER_SEC;
/* Longer than any that is ever written. */
static const uint64_t INTERVAL_MOST_MS = 86400000;

/* A scalar in double quotes, in which YAML knows JSON's escapes. */
static void add_quoted(struct strbuf *out, const char *text)
{
    strbuf_add(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            strbuf_printf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            strbuf_printf(out, "\\x%02x", byte);
        else
            strbuf_add_bytes(out, text, 1);
    }
    strbuf_add(out, "\"");
}

static void add_duration(struct strbuf *out, const char *key, int64_t ns)
{
    if (ns % NSEC_PER_SEC == 0)
        strbuf_printf(out, "  %s: %" PRId64 "s\n", key, ns / NSEC_PER_SEC);
    else
        strbuf_printf(out, "  %s: %" PRId64 "ms\n", key, ns / NSEC_PER_MSEC);
}

void prometheus_yml_write(struct strbuf *out, const char *address,
                          const struct scrape_target *targets, size_t count, int64_t interval_ns,
                          const char *rules)
{
    strbuf_add(out,
               "# Written by `aico2 up` each time it is called: what is changed here is lost.\n"
               "global:\n");
    add_duration(out, "scrape_interval", interval_ns);
    /* a time-out above the interval is refused */
    if (interval_ns < DEFAULT_TIMEOUT_NS)
        add_duration(out, "scrape_timeout", interval_ns);
    add_duration(out, "evaluation_interval", interval_ns);
    if (rules != NULL) {
        strbuf_add(out, "\nrule_files:\n  - ");
        add_quoted(out, rules);
        strbuf_add(out, "\n");
    }
    strbuf_add(out, "\nscrape_configs:\n");
    for (size_t i = 0; i < count; i++) {
        strbuf_printf(out, "  - job_name: %s\n", targets[i].job);
        if (strcmp(targets[i].metrics_path, "/metrics") != 0)
            strbuf_printf(out, "    metrics_path: %s\n", targets[i].metrics_path);
        strbuf_printf(out, "    static_configs:\n      - targets: [\"%s:%" PRId32 "\"]\n", address,
                      targets[i].port);
    }
}

int64_t prometheus_yml_interval_ns(const char *text)
{
    static const char key[] = "\n  scrape_interval: ";
    const char *at = strstr(text, key);
    char digits[16];
    size_t length;
    uint64_t value;
    const char *unit;

    if (at == NULL)
        return 0;
    at += strlen(key);
    length = strspn(at, "0123456789");
    unit = at + length;
    if (length == 0 || length >= sizeof(digits))
        return 0;
    (void)snprintf(digits, sizeof(digits), "%.*s", (int)length, at);
    if (!number_parse_u64(digits, &value) || value == 0 || value > INTERVAL_MOST_MS)
        return 0;
    if (strncmp(unit, "ms\n", 3) == 0)
        return (int64_t)value * NSEC_PER_MSEC;
    return strncmp(unit, "s\n", 2) == 0 ? (int64_t)value * NSEC_PER_SEC : 0;
}
