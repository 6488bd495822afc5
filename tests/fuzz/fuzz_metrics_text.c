/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_metrics_text.c - any label values and figures: lines that a scraper can take apart again */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "writers/metrics_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUES = 3 };

static void expect(bool condition)
{
    if (!condition)
        abort();
}

/* Return: behind the closing quote. Only three escapes, and only whole characters. */
static const char *skip_value(const char *at)
{
    while (*at != '"') {
        uint32_t code;
        size_t length = text_utf8_length((const unsigned char *)at, &code);

        expect(length > 0 && *at != '\n' && *at != '\0');
        if (*at == '\\') {
            at++;
            expect(*at == '\\' || *at == '"' || *at == 'n');
        }
        at += length;
    }
    return at + 1;
}

static void check_line(const char *line, double value)
{
    double back = 0;

    expect(strncmp(line, "g{", 2) == 0);
    line += 1;
    for (int i = 0; i < VALUES; i++) {
        const char name[] = { i == 0 ? '{' : ',', (char)('a' + i), '=', '"', '\0' };

        expect(strncmp(line, name, 4) == 0);
        line = skip_value(line + 4);
    }
    expect(strncmp(line, "} ", 2) == 0);
    line += 2;
    if (isinf(value)) {
        expect(strcmp(line, value > 0 ? "+Inf" : "-Inf") == 0);
        return;
    }
    expect(number_parse_double(line, &back) && back == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct metric_label labels[VALUES];
    char values[VALUES][64] = { { 0 } };
    struct metrics metrics = { 0 };
    struct strbuf out = { 0 };
    double value = 0;
    char *line;

    if (size < sizeof(value))
        return 0;
    memcpy(&value, data, sizeof(value));
    data += sizeof(value);
    size -= sizeof(value);
    for (int i = 0; i < VALUES; i++) {
        static const char *const names[] = { "a", "b", "c" };
        size_t length = size < sizeof(values[i]) - 1 ? size : sizeof(values[i]) - 1;

        memcpy(values[i], data, length);
        data += length;
        size -= length;
        labels[i] = (struct metric_label){ names[i], values[i] };
    }
    metrics_family(&metrics, METRIC_GAUGE, "g", "", "H.");
    metrics_sample(&metrics, value, labels, VALUES);
    write_metrics(&out, &metrics, METRICS_PROMETHEUS);
    if (isnan(value)) {
        expect(out.length == 0);
    } else {
        line = strstr(out.text, "gauge\n") + strlen("gauge\n");
        expect(out.text[out.length - 1] == '\n');
        out.text[out.length - 1] = '\0';
        expect(strchr(line, '\n') == NULL);
        check_line(line, value);
    }
    strbuf_deinit(&out);
    metrics_deinit(&metrics);
    return 0;
}
