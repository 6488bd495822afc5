/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/series.c - a series of intensities over time, and joules matched to it */
#include "carbon/series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/time_csv.h"

void intensity_series_deinit(struct intensity_series *series)
{
    if (series == NULL)
        return;
    free(series->points);
    *series = (struct intensity_series){ 0 };
}

static bool is_column(void *payload, const char *cell)
{
    (void)payload;
    return strcmp(cell, "gco2e_per_kwh") == 0;
}

static int add_point(void *payload, int64_t wall_ns, double value)
{
    struct intensity_series *series = payload;

    if (array_reserve(&series->points, &series->capacity, series->count + 1,
                      sizeof(*series->points)) < 0)
        return -ENOMEM;
    series->points[series->count++] = (struct intensity_point){ wall_ns, value };
    return 0;
}

static const struct time_csv_form form = {
    .header = "time,gco2e_per_kwh",
    .unit = "gCO2e/kWh",
    .low = 0,
    .high = 5000, /* coal in the worst plant is below 2000 */
    .is_column = is_column,
    .add = add_point,
};

int intensity_series_parse(char *text, size_t length, const char *name,
                           struct intensity_series *series_out, struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    int r = time_csv_parse(text, length, name, &form, &series, err);

    if (r < 0)
        return r;
    *series_out = series;
    series = (struct intensity_series){ 0 };
    return 0;
}

int intensity_series_read(const char *path, struct intensity_series *series_out,
                          struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    int r = time_csv_read(path, &form, &series, err);

    if (r < 0)
        return r;
    *series_out = series;
    series = (struct intensity_series){ 0 };
    return 0;
}

/* How many points are at or before a time. */
static size_t points_until(const struct intensity_series *series, int64_t wall_ns)
{
    size_t low = 0;
    size_t high = series->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (series->points[middle].wall_ns <= wall_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct intensity_point *intensity_series_point(const struct intensity_series *series,
                                                     int64_t wall_ns)
{
    size_t count = points_until(series, wall_ns);

    return count == 0 ? NULL : &series->points[count - 1];
}

double intensity_series_at(const struct intensity_series *series, int64_t wall_ns)
{
    const struct intensity_point *point = intensity_series_point(series, wall_ns);

    return point == NULL ? NAN : point->gco2e_per_kwh;
}

/* An estimated or foreseen value is off by about twice as much as a measured one. */
static const double UNMEASURED_FACTOR = 2;

struct band intensity_point_band(const struct intensity_point *point,
                                 const struct intensity_origin *origin)
{
    double ratio = point->quality == POINT_MEASURED ? origin->band_ratio
                                                    : UNMEASURED_FACTOR * origin->band_ratio;

    return band_relative(point->gco2e_per_kwh, fmin(ratio, 1));
}

int64_t intensity_series_since(const struct intensity_series *series, int64_t wall_ns)
{
    size_t count = points_until(series, wall_ns);

    return count == 0 ? INT64_MIN : series->points[count - 1].wall_ns;
}

int64_t intensity_series_next_change(const struct intensity_series *series, int64_t wall_ns)
{
    size_t count = points_until(series, wall_ns);

    return count == series->count ? INT64_MAX : series->points[count].wall_ns;
}

int64_t intensity_series_end(const struct intensity_series *series)
{
    static const int64_t hour_ns = 3600 * NSEC_PER_SEC;
    const struct intensity_point *points = series->points;
    size_t count = series->count;
    int64_t step_ns;

    if (count == 0)
        return INT64_MIN;
    step_ns = count == 1 ? hour_ns : points[count - 1].wall_ns - points[count - 2].wall_ns;
    return points[count - 1].wall_ns > INT64_MAX - step_ns ? INT64_MAX
                                                           : points[count - 1].wall_ns + step_ns;
}
