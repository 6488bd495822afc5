/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_samples.c - readings on their way to sums: activity, metering, attribution */
#include <math.h>

#include "session/session_private.h"

#include "attribution/split.h"
#include "base/clock.h"
#include "readers/proc_cpu.h"

/* With no more CPUs than this running a package is idle: what it draws then is its floor. */
static const double IDLE_CPUS = 0.05;
/* Counters are refreshed up to 0.1 s late: less time than this says nothing reliable about power.
 */
static const double FLOOR_SECONDS = 0.9;
/* A counter that has not moved for this long while others did is dead. */
static const double PROOF_SECONDS = 1.0;
static const uint64_t PROOF_READINGS = 5;
static const double CLOCK_STEP_SECONDS = 1.0;

/* --- what the machine and the job did --- */

static int64_t machine_busy_ns(const struct session *session, uint64_t *forks_out)
{
    int64_t busy_ns = -1;

    *forks_out = 0;
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];

        if (source->own_reader == NULL)
            continue;
        if (session->options.sysroot == NULL && source->driver == &reader_proc_cpu)
            *forks_out = proc_cpu_forks(source->own_reader);
        for (size_t j = 0; j < source->own_reader->device_count; j++) {
            if (source->own_reader->devices[j].kind == DEVICE_CPU &&
                (source->own_samples[j].valid & SAMPLE_BUSY) != 0)
                busy_ns = (busy_ns < 0 ? 0 : busy_ns) + source->own_samples[j].busy_ns;
        }
    }
    return busy_ns;
}

/*
 * The exact clocks of the job and of this program may know of more CPU time than the machine's
 * tick-sampled counters do: then they raise the machine's. Compared as sums since the start, so
 * that the coarseness of ticks does not add up. Return: CPU seconds of everybody since the last
 * call; *raised_out: of them, by the exact clocks.
 */
static double advance_machine(struct session *session, int64_t busy_ns, double *raised_out)
{
    int64_t own_ns = session_own_cpu_ns(session) - session->own_cpu_start_ns;
    int64_t before_ns = session->busy_ns + session->raised_ns;
    int64_t raised_before_ns = session->raised_ns;

    if (busy_ns >= 0) {
        if (session->busy_start_ns < 0)
            session->busy_start_ns = busy_ns;
        if (busy_ns - session->busy_start_ns > session->busy_ns)
            session->busy_ns = busy_ns - session->busy_start_ns;
    }
    if (session->busy_ns + session->raised_ns < session->job_cpu_ns + own_ns)
        session->raised_ns = session->job_cpu_ns + own_ns - session->busy_ns;
    *raised_out = seconds_from_ns(session->raised_ns - raised_before_ns);
    return seconds_from_ns(session->busy_ns + session->raised_ns - before_ns);
}

static double threads_of_packages(const struct session *session)
{
    double threads = 0;

    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->record.devices[i].kind == DEVICE_CPU)
            threads += session->record.devices[i].threads;
    }
    return threads;
}

static void advance_activity(struct session *session)
{
    double threads = threads_of_packages(session);
    int64_t busy_ns = machine_busy_ns(session, &session->forks);
    double job_seconds;
    double all_seconds;
    double raised_seconds;

    if (!session->ending && session->job != NULL)
        session->job_cpu_ns = job_cpu_read(session->job, session->forks, false);
    job_seconds = seconds_from_ns(session->job_cpu_ns - session->job_seen_ns);
    session->job_seen_ns = session->job_cpu_ns;
    all_seconds = advance_machine(session, busy_ns, &raised_seconds);

    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];
        const struct device *device = &session->record.devices[i];

        if (device->kind == DEVICE_GPU)
            continue;
        channel->job_activity += job_seconds;
        channel->all_activity += all_seconds;
        if (device->kind == DEVICE_CPU && threads > 0)
            channel->raised_ns += (int64_t)(raised_seconds * 1e9 * device->threads / threads);
    }
}

/* --- one device, one reading --- */

/* Nobody used the device in this interval; what is not known counts as used. */
static bool was_idle(const struct session *session, const struct channel *channel,
                     const struct device *device, const struct interval *interval)
{
    switch (device->kind) {
    case DEVICE_CPU:
        return interval->utilization_ratio * device->threads <= IDLE_CPUS;
    case DEVICE_GPU:
        return session_gpu_is_idle(&channel->gpu);
    case DEVICE_DRAM:
    case DEVICE_MEMORY:
    case DEVICE_MODULE:
    case DEVICE_BOARD:
    case DEVICE_OTHER:
        return session->busy_start_ns >= 0 &&
               channel->all_activity <= IDLE_CPUS * interval->seconds;
    }
    return false;
}

/* Keeps the lowest mean power of a stretch of FLOOR_SECONDS or more. It ends when a counter has
 * moved: one that is refreshed more slowly than it is read moves by several intervals' energy at
 * once. */
static void lower(struct power_window *window, const struct interval *interval, double *watts)
{
    if (interval->gap) {
        *window = (struct power_window){ 0 };
        return;
    }
    window->joules += interval->joules;
    window->seconds += interval->seconds;
    if (window->seconds < FLOOR_SECONDS || !(interval->joules > 0))
        return;
    if (!(*watts <= window->joules / window->seconds))
        *watts = window->joules / window->seconds;
    *window = (struct power_window){ 0 };
}

static void note_power(const struct session *session, struct channel *channel,
                       const struct device *device, const struct interval *interval)
{
    struct device_totals *totals = &channel->totals;

    if (isfinite(interval->watts))
        channel->watts = interval->watts;
    if (isfinite(interval->peak_watts) && !(totals->peak_watts >= interval->peak_watts))
        totals->peak_watts = interval->peak_watts;
    lower(&channel->lowest, interval, &totals->lowest_watts);
    if (device->basis != BASIS_MEASURED)
        return;
    if (was_idle(session, channel, device, interval))
        lower(&channel->idle, interval, &totals->floor_watts);
    else
        channel->idle = (struct power_window){ 0 };
}

static struct energy_sums interval_sums(const struct interval *interval, double job_activity,
                                        double all_activity)
{
    struct energy_sums sums = { .gap_seconds = interval->seconds };

    if (interval->gap)
        return sums;
    sums = attribution_interval(interval->joules, interval->seconds, job_activity, all_activity);
    if (isfinite(interval->utilization_ratio)) {
        sums.utilization_seconds = interval->utilization_ratio * interval->seconds;
        sums.utilization_covered_seconds = interval->seconds;
    }
    return sums;
}

/* Utilisation of a metered package, over the time since its last interval. */
static double package_utilization(struct channel *channel, const struct device *device)
{
    int64_t busy_ns = channel->activity.busy_ns + channel->raised_ns;
    double seconds = seconds_from_ns(channel->activity.mono_ns - channel->util_mono_ns);
    double used = seconds_from_ns(busy_ns - channel->util_busy_ns);
    bool known = channel->util_mono_ns > 0 && seconds > 0 && device->threads > 0;

    channel->util_busy_ns = busy_ns;
    channel->util_mono_ns = channel->activity.mono_ns;
    return known ? fmin(fmax(used, 0) / (device->threads * seconds), 1) : NAN;
}

static void advance_shadow(struct channel *channel, const struct interval *proven_by)
{
    const struct sample *sample =
        channel->shadow.method == METER_BUSY ? &channel->activity : &channel->last;
    struct interval interval;
    struct energy_sums sums;

    if (proven_by->joules > 0 || proven_by->gap) {
        channel->proven = true;
        return;
    }
    meter_advance(&channel->shadow, sample, channel->activity.busy_ns + channel->raised_ns,
                  &interval);
    sums = interval_sums(&interval, channel->job_activity, channel->all_activity);
    if (interval.seconds > 0)
        energy_sums_add(&channel->shadow_sums, &sums);
    channel->shadow_peak_watts = fmax(channel->shadow_peak_watts, interval.peak_watts);
}

static void advance(struct session *session, size_t index)
{
    struct channel *channel = &session->channels[index];
    const struct device *device = &session->record.devices[index];
    bool by_activity = channel->meter.method == METER_BUSY;
    bool first = !channel->meter.started;
    const struct sample *sample = by_activity ? &channel->activity : &channel->last;
    struct interval interval;
    struct energy_sums sums;

    meter_advance(&channel->meter, sample, channel->activity.busy_ns + channel->raised_ns,
                  &interval);
    if (device->kind == DEVICE_GPU) {
        session_gpu_activity(session, index, &channel->last, interval.seconds);
    } else if (device->kind == DEVICE_CPU && !by_activity &&
               (channel->activity.valid & SAMPLE_BUSY) != 0) {
        interval.utilization_ratio = package_utilization(channel, device);
    }
    if (!channel->proven)
        advance_shadow(channel, &interval);
    if (!(interval.seconds > 0)) {
        /* what was done before the first reading belongs to no interval of this device */
        if (first && channel->meter.started)
            channel->job_activity = channel->all_activity = 0;
        return;
    }

    sums = interval_sums(&interval, channel->job_activity, channel->all_activity);
    if (device->kind == DEVICE_GPU && channel->meter.method == METER_COUNTER)
        session_gpu_peak(channel, &interval);
    note_power(session, channel, device, &interval);
    channel->job_activity = 0;
    channel->all_activity = 0;
    session_account(session, index, &interval, &sums, sample->mono_ns);
}

/* Counters of a captured machine move when somebody moves them: they are judged at the end. */
static double proof_seconds(const struct session *session)
{
    return session->options.sysroot == NULL ? PROOF_SECONDS : INFINITY;
}

/* A counter that never moved, while its stand-in has had something to say for long enough. */
static void judge_counter(struct session *session, size_t index, double proof_seconds)
{
    struct channel *channel = &session->channels[index];

    if (channel->proven || !(channel->shadow_sums.covered_seconds > 0) ||
        channel->shadow_sums.covered_seconds < proof_seconds)
        return;
    /* it may be slow at first; a model replaces a counter only when there will be no more readings
     */
    if (!session->ending && (channel->shadow_sums.samples < PROOF_READINGS ||
                             channel->shadow.method == METER_UTILIZATION))
        return;

    session->record.devices[index] = channel->plan.fallback_device;
    session->record.devices[index].threads = channel->shadow.threads;
    channel->lowest = channel->idle = (struct power_window){ 0 };
    channel->meter = channel->shadow;
    session->devices_changed = true;
    channel->proven = true;
    session_account_shadow(session, index);
    session_warn(session, "%s: %s", session->record.devices[index].id,
                 session->record.devices[index].note);
}

static void take_reading(struct session *session, size_t index)
{
    struct channel *channel = &session->channels[index];

    channel->fresh = false;
    advance(session, index);
    judge_counter(session, index, proof_seconds(session));
    channel->last.processes = NULL; /* the reader's, until its next read */
    channel->last.process_count = 0;
}

void session_account_readings(struct session *session)
{
    advance_activity(session);
    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (channel->fresh)
            take_reading(session, i);
    }
}

void session_take_samples(void *payload, size_t source, const struct sample *samples)
{
    struct session *session = payload;
    bool blocking = session->sampler.sources[source].driver->may_block;

    if (!session->started)
        return;
    if (blocking) {
        (void)session_add_channels(session, NULL); /* its devices, when it has just been probed */
        session_gpu_look(session, source, samples);
    }

    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (channel->activity_source == (int)source)
            channel->activity = samples[channel->activity_at];
        if (channel->source != source)
            continue;
        channel->last = samples[channel->at];
        channel->fresh = true;
        channel->errors += channel->last.error != 0;
        if (blocking) /* it answers when it likes: now is its tick */
            take_reading(session, i);
    }
}

/* Suspend: boottime runs on, monotonic does not. A set clock: wall moves against both. */
void session_watch_clocks(struct session *session, int64_t now_mono_ns)
{
    int64_t sleep_ns = session_boot_ns(session) - now_mono_ns;
    int64_t offset_ns = session_wall_ns(session) - now_mono_ns;
    double slept = seconds_from_ns(sleep_ns - session->sleep_ns);
    double stepped = seconds_from_ns(offset_ns - session->wall_offset_ns) - slept;

    if (slept > 0.5)
        session->slept_seconds += slept;
    if (fabs(stepped) > CLOCK_STEP_SECONDS)
        session->clock_step_seconds += stepped;
    session->sleep_ns = sleep_ns;
    session->wall_offset_ns = offset_ns;
}

/* The end is told from the clock that runs on during suspend, never from one that can be set. */
void session_set_duration(struct session *session, int64_t now_mono_ns)
{
    struct run *run = &session->record.run;

    run->duration_ns = now_mono_ns - session->start_mono_ns;
    run->ended_wall_ns =
        run->started_wall_ns + run->duration_ns + (int64_t)(session->slept_seconds * 1e9);
}

void session_take_tick(void *payload, int64_t now_mono_ns)
{
    struct session *session = payload;

    session_watch_clocks(session, now_mono_ns);
    session_account_readings(session);
    session_store_progress(session, now_mono_ns);
    if (session->tick_hook != NULL)
        session->tick_hook(session->tick_payload);
}

/* Nothing stands in for it: its energy is unknown, not 0. */
static void forget_dead_counter(struct session *session, size_t index)
{
    struct slice_list *slices = &session->record.slices;

    session->channels[index].totals = DEVICE_TOTALS_NULL;
    session->channels[index].forgotten = true;
    for (size_t i = 0; i < slices->count; i++) {
        if (slices->items[i].device == (int)index)
            slices->items[i].sums = (struct energy_sums){ 0 };
    }
    slices->changed_from = 0;
    session_note(session, index, "the energy counter does not move: not counted");
    session_warn(session, "%s: the energy counter does not move: not counted",
                 session->record.devices[index].id);
}

/* In a captured machine whose other counters were moved, one that was not has been left alone: 0 J.
 */
static bool is_left_alone(const struct session *session, const struct channel *channel)
{
    for (size_t i = 0; session->options.sysroot != NULL && i < session->channel_count; i++) {
        const struct channel *other = &session->channels[i];

        if (other->source == channel->source && other->meter.method == METER_COUNTER &&
            other->totals.sums.joules > 0)
            return channel->meter.method == METER_COUNTER;
    }
    return false;
}

void session_settle(struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (!is_left_alone(session, channel)) {
            judge_counter(session, i, 0); /* 0 J of a device that is on is no measurement */
            if (channel->meter.method == METER_COUNTER && channel->totals.sums.joules == 0 &&
                channel->totals.sums.covered_seconds > 0)
                forget_dead_counter(session, i);
        }
        if (session->record.devices[i].kind == DEVICE_GPU)
            session_settle_gpu(session, i);
        if (channel->totals.sums.joules > 0 &&
            meter_is_stalled(&channel->meter, channel->last.mono_ns))
            session_warn(session, "%s: the energy counter stood still for the last %.0f s: a gap",
                         session->record.devices[i].id,
                         seconds_from_ns(channel->last.mono_ns -
                                         channel->meter.counter.moved_mono_ns));
        if (channel->meter.resets > 0)
            session_warn(session, "%s: the energy counter jumped or was reset %llu time%s: a gap",
                         session->record.devices[i].id, (unsigned long long)channel->meter.resets,
                         channel->meter.resets == 1 ? "" : "s");
        session->record.totals[i] = channel->totals;
    }
}
