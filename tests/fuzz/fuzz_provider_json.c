/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_provider_json.c - any bytes as the answer of a provider; the first one picks which and of what */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/provider.h"
#include "fetch/providers/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct provider_query *query, int r, const struct aico2_error *err,
                  const struct intensity_series *series)
{
    if (r != 0) {
        if ((r != -EBADMSG && r != -ENOMEM) || err->code != r || err->message[0] == '\0')
            abort();
        for (const char *c = err->message; *c != '\0'; c++) {
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                abort();
        }
        if (series->count != 0)
            abort();
        return;
    }
    for (size_t i = 0; i < series->count; i++) {
        const struct intensity_point *point = &series->points[i];

        if (!(point->gco2e_per_kwh >= 0 && point->gco2e_per_kwh <= 5000))
            abort();
        if (point->wall_ns > query->now_ns + INT64_C(86400000000000) &&
            point->quality != POINT_FORECAST)
            abort();
    }
}

/* A time as an answer has it: with a zone, or meant as UTC. */
static void check_time(const uint8_t *data, size_t size, bool utc)
{
    char text[64];
    int64_t wall_ns = -7;

    if (size >= sizeof(text))
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!answer_time_parse(text, utc, &wall_ns) && wall_ns != -7)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* 2026-10-06T06:00Z; the whole and a part of it, and the average or the marginal signal */
    struct provider_query query = { .now_ns = INT64_C(1791266400000000000), .secret = "" };
    struct intensity_series series = { 0 };
    struct aico2_error err = { 0 };
    const struct provider *provider;
    char text[160];
    char token[2048] = "";
    char *body;
    int r;

    if (size == 0 || provider_count == 0)
        return 0;
    check_time(data, size, true);
    check_time(data, size, false);
    provider = provider_table[data[0] % 16 % provider_count];
    query.from_ns = query.now_ns - INT64_C(86400000000000);
    query.to_ns = query.now_ns + INT64_C(86400000000000);
    query.forecast = true;
    query.marginal = provider->has_marginal && (data[0] & 16) != 0;
    (void)snprintf(query.zone, sizeof(query.zone), "%s",
                   (data[0] & 32) != 0   ? "GB-3"
                   : (data[0] & 64) != 0 ? "DK"
                                         : "DK1");
    body = malloc(size); /* of its very size, for the sanitizer */
    if (body == NULL)
        return 0;
    memcpy(body, data + 1, size - 1);

    r = provider->parse(&query, (data[0] & 128) != 0 ? 1 : 0, body, size - 1, &series, &err);
    check(&query, r, &err, &series);
    if (provider->error_text(body, size - 1, text) && memchr(text, '\0', sizeof(text)) == NULL)
        abort();
    if (provider->parse_login != NULL && provider->parse_login(body, size - 1, token, &err) == 0 &&
        (token[0] == '\0' || memchr(token, '\0', sizeof(token)) == NULL))
        abort();
    free(series.points);
    free(body);
    return 0;
}
