/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_provider_xml.c - any bytes as an answer of ENTSO-E */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* 2026-10-06T06:00Z */
    struct provider_query query = { .zone = "10YBE----------2",
                                    .now_ns = INT64_C(1791266400000000000),
                                    .secret = "" };
    const struct provider *provider = provider_find("entsoe");
    struct intensity_series series = { 0 };
    struct aico2_error err = { 0 };
    char text[160];
    char *body = malloc(size + 1); /* of its very size but one, for the sanitizer */
    int r;

    if (body == NULL)
        return 0;
    if (size > 0)
        memcpy(body, data, size);
    query.from_ns = query.now_ns - INT64_C(86400000000000);
    query.to_ns = query.now_ns;
    r = provider->parse(&query, 0, body, size, &series, &err);
    if (r != 0 && ((r != -EBADMSG && r != -ENOMEM) || err.code != r || err.message[0] == '\0' ||
                   strchr(err.message, '\n') != NULL || series.count != 0))
        abort();
    for (size_t i = 0; i < series.count; i++) {
        /* a mean of factors lies between the least and the largest of them */
        if (!(series.points[i].gco2e_per_kwh >= 11 && series.points[i].gco2e_per_kwh <= 820.001))
            abort();
        if (i > 0 && series.points[i].wall_ns <= series.points[i - 1].wall_ns)
            abort();
    }
    if (provider->error_text(body, size, text) && memchr(text, '\0', sizeof(text)) == NULL)
        abort();
    free(series.points);
    free(body);
    return 0;
}
