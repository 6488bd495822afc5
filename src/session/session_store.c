/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_store.c - sums into hour slices, into the history and into --samples */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "session/session_private.h"

#include "base/array.h"
#include "base/clock.h"
#include "session/slicing.h"
#include "writers/writer.h"

static const int64_t COMMIT_NS = NSEC_PER_SEC;
/* By so much ticks may be off without being taken for later than that. */
static const int64_t COMMIT_SLACK_NS = 20 * NSEC_PER_MSEC;
/* A little under a second: ticks are early, and late, by a little. */
static const int64_t SECOND_LEAST_NS = 950 * NSEC_PER_MSEC;
/* A disk that is busy for longer than this loses the end of the run; `recover` makes its report. */
static const int64_t END_WAIT_NS = 3 * NSEC_PER_SEC;
/* Samples waiting for a history that cannot be written: an hour of 28 devices at 1 Hz. */
enum { SAMPLES_WAITING_MAX = 100000 };

/* The power that goes on is that of at least so long. */
static const double LAST_SECONDS = 0.05;

static int64_t wall_from_mono(const struct session *session, int64_t mono_ns)
{
    return mono_ns + session->wall_offset_ns;
}

static void add_to_slices(struct session *session, size_t index, const struct energy_sums *sums,
                          int64_t start_wall_ns, int64_t end_wall_ns)
{
    session_tasks_account(session, index, sums, start_wall_ns - session->wall_offset_ns,
                          end_wall_ns - session->wall_offset_ns);
    if (session->options.slice_ns > 0)
        (void)slicing_add_by(&session->record.slices, session->options.cuts,
                             session->options.slice_ns, (int)index, sums, start_wall_ns,
                             end_wall_ns);
    else
        (void)slicing_add(&session->record.slices, session->options.cuts, (int)index, sums,
                          start_wall_ns, end_wall_ns);
}

static void add_sample_row(struct session *session, size_t index, const struct interval *interval,
                           const struct energy_sums *sums, int64_t end_wall_ns)
{
    if (session->recorder == NULL)
        return;
    if (session->waiting_count >= SAMPLES_WAITING_MAX ||
        array_reserve(&session->waiting, &session->waiting_capacity, session->waiting_count + 1,
                      sizeof(*session->waiting)) < 0) {
        session->dropped_samples++;
        return;
    }
    session->waiting[session->waiting_count++] = (struct history_sample){
        .end_wall_ns = end_wall_ns,
        .interval_seconds = interval->seconds,
        .device = (int)index,
        .sums = *sums,
        .power_watts = interval->watts,
    };
}

static void write_sample(struct session *session, size_t index, const struct interval *interval,
                         const struct energy_sums *sums, int64_t end_wall_ns)
{
    const struct device *device = &session->record.devices[index];
    double idle_watts = isfinite(session->channels[index].totals.floor_watts)
                            ? session->channels[index].totals.floor_watts
                            : device->idle_watts;
    double job = sums->job_gross_joules - (idle_watts > 0 ? idle_watts : 0) * sums->job_seconds;

    /* whoever adds up the rows of a moment must not count a part again */
    if (session->options.samples == NULL || device->kind == DEVICE_PART)
        return;
    write_samples_row(session->options.samples,
                      &(struct samples_row){
                          .wall_ns = end_wall_ns,
                          .device = device->id,
                          .reader = device->reader,
                          .power_watts = interval->gap ? NAN : interval->watts,
                          .energy_joules = interval->gap ? NAN : interval->joules,
                          .utilization_ratio = interval->utilization_ratio,
                          .job_joules = interval->gap ? NAN : fmax(job, 0),
                      });
}

static void add_row(struct session *session, size_t index, const struct interval *interval,
                    const struct energy_sums *sums, int64_t end_wall_ns)
{
    /* 0 J of a counter that has never moved may be no measurement: told when it is known */
    if (!session->channels[index].proven)
        return;
    add_sample_row(session, index, interval, sums, end_wall_ns);
    write_sample(session, index, interval, sums, end_wall_ns);
}

/* One row for all the readings of an interval that is longer than theirs. */
static void flush_row(struct session *session, size_t index, int64_t end_wall_ns)
{
    struct channel *channel = &session->channels[index];
    const struct energy_sums *sums = &channel->row_sums;
    const struct interval whole = {
        .seconds = channel->row_seconds,
        .joules = sums->joules,
        .watts = sums->covered_seconds > 0 ? sums->joules / sums->covered_seconds : NAN,
        .utilization_ratio = sums->utilization_covered_seconds > 0
                                 ? sums->utilization_seconds / sums->utilization_covered_seconds
                                 : NAN,
        .gap = !(sums->covered_seconds > 0),
    };

    add_row(session, index, &whole, sums, end_wall_ns);
    channel->row_sums = (struct energy_sums){ 0 };
    channel->row_seconds = 0;
}

/* Two readings a moment apart do not tell the power: with as much of what lies before them as it takes. */
static void take_as_last(struct channel *channel, double seconds, const struct energy_sums *sums)
{
    double kept = fmin(LAST_SECONDS - seconds, channel->last_seconds);

    if (kept > 0) {
        channel->last_sums = energy_sums_scaled(&channel->last_sums, kept / channel->last_seconds);
        energy_sums_add(&channel->last_sums, sums);
        channel->last_seconds = kept + seconds;
        return;
    }
    channel->last_sums = *sums;
    channel->last_seconds = seconds;
}

void session_account(struct session *session, size_t index, const struct interval *interval,
                     const struct energy_sums *sums, int64_t end_mono_ns)
{
    struct channel *channel = &session->channels[index];
    int64_t end_wall_ns = wall_from_mono(session, end_mono_ns);

    session->accounts++;
    energy_sums_add(&channel->totals.sums, sums);
    channel->accounted_ns = end_mono_ns;
    take_as_last(channel, interval->seconds, sums);
    add_to_slices(session, index, sums, end_wall_ns - (int64_t)(interval->seconds * 1e9),
                  end_wall_ns);
    if (session->reading_ns == session->options.interval_ns && !session->options.self &&
        !session->reads_between) {
        add_row(session, index, interval, sums, end_wall_ns);
        return;
    }
    energy_sums_add(&channel->row_sums, sums);
    channel->row_seconds += interval->seconds;
    if (channel->row_seconds >=
        seconds_from_ns(session->options.interval_ns - session->reading_ns / 2))
        flush_row(session, index, end_wall_ns);
}

void session_flush_rows(struct session *session)
{
    int64_t now_wall_ns = wall_from_mono(session, session_mono_ns(session));

    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->channels[i].row_seconds > 0)
            flush_row(session, i, now_wall_ns);
    }
}

void session_account_shadow(struct session *session, size_t index)
{
    struct channel *channel = &session->channels[index];
    int64_t now_wall_ns = wall_from_mono(session, channel->last.mono_ns);
    const struct interval interval = {
        .seconds = channel->shadow_sums.covered_seconds,
        .joules = channel->shadow_sums.joules,
        .watts = channel->shadow_sums.joules / channel->shadow_sums.covered_seconds,
        .utilization_ratio = channel->shadow_sums.utilization_covered_seconds > 0
                                 ? channel->shadow_sums.utilization_seconds /
                                       channel->shadow_sums.utilization_covered_seconds
                                 : NAN,
    };

    /* what the dead counter left is time covered by nothing */
    channel->totals = DEVICE_TOTALS_NULL;
    channel->row_sums = (struct energy_sums){ 0 };
    channel->row_seconds = 0;
    slicing_forget(&session->record.slices, (int)index);
    slicing_forget(&session->record.task_slices, (int)index);
    energy_sums_add(&channel->totals.sums, &channel->shadow_sums);
    channel->totals.peak_watts = channel->shadow_peak_watts;
    add_sample_row(session, index, &interval, &channel->shadow_sums, now_wall_ns);
    write_sample(session, index, &interval, &channel->shadow_sums, now_wall_ns);
    add_to_slices(session, index, &channel->shadow_sums,
                  now_wall_ns - (int64_t)(channel->shadow_sums.covered_seconds * 1e9), now_wall_ns);
}

static int fill_devices(struct session *session, struct record_batch *batch)
{
    size_t count = session->channel_count;

    if (array_reserve(&batch->devices, &batch->device_capacity, count + 1,
                      sizeof(*batch->devices)) < 0 ||
        array_reserve(&batch->totals, &batch->totals_capacity, count + 1, sizeof(*batch->totals)) <
            0)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        batch->devices[i] = session->record.devices[i];
        batch->totals[i] = session->channels[i].totals;
    }
    batch->device_count = count;
    batch->devices_changed = batch->devices_changed || session->devices_changed || session->ending;
    session->devices_changed = false;
    return 0;
}

/* The samples that wait go over; those of a commit that failed are still there. */
static int fill_samples(struct session *session, struct record_batch *batch)
{
    size_t count = session->waiting_count;

    if (batch->sample_count == 0) {
        struct history_sample *empty = batch->samples;
        size_t capacity = batch->sample_capacity;

        batch->samples = session->waiting;
        batch->sample_capacity = session->waiting_capacity;
        session->waiting = empty;
        session->waiting_capacity = capacity;
    } else {
        if (count > SAMPLES_WAITING_MAX - batch->sample_count) {
            count = SAMPLES_WAITING_MAX - batch->sample_count;
            session->dropped_samples += session->waiting_count - count;
        }
        if (array_reserve(&batch->samples, &batch->sample_capacity, batch->sample_count + count,
                          sizeof(*batch->samples)) < 0)
            return -ENOMEM;
        memcpy(batch->samples + batch->sample_count, session->waiting,
               count * sizeof(*batch->samples));
    }
    batch->sample_count += count;
    session->waiting_count = 0;
    return 0;
}

/* Slices that have got something new since the last commit that worked. */
static int fill_slices(struct session *session, struct record_batch *batch)
{
    struct slice_list *slices = &session->record.slices;
    size_t from = slices->changed_from;

    if (batch->slice_count > 0 && session->committed_from < from)
        from = session->committed_from;
    batch->slice_count = 0;
    if (from >= slices->count)
        return 0;
    if (array_reserve(&batch->slices, &batch->slice_capacity, slices->count - from,
                      sizeof(*batch->slices)) < 0)
        return -ENOMEM;
    memcpy(batch->slices, slices->items + from, (slices->count - from) * sizeof(*batch->slices));
    batch->slice_count = slices->count - from;
    session->committed_from = from;
    slices->changed_from = slices->count;
    return 0;
}

static int fill_batch(struct session *session, struct record_batch *batch)
{
    if (record_batch_set_run(batch, &session->record.run) < 0 || fill_devices(session, batch) < 0 ||
        fill_slices(session, batch) < 0 || fill_samples(session, batch) < 0)
        return -ENOMEM;
    if ((session->record.tasks.count > 0 || session->record.training.budget[0] != '\0') &&
        session_fill_tasks(session, batch) < 0)
        return -ENOMEM;
    return 0;
}

/* With the last tick before the clock's next second. Longer ticks are each the last of theirs. */
void session_look_at_second(struct session *session, int64_t now_mono_ns)
{
    const int64_t now_wall_ns = wall_from_mono(session, now_mono_ns) - 1;
    const bool last =
        (now_wall_ns + session->reading_ns) / NSEC_PER_SEC != now_wall_ns / NSEC_PER_SEC;

    session->second_is_over =
        last && (session->second_mono_ns == 0 ||
                 now_mono_ns - session->second_mono_ns >= SECOND_LEAST_NS);
    if (session->second_is_over)
        session->second_mono_ns = now_mono_ns;
}

/* With the last tick that leaves no more than a second to be lost. */
static bool is_due(const struct session *session, int64_t now_mono_ns)
{
    if (session->stored_mono_ns == 0)
        return true;
    if (session->keeps_seconds)
        return session->second_is_over;
    return now_mono_ns + session->reading_ns - session->stored_mono_ns >
           COMMIT_NS + COMMIT_SLACK_NS;
}

void session_store_progress(struct session *session, int64_t now_mono_ns)
{
    struct run *run = &session->record.run;
    struct record_batch *batch;

    if (session->options.samples != NULL && now_mono_ns - session->flushed_mono_ns >= COMMIT_NS) {
        session->flushed_mono_ns = now_mono_ns;
        (void)fflush(session->options.samples);
    }
    if (session->recorder == NULL || !is_due(session, now_mono_ns))
        return;
    batch = recorder_batch(session->recorder);
    if (batch == NULL)
        return; /* the disk is slow: the next commit takes it along */
    if (batch->end) {
        recorder_commit(session->recorder); /* a run that ended comes first */
        return;
    }

    session_set_duration(session, now_mono_ns);
    if (session->job != NULL)
        run->cpu_seconds = seconds_from_ns(session->job_cpu_ns);
    session_measure_self(session);
    if (fill_batch(session, batch) < 0)
        return; /* short of memory: the next commit takes it along */
    session->stored_mono_ns = now_mono_ns;
    recorder_commit(session->recorder);
}

void session_store_now(struct session *session)
{
    struct record_batch *batch =
        session->recorder == NULL ? NULL : recorder_batch(session->recorder);

    if (batch != NULL && !batch->end && fill_batch(session, batch) == 0)
        recorder_commit(session->recorder);
}

bool session_is_stored(const struct session *session, struct aico2_error *why_out)
{
    return session->recorder == NULL || !recorder_is_failing(session->recorder, why_out);
}

bool session_store_is_ready(struct session *session)
{
    struct record_batch *batch;

    if (session->recorder == NULL)
        return true;
    batch = recorder_batch(session->recorder);
    return batch != NULL && !batch->end && !recorder_is_failing(session->recorder, NULL);
}

int session_store_end(struct session *session, double total_joules, double total_gco2e,
                      struct aico2_error *err)
{
    struct record_batch *batch = recorder_wait(session->recorder, END_WAIT_NS);

    if (batch != NULL && batch->end) { /* of a run before this one */
        recorder_commit(session->recorder);
        batch = recorder_wait(session->recorder, END_WAIT_NS);
    }
    if (batch != NULL && batch->end)
        return aico2_error_set(err, -EIO, "it cannot be written");
    if (batch == NULL)
        return aico2_error_set(err, -ETIMEDOUT, "its disk does not answer");
    if (fill_batch(session, batch) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    batch->end = true;
    batch->total_joules = total_joules;
    batch->total_gco2e = total_gco2e;
    recorder_commit(session->recorder);
    return 0;
}
