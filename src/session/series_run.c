/* SPDX-License-Identifier: Apache-2.0 */
/* session/series_run.c - the sums of a run out of readings that somebody else took */
#include "session/series_run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/split.h"
#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "energy/meter.h"
#include "session/series_rows.h"
#include "session/slicing.h"

/* Readings that are looked at before any is metered: enough steps for a median. */
enum { LOOKED_AT = 512, STEPS_MAX = 64 };

struct line {
    struct meter meter;
    struct row_list rows;
    int64_t last_ns; /* of the last reading, good or not; INT64_MIN none */
};

struct builder {
    struct series *series;
    const struct intensity_series *intensity;
    struct history_record *record;
    struct line *lines; /* one per device */
    int64_t first_ns;
    int64_t last_ns;
};

static const enum meter_method methods[] = {
    [SERIES_POWER] = METER_POWER,
    [SERIES_COUNTER] = METER_COUNTER,
    [SERIES_UTILIZATION] = METER_UTILIZATION,
    [SERIES_NONE] = METER_NONE,
};

void series_rows_deinit(struct series_rows *rows)
{
    free(rows->items);
    *rows = (struct series_rows){ 0 };
}

static void free_lines(struct builder *builder)
{
    for (size_t i = 0; builder->lines != NULL && i < builder->series->device_count; i++)
        row_list_deinit(&builder->lines[i].rows);
    free(builder->lines);
}

static int make_lines(struct builder *builder)
{
    const struct series *series = builder->series;
    struct history_record *record = builder->record;
    size_t count = series->device_count;

    builder->lines = calloc(count + 1, sizeof(*builder->lines));
    record->devices = calloc(count + 1, sizeof(*record->devices));
    record->totals = calloc(count + 1, sizeof(*record->totals));
    if (builder->lines == NULL || record->devices == NULL || record->totals == NULL)
        return -ENOMEM;
    record->device_count = count;
    for (size_t i = 0; i < count; i++) {
        record->devices[i] = series->devices[i].device;
        record->totals[i] = DEVICE_TOTALS_NULL;
        builder->lines[i].last_ns = INT64_MIN;
    }
    return 0;
}

static void start_meters(struct builder *builder, int64_t interval_ns)
{
    for (size_t i = 0; i < builder->series->device_count; i++) {
        const struct series_device *item = &builder->series->devices[i];
        const struct power_model model = {
            .idle_watts = item->device.idle_watts,
            .full_watts = item->device.max_watts,
        };

        meter_init(&builder->lines[i].meter, &item->device, methods[item->kind], &model,
                   interval_ns);
    }
    builder->record->run.interval_ns = interval_ns;
}

/* Whose it was no series tells: all of it is the run's. */
static struct energy_sums sums_of(const struct interval *interval)
{
    struct energy_sums sums = { .gap_seconds = interval->seconds };

    if (interval->gap)
        return sums;
    sums = attribution_interval(interval->joules, interval->seconds, interval->seconds,
                                interval->seconds);
    if (isfinite(interval->utilization_ratio)) {
        sums.utilization_seconds = interval->utilization_ratio * interval->seconds;
        sums.utilization_covered_seconds = interval->seconds;
    }
    return sums;
}

static int slice(struct builder *builder, size_t index, const struct energy_sums *sums,
                 int64_t start_ns, int64_t end_ns)
{
    struct slice_list *slices = &builder->record->slices;

    if (slicing_add(slices, builder->intensity, (int)index, sums, start_ns, end_ns) < 0)
        return -ENOMEM;
    return slices->count > SERIES_SLICES_MAX ? -EFBIG : 0;
}

static int account(struct builder *builder, size_t index, const struct interval *interval,
                   const struct energy_sums *sums, int64_t end_ns)
{
    struct device_totals *totals = &builder->record->totals[index];
    int64_t start_ns = end_ns - (int64_t)(interval->seconds * 1e9);
    int r;

    energy_sums_add(&totals->sums, sums);
    if (isfinite(interval->peak_watts))
        totals->peak_watts = fmax(totals->peak_watts, interval->peak_watts);
    r = slice(builder, index, sums, start_ns, end_ns);
    if (r < 0)
        return r;
    return row_list_add(&builder->lines[index].rows, (int)index, interval, sums, end_ns);
}

/* A load without energy: it holds until the next reading. */
static int account_load(struct builder *builder, const struct series_reading *reading,
                        int64_t last_ns)
{
    double seconds = seconds_from_ns(reading->sample.mono_ns - last_ns);
    double hole_seconds = 2.5 * seconds_from_ns(builder->record->run.interval_ns);
    struct energy_sums sums = { .gap_seconds = seconds };

    if ((reading->sample.valid & SAMPLE_UTILIZATION) != 0 && seconds <= hole_seconds) {
        sums.utilization_seconds = reading->sample.utilization_ratio * seconds;
        sums.utilization_covered_seconds = seconds;
    }
    energy_sums_add(&builder->record->totals[reading->device].sums, &sums);
    return slice(builder, reading->device, &sums, last_ns, reading->sample.mono_ns);
}

static int take_reading(struct builder *builder, const struct series_reading *reading)
{
    struct line *line = &builder->lines[reading->device];
    const struct sample *sample = &reading->sample;
    int64_t last_ns = line->last_ns;
    struct interval interval;
    struct energy_sums sums;

    if (sample->mono_ns <= last_ns)
        return 0;
    line->last_ns = sample->mono_ns;
    if (builder->first_ns > sample->mono_ns)
        builder->first_ns = sample->mono_ns;
    if (builder->last_ns < sample->mono_ns)
        builder->last_ns = sample->mono_ns;
    if (line->meter.method == METER_NONE)
        return last_ns == INT64_MIN ? 0 : account_load(builder, reading, last_ns);
    meter_advance(&line->meter, sample, -1, &interval);
    if (!(interval.seconds > 0)) {
        struct device_totals *totals = &builder->record->totals[reading->device];

        if (isfinite(interval.peak_watts)) /* of the first reading */
            totals->peak_watts = fmax(totals->peak_watts, interval.peak_watts);
        return 0;
    }
    sums = sums_of(&interval);
    return account(builder, reading->device, &interval, &sums, sample->mono_ns);
}

static int compare_steps(const void *a, const void *b)
{
    const int64_t *one = a;
    const int64_t *other = b;

    return (*one > *other) - (*one < *other);
}

/* The median step of the device that was read first, the lower of two; a second when there is none. */
static int64_t find_interval(const struct series_reading *readings, size_t count)
{
    int64_t steps[STEPS_MAX];
    size_t step_count = 0;
    int64_t last_ns = 0;
    bool seen = false;

    for (size_t i = 0; i < count && step_count < STEPS_MAX; i++) {
        if (readings[i].device != readings[0].device)
            continue;
        if (seen && readings[i].sample.mono_ns > last_ns)
            steps[step_count++] = readings[i].sample.mono_ns - last_ns;
        last_ns = readings[i].sample.mono_ns;
        seen = true;
    }
    if (step_count == 0)
        return NSEC_PER_SEC;
    qsort(steps, step_count, sizeof(*steps), compare_steps);
    return steps[(step_count - 1) / 2];
}

static int read_all(struct builder *builder, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct series_reading *looked = calloc(LOOKED_AT, sizeof(*looked));
    struct series *series = builder->series;
    struct series_reading reading;
    size_t count = 0;
    int taken = 0;
    int r = 1;

    if (looked == NULL)
        return -ENOMEM;
    while (count < LOOKED_AT && (r = series->next(series, &looked[count], err)) > 0)
        count++;
    if (r < 0)
        return r;
    start_meters(builder,
                 series->interval_ns > 0 ? series->interval_ns : find_interval(looked, count));
    for (size_t i = 0; taken == 0 && i < count; i++)
        taken = take_reading(builder, &looked[i]);
    while (taken == 0 && r > 0 && (r = series->next(series, &reading, err)) > 0)
        taken = take_reading(builder, &reading);
    return taken < 0 ? taken : r;
}

static int gather_rows(struct builder *builder, struct series_rows *rows_out)
{
    struct series_rows rows = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < builder->series->device_count; i++) {
        if (row_list_finish(&builder->lines[i].rows) < 0)
            return -ENOMEM;
        count += builder->lines[i].rows.count;
    }
    rows.items = calloc(count + 1, sizeof(*rows.items));
    if (rows.items == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < builder->series->device_count; i++) {
        const struct row_list *list = &builder->lines[i].rows;

        if (list->count > 0)
            memcpy(rows.items + rows.count, list->items, list->count * sizeof(*rows.items));
        rows.count += list->count;
    }
    *rows_out = rows;
    return 0;
}

static bool has_energy(const struct history_record *record)
{
    for (size_t i = 0; i < record->device_count; i++) {
        if (record->totals[i].sums.covered_seconds > 0)
            return true;
    }
    return false;
}

int series_refuse_length(struct aico2_error *err)
{
    return aico2_error_set(err, -EFBIG,
                           "more than %d hours, those of each device counted: cut the file",
                           SERIES_SLICES_MAX);
}

int series_run_read(struct series *series, const struct intensity_series *intensity,
                    struct history_record *record, struct series_rows *rows_out,
                    struct aico2_error *err)
{
    AICO2_CLEANUP(free_lines)
    struct builder builder = {
        .series = series,
        .intensity = intensity,
        .record = record,
        .first_ns = INT64_MAX,
        .last_ns = INT64_MIN,
    };
    int r = make_lines(&builder);

    if (r == 0)
        r = read_all(&builder, err);
    if (r == 0 && !has_energy(record))
        r = aico2_error_set(err, -ENODATA,
                            "no energy can be told: that needs two readings no more than 2.5 "
                            "intervals apart");
    if (r == 0)
        r = gather_rows(&builder, rows_out);
    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    if (r == -EFBIG && record->slices.count > SERIES_SLICES_MAX)
        (void)series_refuse_length(err);
    if (r < 0)
        return r;
    record->run.started_wall_ns = builder.first_ns;
    record->run.ended_wall_ns = builder.last_ns;
    record->run.duration_ns = builder.last_ns - builder.first_ns;
    return 0;
}
