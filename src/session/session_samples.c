/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_samples.c - readings on their way to sums: metering, attribution, extremes */
#include <math.h>

#include "session/session_private.h"

#include "attribution/split.h"
#include "base/clock.h"

/* With no more CPUs than this running a package is idle: what it draws then is its floor. */
static const double IDLE_CPUS = 0.05;
/* Counters are refreshed up to 0.1 s late: less time than this tells no reliable power. */
static const double FLOOR_SECONDS = 0.9;

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
    case DEVICE_PART:
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
    if (device->kind == DEVICE_MODULE || device->kind == DEVICE_PART) {
        if (device->kind == DEVICE_MODULE)
            interval.utilization_ratio =
                session_module_utilization(session, index, interval.seconds);
        session_module_activity(session, index, interval.seconds);
    } else if (device->kind == DEVICE_GPU) {
        session_gpu_activity(session, index, &channel->last, interval.seconds);
    } else if (device->kind == DEVICE_CPU && !by_activity && (first || interval.seconds > 0) &&
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

static void take_reading(struct session *session, size_t index)
{
    struct channel *channel = &session->channels[index];

    channel->fresh = false;
    advance(session, index);
    session_judge_counter(session, index);
    channel->last.processes = NULL; /* the reader's, until its next read */
    channel->last.process_count = 0;
}

void session_account_readings(struct session *session)
{
    session->read_mono_ns = session_mono_ns(session);
    session_advance_activity(session);
    session->readings += session->follow == NULL || session_take_page(session);
    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (channel->fresh)
            take_reading(session, i);
    }
}

/* What a reader has to say of a device while it runs. */
static void take_note(struct session *session, size_t index)
{
    struct channel *channel = &session->channels[index];
    const char *note = channel->last.note;

    if (note == NULL || note == channel->noted)
        return;
    channel->noted = note;
    session->devices_changed = true;
    session_note(session, index, note);
    session_warn(session, "%s: %s", session->record.devices[index].id, note);
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

    session_module_look(session, source, samples);

    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (channel->activity_source == (int)source) {
            channel->activity = samples[channel->activity_at];
            channel->activity_errors += channel->activity.error != 0;
        }
        if (channel->source != source)
            continue;
        channel->last = samples[channel->at];
        channel->fresh = true;
        if ((channel->last.valid & SAMPLE_MEMORY) != 0)
            channel->memory_used_bytes = channel->last.memory_used_bytes;
        if ((channel->last.valid & SAMPLE_TEMPERATURE) != 0)
            channel->celsius = channel->last.temperature_celsius;
        take_note(session, i);
        channel->errors += channel->last.error != 0;
        if (blocking) /* it answers when it likes: now is its tick */
            take_reading(session, i);
    }
}

void session_take_tick(void *payload, int64_t now_mono_ns)
{
    struct session *session = payload;

    session_watch_clocks(session);
    session_account_readings(session);
    if (session_follows_epochs(session))
        session_tasks_tick(session, now_mono_ns);
    session_tell_job(session, now_mono_ns);
    session_look_at_second(session, now_mono_ns);
    /* before it is stored: a run can only be ended while the recorder is not just writing */
    if (session->tick_hook != NULL)
        session->tick_hook(session->tick_payload);
    if (now_mono_ns < session->start_mono_ns)
        now_mono_ns = session->start_mono_ns; /* it has begun another run, since the tick */
    session_store_progress(session, now_mono_ns);
}
