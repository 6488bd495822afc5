/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_fetch_cache.c - any bytes as a file of the fetcher's cache */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cache.h"

/* What the seeds are of: a day of GB. */
static const struct timespan day = { INT64_C(1795651200000000000), INT64_C(1795737600000000000) };
static const struct provider provider = { .name = "gb",
                                          .step_ns = INT64_C(1800000000000),
                                          .lag_ns = INT64_C(1800000000000) };

static void check(const struct timeline *timeline)
{
    struct intensity_series series = { 0 };
    struct timeline_use use;

    if (timeline->count == 0 || timeline->pieces[timeline->count - 1].kind != PIECE_UNASKED)
        abort();
    for (size_t i = 0; i < timeline->count; i++) {
        const struct piece *piece = &timeline->pieces[i];

        if (piece->wall_ns < day.from_ns || piece->wall_ns > day.to_ns ||
            (i > 0 && piece->wall_ns <= piece[-1].wall_ns))
            abort();
        if (piece->kind < PIECE_NONE && !(piece->gco2e_per_kwh >= 0))
            abort();
    }
    if (timeline_points(timeline, &day, &provider, day.to_ns, true, &series, &use) == 0 &&
        !fetch_points_check(series.points, (uint32_t)series.count))
        abort();
    free(series.points);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cache_key key = { .provider = &provider,
                                   .zone = "GB",
                                   .kind = "direct-average",
                                   .url = "https://api.carbonintensity.org.uk" };
    struct timeline timeline = { 0 };
    char *text = calloc(1, size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    if (cache_parse(text, &key, &day, &timeline) == 0)
        check(&timeline);
    timeline_deinit(&timeline);
    free(text);
    return 0;
}
