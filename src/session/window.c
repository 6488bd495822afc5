/* SPDX-License-Identifier: Apache-2.0 */
/* session/window.c - a past stretch of time out of what was recorded */
#include "session/window.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "session/coverage.h"
#include "session/slicing.h"

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
/* Below so much of whole hours the samples are few enough, and tell peaks as well. */
static const int64_t SLICES_FROM_NS = 48 * 3600 * NSEC_PER_SEC;
/* Stretches of samples this near to each other are walked as one. */
static const int64_t STRETCH_JOIN_NS = 6 * 3600 * NSEC_PER_SEC;
/* With runs that overlap so often the samples of it all are walked. */
enum { STRETCHES_MAX = 128, MACHINES_LOOKED_AT = 50 };

struct collector {
    struct history_record *record;
    const struct intensity_series *series;
    struct stretch stretch;  /* being walked */
    int device;              /* in hand; -1 none */
    struct coverage covered; /* of it: what is counted already */
    bool peaks_unknown;      /* a run is partly outside the window, and its hours do not tell */
    size_t device_capacity;
    size_t totals_capacity;
};

static int find_device(struct collector *collector, const struct device *device)
{
    struct history_record *record = collector->record;
    size_t count = record->device_count;

    if (collector->device >= 0 && strcmp(record->devices[collector->device].id, device->id) == 0)
        return collector->device;
    coverage_clear(&collector->covered);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(record->devices[i].id, device->id) == 0)
            return collector->device = (int)i;
    }
    if (array_reserve(&record->devices, &collector->device_capacity, count + 1,
                      sizeof(*record->devices)) < 0 ||
        array_reserve(&record->totals, &collector->totals_capacity, count + 1,
                      sizeof(*record->totals)) < 0)
        return -ENOMEM;
    record->devices[count] = *device;
    record->totals[count] = DEVICE_TOTALS_NULL;
    record->device_count = count + 1;
    return collector->device = (int)count;
}

/* Without a series one intensity holds for all of it: the totals will be the slices. */
static int add(struct collector *collector, int at, const struct energy_sums *sums,
               int64_t start_ns, int64_t end_ns)
{
    energy_sums_add(&collector->record->totals[at].sums, sums);
    if (collector->series == NULL)
        return 0;
    return slicing_add(&collector->record->slices, collector->series, at, sums, start_ns, end_ns);
}

struct sample_part {
    struct collector *collector;
    const struct history_sample *sample;
    int at;
    bool counted; /* one sample, however many parts of it are new */
};

static int collect_part(void *payload, int64_t start_ns, int64_t end_ns)
{
    struct sample_part *part = payload;
    struct energy_sums sums =
        energy_sums_scaled(&part->sample->sums,
                           (double)(end_ns - start_ns) /
                               (part->sample->interval_seconds * NSEC_PER_SEC));

    if (part->counted)
        sums.samples = 0;
    part->counted = true;
    return add(part->collector, part->at, &sums, start_ns, end_ns);
}

static int collect_sample(void *payload, const struct history_sample_row *row)
{
    struct collector *collector = payload;
    int64_t length_ns = (int64_t)(row->sample.interval_seconds * 1e9);
    int64_t end_ns = row->sample.end_wall_ns;
    int64_t start_ns = end_ns - length_ns;
    struct sample_part part = {
        .collector = collector,
        .sample = &row->sample,
        .at = find_device(collector, row->device),
    };
    struct device_totals *totals;
    int r;

    if (part.at < 0)
        return part.at;
    if (start_ns < collector->stretch.from_wall_ns)
        start_ns = collector->stretch.from_wall_ns;
    if (end_ns > collector->stretch.to_wall_ns)
        end_ns = collector->stretch.to_wall_ns;
    /* a gap of one run does not hide what another has seen */
    if (end_ns <= start_ns || length_ns <= 0 || !(row->sample.sums.covered_seconds > 0))
        return 0;

    r = coverage_add(&collector->covered, start_ns, end_ns, collect_part, &part);
    totals = &collector->record->totals[part.at];
    if (part.counted && isfinite(row->sample.power_watts)) {
        totals->peak_watts = fmax(totals->peak_watts, row->sample.power_watts);
        totals->lowest_watts = fmin(totals->lowest_watts, row->sample.power_watts);
    }
    return r;
}

static int collect_slice(void *payload, const struct history_slice_row *row)
{
    struct collector *collector = payload;
    int64_t start_ns = row->slice.start_wall_ns;
    int at = find_device(collector, row->device);
    struct device_totals *totals;

    if (at < 0)
        return at;
    totals = &collector->record->totals[at];
    totals->peak_watts = fmax(totals->peak_watts, row->totals->peak_watts);
    totals->lowest_watts = fmin(totals->lowest_watts, row->totals->lowest_watts);
    /* the intensity is the same until the hour ends */
    return add(collector, at, &row->slice.sums, start_ns, start_ns - start_ns % HOUR_NS + HOUR_NS);
}

/* --- which stretches of the window are told by whole hours --- */

/* Hours in which several runs watched at the same time: only their samples tell what is counted
 * twice. */
static size_t find_contested(const struct history_span *spans, size_t count, struct stretch hours,
                             struct stretch contested_out[STRETCHES_MAX])
{
    size_t found = 0;
    int64_t covered_to_ns = INT64_MIN;

    for (size_t i = 0; i < count && found < STRETCHES_MAX; i++) {
        int64_t from_ns = spans[i].started_wall_ns;
        int64_t to_ns =
            spans[i].ended_wall_ns < covered_to_ns ? spans[i].ended_wall_ns : covered_to_ns;

        if (spans[i].ended_wall_ns > covered_to_ns)
            covered_to_ns = spans[i].ended_wall_ns;
        if (to_ns <= from_ns)
            continue;
        from_ns -= from_ns % HOUR_NS;
        to_ns += HOUR_NS - 1 - (to_ns - 1) % HOUR_NS;
        if (from_ns < hours.from_wall_ns)
            from_ns = hours.from_wall_ns;
        if (to_ns > hours.to_wall_ns)
            to_ns = hours.to_wall_ns;
        if (to_ns <= from_ns)
            continue;
        if (found > 0 && from_ns - contested_out[found - 1].to_wall_ns < STRETCH_JOIN_NS) {
            if (to_ns > contested_out[found - 1].to_wall_ns)
                contested_out[found - 1].to_wall_ns = to_ns;
            continue;
        }
        contested_out[found++] = (struct stretch){ from_ns, to_ns };
    }
    return found;
}

/* The values of a series change on the hour, or there is none. */
static bool holds_whole_hours(const struct intensity_series *series)
{
    for (size_t i = 0; series != NULL && i < series->count; i++) {
        if (series->points[i].wall_ns % HOUR_NS != 0)
            return false;
    }
    return true;
}

static int walk_samples(struct history *history, struct collector *collector, int64_t from_wall_ns,
                        int64_t to_wall_ns, struct aico2_error *err)
{
    collector->stretch = (struct stretch){ from_wall_ns, to_wall_ns };
    collector->device = -1;
    return history_each_sample(history, NULL, from_wall_ns, to_wall_ns, collect_sample, collector,
                               err);
}

static int walk_slices(struct history *history, struct collector *collector, int64_t from_wall_ns,
                       int64_t to_wall_ns, struct aico2_error *err)
{
    return history_each_slice(history, from_wall_ns, to_wall_ns, collect_slice, collector, err);
}

static int walk_hours(struct history *history, struct collector *collector, struct stretch window,
                      struct stretch hours, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct history_span *spans = NULL;
    struct stretch contested[STRETCHES_MAX];
    size_t span_count = 0;
    size_t count;
    int64_t at_ns = hours.from_wall_ns;
    int r = history_list_spans(history, window.from_wall_ns, window.to_wall_ns, &spans, &span_count,
                               err);

    if (r < 0)
        return r;
    count = find_contested(spans, span_count, hours, contested);
    if (count == STRETCHES_MAX)
        return walk_samples(history, collector, window.from_wall_ns, window.to_wall_ns, err);
    for (size_t i = 0; i < span_count; i++)
        collector->peaks_unknown |= spans[i].started_wall_ns < window.from_wall_ns ||
                                    spans[i].ended_wall_ns > window.to_wall_ns;

    r = walk_samples(history, collector, window.from_wall_ns, hours.from_wall_ns, err);
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = walk_slices(history, collector, at_ns, contested[i].from_wall_ns, err);
        at_ns = contested[i].to_wall_ns;
        if (r == 0)
            r = walk_samples(history, collector, contested[i].from_wall_ns, at_ns, err);
    }
    if (r == 0)
        r = walk_slices(history, collector, at_ns, hours.to_wall_ns, err);
    if (r == 0)
        r = walk_samples(history, collector, hours.to_wall_ns, window.to_wall_ns, err);
    return r;
}

static int walk(struct history *history, struct collector *collector, struct stretch window,
                struct aico2_error *err)
{
    struct stretch hours = {
        window.from_wall_ns + HOUR_NS - 1 - (window.from_wall_ns + HOUR_NS - 1) % HOUR_NS,
        window.to_wall_ns - window.to_wall_ns % HOUR_NS,
    };

    if (hours.to_wall_ns - hours.from_wall_ns < SLICES_FROM_NS ||
        !holds_whole_hours(collector->series))
        return walk_samples(history, collector, window.from_wall_ns, window.to_wall_ns, err);
    return walk_hours(history, collector, window, hours, err);
}

/* That of the newest run before the window's end; a log may be of another machine, and counts for this only
 * where there is nothing else. If it cannot be read, the machine is unknown: the joules are what was
 * asked for. */
static void take_machine(struct history *history, int64_t to_wall_ns, struct machine *machine_out)
{
    AICO2_CLEANUP(freep) struct run_row *rows = NULL;
    struct run run;
    char end[ULID_SIZE];
    struct history_filter filter = { .limit = MACHINES_LOOKED_AT, .cursor = end };
    size_t count = 0;
    size_t at = 0;

    ulid_make(end, to_wall_ns);
    if (history_list(history, &filter, &rows, &count, NULL, NULL) < 0 || count == 0)
        return;
    while (at < count && rows[at].state == RUN_IMPORTED)
        at++;
    if (history_load_run(history, rows[at < count ? at : 0].id, &run, NULL) < 0)
        return;
    *machine_out = run.machine;
    run_deinit(&run);
}

int window_read(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                const struct intensity_series *series, struct history_record *record_out,
                struct aico2_error *err)
{
    struct history_record record = { 0 };
    struct collector collector = { .record = &record, .series = series, .device = -1 };
    int r = walk(history, &collector, (struct stretch){ from_wall_ns, to_wall_ns }, err);

    coverage_deinit(&collector.covered);
    if (r == 0 && record.device_count == 0)
        r = aico2_error_set(err, -ENODATA,
                            "nothing was recorded in that window (`aico2 runs` lists "
                            "what there is)");
    if (r == 0 && series == NULL)
        r = slicing_from_totals(&record.slices, record.totals, record.device_count, from_wall_ns);
    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    if (r < 0) {
        history_record_deinit(&record);
        return r;
    }
    for (size_t i = 0; collector.peaks_unknown && i < record.device_count; i++) {
        record.totals[i].peak_watts = NAN;
        record.totals[i].lowest_watts = NAN;
    }
    take_machine(history, to_wall_ns, &record.run.machine);
    record.run.started_wall_ns = from_wall_ns;
    record.run.ended_wall_ns = to_wall_ns;
    record.run.duration_ns = to_wall_ns - from_wall_ns;
    record.run.state = RUN_FINISHED;
    record.run.exit_status = -1;
    record.run.cpu_seconds = NAN;
    record.run.own_cpu_seconds = NAN; /* the runs' that saw it */
    record.run.units = NAN;
    record.run.lifetime_years = NAN;
    ulid_make(record.run.id, from_wall_ns);
    *record_out = record;
    return 0;
}
