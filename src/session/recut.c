/* SPDX-License-Identifier: Apache-2.0 */
/* session/recut.c - a stored run cut anew, so that its joules meet a series it was not recorded with */
#include "session/recut.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/series.h"
#include "session/slicing.h"

/* A sample this much longer than the run's interval was thinned: below it is what any run is made of. */
static const double THINNED_INTERVALS = 2.5;

struct recut {
    const struct history_record *record;
    const struct intensity_series *cuts;
    const struct intensity_series *intensity;
    struct slice_list pieces; /* of the samples */
    double joules;
    double doubtful_joules;
    double below;
    double above;
};

/* The lowest, the highest and the mean over time of what a stretch meets; false: a part of it meets nothing. */
static bool values_of(const struct intensity_series *series, int64_t start_ns, int64_t end_ns,
                      struct band *values_out)
{
    double mean = 0;
    struct band values = { .low = INFINITY, .high = -INFINITY };
    int64_t at = start_ns;

    while (at < end_ns) {
        double value = intensity_series_at(series, at);
        int64_t next = intensity_series_next_change(series, at);

        if (!isfinite(value))
            return false;
        next = next < end_ns ? next : end_ns;
        values.low = fmin(values.low, value);
        values.high = fmax(values.high, value);
        mean += value * ((double)(next - at) / (double)(end_ns - start_ns));
        at = next;
    }
    values.value = mean;
    *values_out = values;
    return true;
}

/* All of its energy may have been drawn where the series is lowest, or where it is highest. */
static void add_doubt(struct recut *recut, const struct history_sample *sample, int64_t start_ns)
{
    double interval_seconds = (double)recut->record->run.interval_ns / NSEC_PER_SEC;
    struct band values;

    recut->joules += sample->sums.joules;
    if (recut->intensity == NULL ||
        sample->interval_seconds < THINNED_INTERVALS * interval_seconds ||
        !values_of(recut->intensity, start_ns, sample->end_wall_ns, &values) ||
        !(values.low < values.high))
        return;
    recut->doubtful_joules += sample->sums.joules;
    recut->below += sample->sums.joules * (values.value - values.low);
    recut->above += sample->sums.joules * (values.high - values.value);
}

static int take_sample(void *payload, const struct history_sample_row *row)
{
    struct recut *recut = payload;
    int64_t end_ns = row->sample.end_wall_ns;
    int64_t start_ns = end_ns - llround(row->sample.interval_seconds * NSEC_PER_SEC);

    add_doubt(recut, &row->sample, start_ns);
    return slicing_add(&recut->pieces, recut->cuts, row->sample.device, &row->sample.sums, start_ns,
                       end_ns);
}

/* Where the slice at hand ends: at the next one of its device, or with its hour. */
static int64_t end_of_slice(const struct slice_list *slices, size_t at)
{
    const struct slice *slice = &slices->items[at];
    int64_t end = slicing_end(NULL, slice->start_wall_ns);

    for (size_t i = 0; i < slices->count; i++) {
        const struct slice *other = &slices->items[i];

        if (other->device == slice->device && other->start_wall_ns > slice->start_wall_ns &&
            other->start_wall_ns < end)
            end = other->start_wall_ns;
    }
    return end;
}

static double ratio_of(double whole, double pieces)
{
    return pieces != 0 ? whole / pieces : 0;
}

/* Field by field, so that the pieces add up to what the slice has of it. */
static void fit(struct energy_sums *piece, const struct energy_sums *whole,
                const struct energy_sums *pieces)
{
    piece->joules *= ratio_of(whole->joules, pieces->joules);
    piece->covered_seconds *= ratio_of(whole->covered_seconds, pieces->covered_seconds);
    piece->gap_seconds *= ratio_of(whole->gap_seconds, pieces->gap_seconds);
    piece->job_gross_joules *= ratio_of(whole->job_gross_joules, pieces->job_gross_joules);
    piece->job_seconds *= ratio_of(whole->job_seconds, pieces->job_seconds);
    piece->others_gross_joules *= ratio_of(whole->others_gross_joules, pieces->others_gross_joules);
    piece->others_seconds *= ratio_of(whole->others_seconds, pieces->others_seconds);
    piece->job_activity *= ratio_of(whole->job_activity, pieces->job_activity);
    piece->all_activity *= ratio_of(whole->all_activity, pieces->all_activity);
    piece->utilization_seconds *= ratio_of(whole->utilization_seconds, pieces->utilization_seconds);
    piece->utilization_covered_seconds *=
        ratio_of(whole->utilization_covered_seconds, pieces->utilization_covered_seconds);
}

static bool is_piece(const struct slice *piece, const struct slice *slice, int64_t end_ns)
{
    return piece->device == slice->device && piece->start_wall_ns >= slice->start_wall_ns &&
           piece->start_wall_ns < end_ns;
}

static int add_slice(struct slice_list *slices, const struct slice *slice)
{
    if (array_reserve(&slices->items, &slices->capacity, slices->count + 1,
                      sizeof(*slices->items)) < 0)
        return -ENOMEM;
    slices->items[slices->count++] = *slice;
    return 0;
}

/* The run's own part of the slice, evenly: nothing is known of how it went. */
static int divide_evenly(const struct recut *recut, const struct slice *slice, int64_t end_ns,
                         struct slice_list *out)
{
    const struct run *run = &recut->record->run;
    int64_t start_ns = slice->start_wall_ns;

    if (run->started_wall_ns > start_ns && run->started_wall_ns < end_ns)
        start_ns = run->started_wall_ns;
    if (run->ended_wall_ns < end_ns && run->ended_wall_ns > start_ns)
        end_ns = run->ended_wall_ns;
    return slicing_add(out, recut->cuts, slice->device, &slice->sums, start_ns, end_ns);
}

static int divide(const struct recut *recut, const struct slice *slice, int64_t end_ns,
                  struct slice_list *out)
{
    struct energy_sums sums = { 0 };
    int r = 0;

    for (size_t i = 0; i < recut->pieces.count; i++) {
        if (is_piece(&recut->pieces.items[i], slice, end_ns))
            energy_sums_add(&sums, &recut->pieces.items[i].sums);
    }
    if (!(sums.joules > 0) || !(sums.covered_seconds > 0))
        return divide_evenly(recut, slice, end_ns, out);
    for (size_t i = 0; r == 0 && i < recut->pieces.count; i++) {
        struct slice piece = recut->pieces.items[i];

        if (!is_piece(&piece, slice, end_ns))
            continue;
        fit(&piece.sums, &slice->sums, &sums);
        r = add_slice(out, &piece);
    }
    return r;
}

static bool has_change_inside(const struct recut *recut, size_t at)
{
    const struct slice_list *slices = &recut->record->slices;

    return intensity_series_next_change(recut->cuts, slices->items[at].start_wall_ns) <
           end_of_slice(slices, at);
}

static int cut_slices(const struct recut *recut, struct slice_list *out)
{
    const struct slice_list *slices = &recut->record->slices;
    int r = 0;

    for (size_t i = 0; r == 0 && i < slices->count; i++) {
        if (has_change_inside(recut, i))
            r = divide(recut, &slices->items[i], end_of_slice(slices, i), out);
        else
            r = add_slice(out, &slices->items[i]);
    }
    return r;
}

int recut_run(struct history *history, struct history_record *record,
              const struct intensity_series *cuts, const struct intensity_series *intensity,
              struct recut_doubt *doubt_out, struct aico2_error *err)
{
    struct recut recut = { .record = record, .cuts = cuts, .intensity = intensity };
    struct slice_list out = { 0 };
    bool needed = false;
    int r = 0;

    *doubt_out = (struct recut_doubt){ 0 };
    for (size_t i = 0; !needed && i < record->slices.count; i++)
        needed = has_change_inside(&recut, i);
    if (!needed)
        return 0;
    r = history_each_sample(history, record->run.id, 0, INT64_MAX, take_sample, &recut, err);
    if (r == 0)
        r = cut_slices(&recut, &out);
    if (r == 0) {
        free(record->slices.items);
        record->slices = out;
        out = (struct slice_list){ 0 };
    }
    if (r == 0 && recut.joules > 0)
        *doubt_out = (struct recut_doubt){ recut.below / recut.joules, recut.above / recut.joules,
                                           recut.doubtful_joules / recut.joules };
    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    free(recut.pieces.items);
    free(out.items);
    return r;
}
