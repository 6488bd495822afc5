/* SPDX-License-Identifier: Apache-2.0 */
/* session/when.c - the greenest stretch of time ahead, for a job of known length */
#include "session/when.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time_text.h"
#include "carbon/greenest.h"
#include "carbon/series.h"

static struct when_stretch stretch_now(const struct intensity_series *series,
                                       const struct when *when)
{
    int64_t end_ns = when->from_ns + when->duration_ns;
    double mean = greenest_mean(series, when->from_ns, end_ns);

    return (struct when_stretch){ .start_ns = when->from_ns,
                                  .end_ns = end_ns,
                                  .gco2e_per_kwh = mean,
                                  .low = mean,
                                  .high = mean };
}

static int by_typical_day(const struct when_query *query, struct when *when,
                          struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series ahead = { 0 };
    char end[40];
    int r = greenest_typical_day(query->series, when->from_ns, when->until_ns, &ahead, &when->days);

    if (r == -ENODATA) {
        wall_time_format(end, sizeof(end), greenest_series_end(query->series));
        return aico2_error_set(
            err, r,
            "'%.100s' speaks until %s: no such stretch of time ahead is covered, "
            "and no whole day before to go by",
            query->source, end);
    }
    if (r < 0)
        return aico2_error_set(err, r, "out of memory");
    when->basis = WHEN_TYPICAL_DAY;
    when->known_until_ns = when->until_ns;
    (void)greenest_find(&ahead, when->from_ns, when->until_ns, when->duration_ns, &when->best);
    when->now = stretch_now(&ahead, when);
    greenest_spread(query->series, when->from_ns, when->days, &when->best);
    greenest_spread(query->series, when->from_ns, when->days, &when->now);
    return 0;
}

int when_make(const struct when_query *query, struct when *when_out, struct aico2_error *err)
{
    struct when when = {
        .basis = WHEN_FORECAST,
        .from_ns = query->from_ns,
        .until_ns = query->from_ns + query->within_ns,
        .known_until_ns = greenest_series_end(query->series),
        .duration_ns = query->duration_ns,
        .saving_ratio = NAN,
        .place = query->place,
    };

    if (query->duration_ns > query->within_ns)
        return aico2_error_set(err, -EINVAL,
                               "the job takes longer than the time it has: give a --within of at "
                               "least --duration");
    text_copy_clean(when.source, sizeof(when.source), query->source);
    if (greenest_find(query->series, when.from_ns, when.until_ns, when.duration_ns, &when.best)) {
        when.now = stretch_now(query->series, &when);
    } else {
        int r = by_typical_day(query, &when, err);

        if (r < 0)
            return r;
    }
    if (when.now.gco2e_per_kwh > 0)
        when.saving_ratio = 1 - when.best.gco2e_per_kwh / when.now.gco2e_per_kwh;
    *when_out = when;
    return 0;
}
