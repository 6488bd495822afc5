/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/run.c - the sums of a run out of readings that somebody else took */
#include "session/series/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/split.h"
#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "energy/meter.h"
#include "session/series/clip.h"
#include "session/series/rows.h"
#include "session/slicing.h"

/* Readings that are looked at before any is metered: enough steps for a median. */
enum { LOOKED_AT = 512, STEPS_MAX = 64 };
/* Rows of a window, of all devices together: some 20 MB, however many hosts there are. */
enum { WINDOW_ROWS_MAX = 131072, WINDOW_ROWS_LEAST = 64 };

struct line {
    struct meter meter;
    struct row_list rows;
    struct span_doubt doubt;
    int64_t last_ns; /* of the last reading, good or not; INT64_MIN none */
};

struct builder {
    struct series *series;
    const struct series_window *window; /* NULL */
    const struct intensity_series *intensity;
    struct history_record *record;
    bool with_rows;
    struct line *lines; /* one per device */
    int64_t first_ns;
    int64_t last_ns;
};

static const enum meter_method methods[] = {
    [SERIES_POWER] = METER_POWER,
    [SERIES_COUNTER] = METER_COUNTER,
    [SERIES_UTILIZATION] = METER_UTILIZATION,
    [SERIES_NONE] = METER_NONE,
    [SERIES_BUSY] = METER_BUSY,
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

static size_t most_rows(const struct builder *builder)
{
    size_t most = WINDOW_ROWS_MAX / (builder->series->device_count + 1);

    if (builder->window == NULL || most > SERIES_ROWS_MAX)
        return SERIES_ROWS_MAX;
    return most < WINDOW_ROWS_LEAST ? WINDOW_ROWS_LEAST : most & ~(size_t)1; /* pairs become one */
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
        builder->lines[i].doubt = SPAN_DOUBT_NULL;
        builder->lines[i].rows.most = most_rows(builder);
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
        const struct power_model *models = builder->window != NULL ? builder->window->models : NULL;

        meter_init(&builder->lines[i].meter, &item->device, methods[item->kind],
                   models != NULL ? &models[i] : &model,
                   item->interval_ns > 0 ? item->interval_ns : interval_ns);
        builder->lines[i].meter.from_zero = item->from_zero;
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

    if (builder->window != NULL && builder->window->whole && builder->intensity == NULL)
        return 0; /* the totals will be the slices */
    if (slicing_add(slices, builder->intensity, (int)index, sums, start_ns, end_ns) < 0)
        return -ENOMEM;
    return slices->count > SERIES_SLICES_MAX ? -EFBIG : 0;
}

static int account(struct builder *builder, size_t index, struct span *span)
{
    struct device_totals *totals = &builder->record->totals[index];
    const struct interval *interval = &span->interval;
    struct line *line = &builder->lines[index];
    struct energy_sums sums;
    int r;

    if (builder->window != NULL) {
        struct span whole = *span;

        if (!span_clip(span, builder->window->from_wall_ns, builder->window->to_wall_ns))
            return 0;
        span_doubt_add(&line->doubt, &whole, span, builder->record->devices[index].rated_watts);
    }
    sums = sums_of(interval);
    energy_sums_add(&totals->sums, &sums);
    if (isfinite(interval->peak_watts))
        totals->peak_watts = fmax(totals->peak_watts, interval->peak_watts);
    r = slice(builder, index, &sums, span->start_ns, span->end_ns);
    if (r < 0 || !builder->with_rows)
        return r;
    return row_list_add(&line->rows, (int)index, interval, &sums, span->end_ns);
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

/* Of those who tell powers, by themselves or by a model. */
static bool tells_powers(const struct meter *meter)
{
    return meter->method == METER_POWER || meter->method == METER_UTILIZATION;
}

static int take_reading(struct builder *builder, const struct series_reading *reading)
{
    struct line *line = &builder->lines[reading->device];
    const struct sample *sample = &reading->sample;
    int64_t last_ns = line->last_ns;
    struct span span = {
        .start_ns = line->meter.last_mono_ns,
        .end_ns = sample->mono_ns,
        .start_watts = tells_powers(&line->meter) ? line->meter.last_watts : NAN,
    };
    uint64_t resets = line->meter.resets;

    if (sample->mono_ns <= last_ns)
        return 0;
    line->last_ns = sample->mono_ns;
    if (builder->first_ns > sample->mono_ns)
        builder->first_ns = sample->mono_ns;
    if (builder->last_ns < sample->mono_ns)
        builder->last_ns = sample->mono_ns;
    if (line->meter.method == METER_NONE)
        return last_ns == INT64_MIN || builder->window != NULL
                   ? 0
                   : account_load(builder, reading, last_ns);
    meter_advance(&line->meter, sample, -1, &span.interval);
    if (!(span.interval.seconds > 0)) {
        struct device_totals *totals = &builder->record->totals[reading->device];

        if (builder->window == NULL && isfinite(span.interval.peak_watts)) /* of the first */
            totals->peak_watts = fmax(totals->peak_watts, span.interval.peak_watts);
        return 0;
    }
    span.end_watts = line->meter.last_watts;
    span.unbelieved = line->meter.resets > resets && !span.interval.restarted;
    return account(builder, reading->device, &span);
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

static void tell_doubts(const struct builder *builder)
{
    if (builder->window == NULL || builder->window->doubts == NULL)
        return;
    for (size_t i = 0; i < builder->series->device_count; i++) {
        const struct line *line = &builder->lines[i];

        builder->window->doubts[i] = (struct series_doubt){
            .joules = span_doubt_joules(&line->doubt),
            .lost_joules = line->doubt.lost_joules,
            .resets = line->doubt.resets,
            .unbelieved = line->doubt.unbelieved,
        };
    }
}

/* The edges of the window, or of what was read; the interval where only devices have one of their own. */
static void settle_run(const struct builder *builder)
{
    const struct series_window *window = builder->window;
    struct run *run = &builder->record->run;

    run->started_wall_ns = window != NULL ? window->from_wall_ns : builder->first_ns;
    run->ended_wall_ns = window != NULL ? window->to_wall_ns : builder->last_ns;
    run->duration_ns = run->ended_wall_ns - run->started_wall_ns;
}

static int finish(struct builder *builder, struct series_rows *rows_out, struct aico2_error *err)
{
    struct history_record *record = builder->record;
    const struct series_window *window = builder->window;

    if (!has_energy(record))
        return aico2_error_set(err, -ENODATA,
                               "no energy can be told: that needs two readings no more than 2.5 "
                               "intervals apart");
    if (window != NULL && window->whole && builder->intensity == NULL &&
        slicing_from_totals(&record->slices, record->totals, record->device_count,
                            window->from_wall_ns) < 0)
        return -ENOMEM;
    tell_doubts(builder);
    settle_run(builder);
    return builder->with_rows ? gather_rows(builder, rows_out) : 0;
}

int series_run_read(struct series *series, const struct series_window *window,
                    const struct intensity_series *intensity, struct history_record *record,
                    struct series_rows *rows_out, struct aico2_error *err)
{
    AICO2_CLEANUP(free_lines)
    struct builder builder = {
        .series = series,
        .window = window,
        .intensity = intensity,
        .record = record,
        .with_rows = rows_out != NULL,
        .first_ns = INT64_MAX,
        .last_ns = INT64_MIN,
    };
    int r = make_lines(&builder);

    if (r == 0)
        r = read_all(&builder, err);
    if (r == 0)
        r = finish(&builder, rows_out, err);
    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    if (r == -EFBIG && record->slices.count > SERIES_SLICES_MAX)
        (void)series_refuse_length(err);
    return r;
}
