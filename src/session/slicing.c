/* SPDX-License-Identifier: Apache-2.0 */
/* session/slicing.c - which stretch of wall-clock time with one intensity a moment belongs to */
#include "session/slicing.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "carbon/series.h"

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;

static int64_t step_start(int64_t wall_ns, int64_t step_ns)
{
    int64_t past = wall_ns % step_ns;

    return wall_ns - (past < 0 ? past + step_ns : past);
}

static int64_t cut_start(const struct intensity_series *series, int64_t step_ns, int64_t wall_ns)
{
    int64_t step = step_start(wall_ns, step_ns);
    int64_t point = series == NULL ? INT64_MIN : intensity_series_since(series, wall_ns);

    return point > step ? point : step;
}

static int64_t cut_end(const struct intensity_series *series, int64_t step_ns, int64_t wall_ns)
{
    int64_t step = step_start(wall_ns, step_ns) + step_ns;
    int64_t change = series == NULL ? INT64_MAX : intensity_series_next_change(series, wall_ns);

    return change < step ? change : step;
}

int64_t slicing_start(const struct intensity_series *series, int64_t wall_ns)
{
    return cut_start(series, HOUR_NS, wall_ns);
}

int64_t slicing_end(const struct intensity_series *series, int64_t wall_ns)
{
    return cut_end(series, HOUR_NS, wall_ns);
}

static struct slice *insert_slice(struct slice_list *slices, size_t place, int device,
                                  int64_t start_wall_ns)
{
    struct slice *slice;

    if (array_reserve(&slices->items, &slices->capacity, slices->count + 1,
                      sizeof(*slices->items)) < 0)
        return NULL;
    slice = &slices->items[place];
    memmove(slice + 1, slice, (slices->count - place) * sizeof(*slice));
    *slice = (struct slice){ .start_wall_ns = start_wall_ns, .device = device };
    slices->count++;
    if (slices->changed_from > place)
        slices->changed_from = place;
    return slice;
}

/* The newest slices stand last, and those of one device by rising time: a look back over a few
 * finds the open one, or that there is none. */
struct slice *slicing_at(struct slice_list *slices, int device, int64_t start_wall_ns)
{
    size_t place = slices->count;

    for (size_t i = slices->count; i > 0; i--) {
        struct slice *slice = &slices->items[i - 1];

        if (slice->device != device)
            continue;
        if (slice->start_wall_ns == start_wall_ns) {
            if (i - 1 < slices->changed_from)
                slices->changed_from = i - 1;
            return slice;
        }
        if (slice->start_wall_ns < start_wall_ns)
            break;
        place = i - 1; /* the wall clock was set back */
    }
    return insert_slice(slices, place, device, start_wall_ns);
}

int slicing_add(struct slice_list *slices, const struct intensity_series *series, int device,
                const struct energy_sums *sums, int64_t start_wall_ns, int64_t end_wall_ns)
{
    return slicing_add_by(slices, series, HOUR_NS, device, sums, start_wall_ns, end_wall_ns);
}

int slicing_add_by(struct slice_list *slices, const struct intensity_series *series,
                   int64_t step_ns, int device, const struct energy_sums *sums,
                   int64_t start_wall_ns, int64_t end_wall_ns)
{
    int64_t length_ns = end_wall_ns - start_wall_ns;
    int64_t at = start_wall_ns;

    do {
        int64_t end = cut_end(series, step_ns, at);
        struct slice *slice = slicing_at(slices, device, cut_start(series, step_ns, at));
        double ratio;
        struct energy_sums part;

        if (slice == NULL)
            return -ENOMEM;
        if (end > end_wall_ns)
            end = end_wall_ns;
        ratio = length_ns > 0 ? (double)(end - at) / (double)length_ns : 1;
        part = ratio >= 1 ? *sums : energy_sums_scaled(sums, ratio);
        if (at > start_wall_ns)
            part.samples = 0; /* one sample, however many slices it lies in */
        energy_sums_add(&slice->sums, &part);
        at = end;
    } while (at < end_wall_ns);
    return 0;
}

void slicing_forget(struct slice_list *slices, int device)
{
    for (size_t i = 0; i < slices->count; i++) {
        if (slices->items[i].device == device)
            slices->items[i].sums = (struct energy_sums){ 0 };
    }
    slices->changed_from = 0;
}

int slicing_from_totals(struct slice_list *slices, const struct device_totals *totals,
                        size_t device_count, int64_t start_wall_ns)
{
    if (array_reserve(&slices->items, &slices->capacity, device_count, sizeof(*slices->items)) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < device_count; i++)
        slices->items[i] = (struct slice){
            .start_wall_ns = start_wall_ns,
            .device = (int)i,
            .sums = totals[i].sums,
        };
    slices->count = device_count;
    return 0;
}
