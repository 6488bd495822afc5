/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/task_figures.c - what was used between two moments of a run, readings at them or not */
#include "session/report/task_figures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "attribution/split.h"
#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/footprint.h"
#include "session/report/build.h"
#include "session/session_private.h"

/* Closer to an edge than this a reading stands at it. */
static const int64_t AT_NS = 50 * 1000;
/* Power may have changed by so much between two readings. */
static const double POWER_FACTOR = 3;
/* A meter that has been silent for so many intervals, as they were and as they are meant to be, is not taken to go on. */
static const double SILENT_INTERVALS = 2.5;

static int64_t glance_ns(const struct session *session)
{
    return session->job != NULL ? job_cpu_glance(session->job) : 0;
}

int task_edge_take(const struct session *session, int64_t mono_ns, struct task_edge *edge_out)
{
    struct task_edge edge = {
        .mono_ns = mono_ns,
        .cpu_ns = glance_ns(session),
        .readings = session->readings,
        .count = session->channel_count,
        .settled = true,
    };

    edge.devices = calloc(edge.count + 1, sizeof(*edge.devices));
    if (edge.devices == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < edge.count; i++) {
        const struct channel *channel = &session->channels[i];
        struct edge_device *device = &edge.devices[i];

        device->sums = channel->totals.sums;
        device->read_ns =
            channel->accounted_ns > 0 ? channel->accounted_ns : session->start_mono_ns;
        device->settled = mono_ns - device->read_ns <= AT_NS;
        edge.settled = edge.settled && device->settled;
    }
    *edge_out = edge;
    return 0;
}

void task_edge_deinit(struct task_edge *edge)
{
    free(edge->devices);
    *edge = (struct task_edge){ 0 };
}

/* sum += part * ratio */
static void add_scaled(struct energy_sums *sum, const struct energy_sums *part, double ratio)
{
    struct energy_sums scaled = energy_sums_scaled(part, ratio);

    energy_sums_add(sum, &scaled);
}

static struct energy_sums difference(const struct energy_sums *a, const struct energy_sums *b)
{
    struct energy_sums sums = energy_sums_scaled(b, -1);

    energy_sums_add(&sums, a);
    return sums;
}

void task_edge_settle(const struct session *session, struct task_edge *edge)
{
    bool all = true;

    for (size_t i = 0; i < edge->count && !edge->settled; i++) {
        const struct channel *channel = &session->channels[i];
        struct edge_device *device = &edge->devices[i];
        struct energy_sums gained;
        double length;
        double before;

        if (device->settled)
            continue;
        if (channel->accounted_ns < edge->mono_ns || channel->accounted_ns <= device->read_ns) {
            all = false;
            continue;
        }
        gained = difference(&channel->totals.sums, &device->sums);
        length = (double)(channel->accounted_ns - device->read_ns);
        before = (double)(edge->mono_ns - device->read_ns);
        add_scaled(&device->sums, &gained, before / length);
        device->slack_joules =
            fmin(POWER_FACTOR * fabs(gained.joules) * fmin(before, length - before) / length,
                 fabs(gained.joules));
        device->settled = true;
    }
    edge->settled = edge->settled || all;
}

/* For how long after its last reading a device is taken to go on as before. */
static double going_on_seconds(const struct session *session, const struct channel *channel,
                               double past_seconds)
{
    double interval = fmax(seconds_from_ns(session->reading_ns), channel->last_seconds);

    return fmin(past_seconds, SILENT_INTERVALS * interval);
}

/* The sums at this moment, which may be past the last reading. */
static struct edge_device sums_now(const struct session *session, const struct channel *channel,
                                   int64_t mono_ns)
{
    struct edge_device now = { .sums = channel->totals.sums };
    double past;

    if (channel->accounted_ns == 0 || !(channel->last_seconds > 0) ||
        mono_ns - channel->accounted_ns <= AT_NS)
        return now;
    past = going_on_seconds(session, channel, seconds_from_ns(mono_ns - channel->accounted_ns));
    add_scaled(&now.sums, &channel->last_sums, past / channel->last_seconds);
    now.slack_joules = POWER_FACTOR * channel->last_sums.joules * past / channel->last_seconds;
    return now;
}

static double above_zero(double value)
{
    return value > 0 ? value : 0;
}

/* What the report's total would count of a device's sums. */
static double counted(const struct session *session, size_t index, const struct energy_sums *sums)
{
    const struct device_totals *totals = &session->channels[index].totals;
    const struct run *run = &session->record.run;
    double idle_watts = report_idle_watts(&session->record.devices[index], totals);
    double share = report_share_of_idle(run->idle, attribution_split(&totals->sums, 0).job_share);
    double job;
    double others;

    if (run->scope == SCOPE_MACHINE)
        return above_zero(sums->joules);
    job = above_zero(sums->job_gross_joules - idle_watts * sums->job_seconds);
    others = above_zero(sums->others_gross_joules - idle_watts * sums->others_seconds);
    return job + share * above_zero(sums->joules - job - others);
}

/* One device's part, and by how much the edges may be wrong of it. */
static struct class_part part_of(const struct session *session, size_t index,
                                 const struct task_edge *begin, int64_t mono_ns, double *slack_out)
{
    const struct device *device = &session->record.devices[index];
    const struct energy_sums none = { 0 };
    const struct edge_device *from = index < begin->count ? &begin->devices[index] : NULL;
    struct edge_device now = sums_now(session, &session->channels[index], mono_ns);
    struct energy_sums sums = difference(&now.sums, from != NULL ? &from->sums : &none);
    double seconds = seconds_from_ns(mono_ns - begin->mono_ns);
    double value = counted(session, index, &sums);
    double most = POWER_FACTOR * above_zero(session->channels[index].watts) * seconds;
    double slack = now.slack_joules;

    if (from != NULL && from->settled) {
        slack += from->slack_joules;
    } else if (from != NULL) {
        /* no reading since: both edges lie past the last one, and their difference is its power */
        const struct channel *channel = &session->channels[index];
        double passed = seconds_from_ns(begin->mono_ns - from->read_ns);
        double counted_seconds = going_on_seconds(session, channel, passed + seconds) -
                                 going_on_seconds(session, channel, passed);
        double length = channel->last_seconds;

        sums = energy_sums_scaled(&channel->last_sums, length > 0 ? counted_seconds / length : 0);
        value = length > 0 ? counted(session, index, &sums) : 0;
        slack += length > 0 ? POWER_FACTOR * sums.joules / seconds * fmin(passed, seconds) : 0;
    }
    *slack_out += fmin(slack, most) * (sums.joules > value ? value / sums.joules : 1);
    return (struct class_part){
        .kind = device->kind,
        .part = band_relative(value, isfinite(device->band_ratio) ? device->band_ratio : 1),
    };
}

void task_figures_between(const struct session *session, struct task_edge *begin, int64_t mono_ns,
                          struct task_figures *figures_out)
{
    AICO2_CLEANUP(freep)
    struct class_part *parts = calloc(session->channel_count + 1, sizeof(*parts));
    struct band energy = BAND_NONE;
    double slack = 0;
    size_t count = 0;

    task_edge_settle(session, begin);
    for (size_t i = 0; parts != NULL && i < session->channel_count; i++) {
        if (session_is_counted(session, i))
            parts[count++] = part_of(session, i, begin, mono_ns, &slack);
    }
    if (count > 0) {
        energy = footprint_add_bands(parts, count);
        energy.low = fmax(energy.low - slack, 0);
        energy.high += slack;
    }
    *figures_out = (struct task_figures){
        .energy_joules = energy,
        .seconds = seconds_from_ns(mono_ns - begin->mono_ns),
        .cpu_seconds = seconds_from_ns(glance_ns(session) - begin->cpu_ns),
        .readings = session->readings - begin->readings,
    };
}
