/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_intensity_file.c - any bytes as a file of intensities */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "carbon/series.h"

static void check(const struct intensity_series *series)
{
    if (series->count == 0)
        abort();
    for (size_t i = 0; i < series->count; i++) {
        const struct intensity_point *point = &series->points[i];

        if (!(point->gco2e_per_kwh >= 0 && point->gco2e_per_kwh <= 5000))
            abort();
        if (i > 0 && point->wall_ns <= point[-1].wall_ns)
            abort();
        if (intensity_series_at(series, point->wall_ns) != point->gco2e_per_kwh)
            abort();
    }
    if (intensity_series_next_change(series, INT64_MIN) != series->points[0].wall_ns)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct intensity_series series = { 0 };
    struct aico2_error err = { 0 };
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (intensity_series_parse(text, size, "intensity.csv", &series, &err) == 0)
        check(&series);
    else if (err.code >= 0 || err.message[0] == '\0' || strchr(err.message, '\n') != NULL)
        abort();
    intensity_series_deinit(&series);
    free(text);
    return 0;
}
