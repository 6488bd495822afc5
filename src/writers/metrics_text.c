/* SPDX-License-Identifier: Apache-2.0 */
/* writers/metrics_text.c - a snapshot of metrics as Prometheus text 0.0.4 or OpenMetrics 1.0.0
 *
 * A scrape costs the machine that is measured: everything is appended to one buffer, and nothing is
 * formatted that can be copied.
 */
#include "writers/metrics_text.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Return: the length of what needs no escape, from the start. */
static size_t plain_length(const char *text, bool quote)
{
    const unsigned char *at = (const unsigned char *)text;

    /* most of it are letters and digits */
    for (;; at++) {
        if (*at > '\\' && *at < 0x80)
            continue;
        if (*at == '\0' || *at == '\\' || *at == '\n' || (*at == '"' && quote) || *at >= 0x80)
            return (size_t)(at - (const unsigned char *)text);
    }
}

/* quote: a double quote is escaped, too. What is no UTF-8 would cost the whole scrape. */
static void add_escaped(struct strbuf *out, const char *text, bool quote)
{
    for (;;) {
        const size_t plain = plain_length(text, quote);
        uint32_t code;
        size_t length;

        strbuf_add_bytes(out, text, plain);
        text += plain;
        switch (*text) {
        case '\0':
            return;
        case '\\':
            strbuf_add_bytes(out, "\\\\", 2);
            text++;
            break;
        case '\n':
            strbuf_add_bytes(out, "\\n", 2);
            text++;
            break;
        case '"':
            strbuf_add_bytes(out, "\\\"", 2);
            text++;
            break;
        default:
            length = text_utf8_length((const unsigned char *)text, &code);
            if (length > 0)
                strbuf_add_bytes(out, text, length);
            else
                strbuf_add_bytes(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
            text += length > 0 ? length : 1;
            break;
        }
    }
}

static void add_value(struct strbuf *out, double value)
{
    char text[32];

    if (isinf(value)) {
        strbuf_add_bytes(out, value > 0 ? "+Inf" : "-Inf", 4);
        return;
    }
    strbuf_add_bytes(out, text, number_format_double(text, sizeof(text), value));
}

static bool ends_with(const char *name, size_t length, const char *suffix)
{
    const size_t suffix_length = strlen(suffix);

    return length > suffix_length &&
           memcmp(name + length - suffix_length, suffix, suffix_length) == 0;
}

static bool ends_in_unit(const char *name, size_t length, const char *unit)
{
    return unit[0] != '\0' && ends_with(name, length, unit) &&
           name[length - strlen(unit) - 1] == '_';
}

/* The family's name in OpenMetrics, which its samples lengthen by "_total" or "_info". */
static size_t family_length(const struct metric_family *family, const char **type_out)
{
    const size_t length = strlen(family->name);

    *type_out = "gauge";
    if (family->type == METRIC_GAUGE)
        return length;
    /* names of other programs may lack the suffix: such a counter has no type there */
    *type_out = "unknown";
    if (family->type == METRIC_COUNTER && ends_with(family->name, length, "_total")) {
        *type_out = "counter";
        return length - strlen("_total");
    }
    if (family->type == METRIC_INFO && ends_with(family->name, length, "_info")) {
        *type_out = "info";
        return length - strlen("_info");
    }
    return length;
}

static void add_line(struct strbuf *out, const char *what, const char *name, size_t name_length)
{
    strbuf_add(out, what);
    strbuf_add_bytes(out, name, name_length);
    strbuf_add_bytes(out, " ", 1);
}

static void add_openmetrics_head(struct strbuf *out, const struct metric_family *family)
{
    const char *type;
    const size_t length = family_length(family, &type);

    add_line(out, "# TYPE ", family->name, length);
    strbuf_add(out, type);
    if (ends_in_unit(family->name, length, family->unit)) {
        add_line(out, "\n# UNIT ", family->name, length);
        strbuf_add(out, family->unit);
    }
    add_line(out, "\n# HELP ", family->name, length);
    add_escaped(out, family->help, true);
    strbuf_add_bytes(out, "\n", 1);
}

static void add_prometheus_head(struct strbuf *out, const struct metric_family *family)
{
    add_line(out, "# HELP ", family->name, strlen(family->name));
    add_escaped(out, family->help, false);
    add_line(out, "\n# TYPE ", family->name, strlen(family->name));
    strbuf_add(out, family->type == METRIC_COUNTER ? "counter\n" : "gauge\n");
}

static void add_sample(struct strbuf *out, const char *name, size_t name_length,
                       const struct metrics *metrics, const struct metric_sample *sample)
{
    strbuf_add_bytes(out, name, name_length);
    for (size_t i = 0; i < sample->label_count; i++) {
        const struct metric_label *label = &metrics->labels[sample->first_label + i];

        strbuf_add_bytes(out, i == 0 ? "{" : ",", 1);
        strbuf_add(out, label->name);
        strbuf_add_bytes(out, "=\"", 2);
        add_escaped(out, label->value, true);
        strbuf_add_bytes(out, "\"", 1);
    }
    if (sample->label_count > 0)
        strbuf_add_bytes(out, "} ", 2);
    else
        strbuf_add_bytes(out, " ", 1);
    add_value(out, sample->value);
    strbuf_add_bytes(out, "\n", 1);
}

void write_metrics(struct strbuf *out, const struct metrics *metrics, enum metrics_form form)
{
    for (size_t i = 0; i < metrics->family_count; i++) {
        const struct metric_family *family = &metrics->families[i];
        const size_t name_length = strlen(family->name);

        if (family->sample_count == 0)
            continue;
        if (form == METRICS_OPENMETRICS)
            add_openmetrics_head(out, family);
        else
            add_prometheus_head(out, family);
        for (size_t k = 0; k < family->sample_count; k++) {
            const struct metric_sample *sample = &metrics->samples[family->first_sample + k];

            add_sample(out, family->name, name_length, metrics, sample);
        }
    }
    if (form == METRICS_OPENMETRICS)
        strbuf_add(out, "# EOF\n");
}

const char *metrics_content_type(enum metrics_form form)
{
    return form == METRICS_OPENMETRICS
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}
