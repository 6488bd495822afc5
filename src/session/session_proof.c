/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_proof.c - whether an energy counter can be believed: it has to move */
#include <math.h>

#include "session/session_private.h"

#include "base/clock.h"
#include "session/calibration/apply.h"
#include "session/slicing.h"

/* A counter that has not moved for this long while others did is dead. */
static const double PROOF_SECONDS = 1.0;
static const uint64_t PROOF_READINGS = 5;

/* The counters of a captured machine move when somebody moves them, or not at all. */
static bool is_captured(const struct session *session)
{
    return session->options.sysroot != NULL;
}

/* A counter that never moved, or was never read twice, while its stand-in has had something to say for long enough. */
static void judge(struct session *session, size_t index, double least_seconds)
{
    struct channel *channel = &session->channels[index];
    bool was_read;

    if (channel->proven || !(channel->shadow_sums.covered_seconds > 0) ||
        channel->shadow_sums.covered_seconds < least_seconds)
        return;
    /* it may be slow at first; a model takes over only when there will be no more readings */
    if (!session->ending && (channel->shadow_sums.samples < PROOF_READINGS ||
                             channel->shadow.method == METER_UTILIZATION))
        return;

    was_read = channel->totals.sums.covered_seconds > 0;
    session->record.devices[index] = channel->plan.fallback_device;
    if (!was_read)
        plan_tell_unread(&session->record.devices[index]);
    session->record.devices[index].threads = channel->shadow.threads;
    channel->lowest = channel->idle = (struct power_window){ 0 };
    channel->meter = channel->shadow;
    session->devices_changed = true;
    channel->proven = true;
    session_account_shadow(session, index);
    session_warn(session, "%s: %s", session->record.devices[index].id,
                 session->record.devices[index].note);
}

void session_judge_counter(struct session *session, size_t index)
{
    /* two figures have to be there that could differ */
    const double spacing_seconds = session->record.devices[index].spacing_seconds;

    if (!is_captured(session)) /* that one is judged at the end */
        judge(session, index, PROOF_SECONDS + 2 * spacing_seconds);
}

/* Nothing stands in for it: its energy is unknown, not 0. */
static void forget_dead_counter(struct session *session, size_t index)
{
    session->channels[index].totals = DEVICE_TOTALS_NULL;
    session->channels[index].forgotten = true;
    slicing_forget(&session->record.slices, (int)index);
    slicing_forget(&session->record.task_slices, (int)index);
    session_note(session, index, "the energy counter does not move: not counted");
    session_warn(session, "%s: the energy counter does not move: not counted",
                 session->record.devices[index].id);
}

/* In a captured machine whose other counters were moved by hand, one that was not was left alone: 0 J. Beside
 * others that tick on and on it is dead, as on a real machine. */
static bool is_left_alone(const struct session *session, const struct channel *channel)
{
    uint64_t moves = 0;

    if (!is_captured(session) || channel->meter.method != METER_COUNTER)
        return false;
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct meter *other = &session->channels[i].meter;

        if (session->channels[i].source == channel->source && other->method == METER_COUNTER &&
            other->counter.moves > moves)
            moves = other->counter.moves;
    }
    return moves > 0 && moves < PROOF_READINGS;
}

void session_settle(struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (session->follow != NULL) { /* another process has judged */
            session->record.totals[i] = channel->totals;
            continue;
        }
        if (!is_left_alone(session, channel)) {
            judge(session, i, 0); /* 0 J of a device that is on is no measurement */
            if (channel->meter.method == METER_COUNTER && channel->totals.sums.joules == 0 &&
                channel->totals.sums.covered_seconds > 0)
                forget_dead_counter(session, i);
        }
        if (session->record.devices[i].kind == DEVICE_GPU)
            session_settle_gpu(session, i);
        if (session->record.devices[i].kind == DEVICE_MODULE)
            session_settle_module(session, i);
        if (session->record.devices[i].kind == DEVICE_BOARD)
            plan_settle_board(&session->record.devices[i], channel->totals.sums.covered_seconds);
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
        if (channel->totals.sums.covered_seconds > 0)
            calibration_settle(&channel->plan,
                               channel->totals.sums.joules / channel->totals.sums.covered_seconds,
                               &session->record.devices[i]);
        session->record.totals[i] = channel->totals;
    }
}
