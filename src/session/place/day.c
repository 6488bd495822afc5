/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/day.c - the hours of a place around a moment, and the greenest of those ahead */
#include "session/place/day.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"
#include "carbon/greenest.h"
#include "carbon/series.h"
#include "session/when.h"

void place_day_deinit(struct place_day *day)
{
    free(day->points);
    *day = (struct place_day){ 0 };
}

static int add_point(struct place_day *day, struct day_point point)
{
    if (array_reserve(&day->points, &day->capacity, day->count + 1, sizeof(*day->points)) < 0)
        return -ENOMEM;
    day->points[day->count++] = point;
    return 0;
}

/* What a user's file has of the future it foresees, too. */
static enum day_quality quality_of(const struct intensity_point *point, int64_t now_ns)
{
    static const enum day_quality qualities[] = {
        [POINT_MEASURED] = DAY_MEASURED,
        [POINT_ESTIMATED] = DAY_ESTIMATED,
        [POINT_FORECAST] = DAY_FORECAST,
    };

    return point->quality == POINT_MEASURED && point->wall_ns > now_ns
               ? DAY_FORECAST
               : qualities[point->quality];
}

/* The points that hold at some time of [from, until), the first from there on, and the end of what is known.
 * all_typical: they are those of a usual day. */
static int add_stretch(struct place_day *day, const struct intensity_series *series,
                       int64_t from_ns, int64_t until_ns, bool all_typical)
{
    int64_t end_ns = greenest_series_end(series);
    int r = 0;

    for (size_t i = 0; i < series->count && r == 0; i++) {
        const struct intensity_point *point = &series->points[i];
        int64_t next_ns = i + 1 < series->count ? series->points[i + 1].wall_ns : end_ns;

        if (next_ns <= from_ns || point->wall_ns >= until_ns)
            continue;
        r = add_point(day, (struct day_point){
                               .wall_ns = point->wall_ns < from_ns ? from_ns : point->wall_ns,
                               .gco2e_per_kwh = point->gco2e_per_kwh,
                               .quality = all_typical ? DAY_TYPICAL
                                                      : quality_of(point, day->now_ns) });
    }
    if (r == 0 && end_ns > from_ns && end_ns < until_ns)
        r = add_point(day, (struct day_point){ .wall_ns = end_ns, .gco2e_per_kwh = NAN });
    return r;
}

static int add_typical(struct place_day *day, const struct intensity_series *series)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series ahead = { 0 };
    size_t days = 0;
    int r = greenest_typical_day(series, day->now_ns, day->until_ns, &ahead, &days);

    return r < 0 ? r : add_stretch(day, &ahead, day->now_ns, day->until_ns, true);
}

static int fill(struct place_day *day, const struct place_day_query *query, struct aico2_error *err)
{
    const struct when_query job = {
        .from_ns = query->now_ns,
        .within_ns = query->ahead_ns,
        .duration_ns = query->duration_ns,
        .series = query->series,
        .source = query->source,
        .place = query->place,
    };
    struct aico2_error none = { 0 };
    bool typical;
    int r = when_make(&job, &day->when, &none);

    if (r < 0 && r != -ENODATA) {
        *err = none;
        return r;
    }
    day->has_when = r == 0;
    typical = day->has_when && day->when.basis == WHEN_TYPICAL_DAY;
    text_copy_clean(day->source, sizeof(day->source), query->source);
    r = add_stretch(day, query->series, day->from_ns, typical ? day->now_ns : day->until_ns, false);
    if (r == 0 && typical)
        r = add_typical(day, query->series);
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

int place_day_make(const struct place_day_query *query, struct place_day *day_out,
                   struct aico2_error *err)
{
    struct place_day day = {
        .place = query->place,
        .from_ns = query->now_ns - query->back_ns,
        .now_ns = query->now_ns,
        .until_ns = query->now_ns + query->ahead_ns,
    };

    if (query->series != NULL && query->series->count > 0) {
        int r = fill(&day, query, err);

        if (r < 0) {
            place_day_deinit(&day);
            return r;
        }
    }
    *day_out = day;
    return 0;
}
