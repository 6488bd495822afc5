/* SPDX-License-Identifier: Apache-2.0 */
/* stack/prometheus_yml.c - the configuration that Prometheus is started with */
#include "stack/prometheus_yml.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"

static const int64_t DEFAULT_TIMEOUT_NS = 10 * NSEC_PER_SEC;

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
