/* SPDX-License-Identifier: Apache-2.0 */
/* session/window.c - a past stretch of time out of what was recorded */
#include "session/window.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "session/slicing.h"

struct collector {
    struct history_record *record;
    const struct intensity_series *series;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    int64_t covered_to_ns; /* of the device in hand: what lies before is counted already */
    size_t device_capacity;
    size_t totals_capacity;
};

/* Rows come in order of device, so the device in hand is the last one. */
static int find_device(struct collector *collector, const struct device *device)
{
    struct history_record *record = collector->record;
    size_t count = record->device_count;

    if (count > 0 && strcmp(record->devices[count - 1].id, device->id) == 0)
        return (int)(count - 1);
    if (array_reserve(&record->devices, &collector->device_capacity, count + 1,
                      sizeof(*record->devices)) < 0 ||
        array_reserve(&record->totals, &collector->totals_capacity, count + 1,
                      sizeof(*record->totals)) < 0)
        return -ENOMEM;
    record->devices[count] = *device;
    record->totals[count] = DEVICE_TOTALS_NULL;
    record->device_count = count + 1;
    collector->covered_to_ns = collector->from_wall_ns;
    return (int)count;
}

static int collect(void *payload, const struct history_sample_row *row)
{
    struct collector *collector = payload;
    int64_t length_ns = (int64_t)(row->sample.interval_seconds * 1e9);
    int64_t end_ns = row->sample.end_wall_ns;
    int64_t start_ns = end_ns - length_ns;
    int at = find_device(collector, row->device);
    struct device_totals *totals;
    struct energy_sums part;

    if (at < 0)
        return at;
    if (start_ns < collector->covered_to_ns)
        start_ns = collector->covered_to_ns;
    if (end_ns > collector->to_wall_ns)
        end_ns = collector->to_wall_ns;
    if (end_ns <= start_ns || length_ns <= 0)
        return 0;

    part = energy_sums_scaled(&row->sample.sums, (double)(end_ns - start_ns) / (double)length_ns);
    totals = &collector->record->totals[at];
    energy_sums_add(&totals->sums, &part);
    if (isfinite(row->sample.power_watts)) {
        totals->peak_watts = fmax(totals->peak_watts, row->sample.power_watts);
        totals->lowest_watts = fmin(totals->lowest_watts, row->sample.power_watts);
    }
    collector->covered_to_ns = end_ns;
    return slicing_add(&collector->record->slices, collector->series, at, &part, start_ns, end_ns);
}

int window_read(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                const struct intensity_series *series, struct history_record *record_out,
                struct aico2_error *err)
{
    struct history_record record = { 0 };
    struct collector collector = {
        .record = &record,
        .series = series,
        .from_wall_ns = from_wall_ns,
        .to_wall_ns = to_wall_ns,
    };
    int r = history_each_sample(history, NULL, from_wall_ns, to_wall_ns, collect, &collector, err);

    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    if (r == 0 && record.device_count == 0)
        r = aico2_error_set(err, -ENODATA, "nothing was recorded in that window (`aico2 runs` lists "
                                           "what there is)");
    if (r < 0) {
        history_record_deinit(&record);
        return r;
    }
    record.run.started_wall_ns = from_wall_ns;
    record.run.ended_wall_ns = to_wall_ns;
    record.run.duration_ns = to_wall_ns - from_wall_ns;
    record.run.state = RUN_FINISHED;
    record.run.exit_status = -1;
    record.run.cpu_seconds = NAN;
    record.run.units = NAN;
    record.run.lifetime_years = NAN;
    ulid_make(record.run.id, from_wall_ns);
    *record_out = record;
    return 0;
}

struct reslicer {
    struct slice_list slices;
    const struct history_record *record;
    const struct intensity_series *series;
};

static int reslice_row(void *payload, const struct history_sample_row *row)
{
    struct reslicer *reslicer = payload;
    int64_t end_ns = row->sample.end_wall_ns;

    return slicing_add(&reslicer->slices, reslicer->series, row->sample.device, &row->sample.sums,
                       end_ns - (int64_t)(row->sample.interval_seconds * 1e9), end_ns);
}

static double sum_of(const struct slice_list *slices)
{
    double joules = 0;

    for (size_t i = 0; i < slices->count; i++)
        joules += slices->items[i].sums.joules;
    return joules;
}

int window_reslice(struct history *history, struct history_record *record,
                   const struct intensity_series *series, struct aico2_error *err)
{
    struct reslicer reslicer = { .record = record, .series = series };
    int r = history_each_sample(history, record->run.id, 0, INT64_MAX, reslice_row, &reslicer, err);

    if (r < 0) {
        free(reslicer.slices.items);
        return r;
    }
    /* samples may be missing (a disk that was full): the slices are the truth */
    if (fabs(sum_of(&reslicer.slices) - sum_of(&record->slices)) >
        1e-6 * fabs(sum_of(&record->slices))) {
        free(reslicer.slices.items);
        return 0;
    }
    free(record->slices.items);
    record->slices = reslicer.slices;
    return 0;
}
