/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_follow.c - a session's sums out of the figures of another process that measures for it */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "session/session_private.h"

#include "base/array.h"
#include "base/clock.h"
#include "session/ranks/follow.h"
#include "session/slicing.h"

void session_follow(struct session *session, struct figures_follow *follow)
{
    session->follow = follow;
}

void session_follow_anew(struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++)
        session->channels[i].is_told = false;
}

static int find(const struct session *session, const struct figures_device *item)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (strcmp(device->id, item->id) == 0 && strcmp(device->reader, item->reader) == 0 &&
            strcmp(device->uuid, item->uuid) == 0)
            return (int)i;
    }
    return -1;
}

/* Return: its index, or -ENOMEM. */
static int add(struct session *session, const struct figures_device *item)
{
    size_t index = session->channel_count;

    if (array_reserve(&session->channels, &session->channel_capacity, index + 1,
                      sizeof(*session->channels)) < 0 ||
        array_reserve(&session->record.devices, &session->device_capacity, index + 1,
                      sizeof(*session->record.devices)) < 0 ||
        array_reserve(&session->record.totals, &session->totals_capacity, index + 1,
                      sizeof(*session->record.totals)) < 0)
        return -ENOMEM;
    session->channels[index] = (struct channel){
        .totals = DEVICE_TOTALS_NULL,
        .celsius = NAN,
        .watts = NAN,
        .shadow_peak_watts = NAN,
        .activity_source = CHANNEL_NO_SOURCE,
        .proven = true,
        .derived = true,
    };
    figures_take_device(item, &session->record.devices[index]);
    session->record.totals[index] = DEVICE_TOTALS_NULL;
    session->channel_count = session->record.device_count = index + 1;
    return (int)index;
}

static struct energy_sums since(const struct energy_sums *now, const struct energy_sums *before)
{
    struct energy_sums sums = energy_sums_scaled(before, -1);

    energy_sums_add(&sums, now);
    sums.samples = now->samples - before->samples;
    return sums;
}

/* Where what is told of a device begins; 0: there was no interval yet. */
static int64_t begin_ns(const struct figures_device *item)
{
    const struct energy_sums *sums = &item->totals.sums;

    return item->accounted_ns > 0
               ? item->accounted_ns - llround((sums->covered_seconds + sums->gap_seconds) * 1e9)
               : 0;
}

/* From here on differences are taken; of one that has begun to measure after our start all is ours. A device that was
 * told of before has a gap up to here. Return: whether there is more to take than a beginning. */
static bool begin(struct session *session, size_t index, const struct figures_device *item)
{
    struct channel *channel = &session->channels[index];
    bool ours = begin_ns(item) >= session->start_mono_ns;
    int64_t from_ns = ours ? begin_ns(item) : item->accounted_ns;

    if (channel->accounted_ns > 0 && from_ns > channel->accounted_ns) {
        struct interval gap = {
            .seconds = seconds_from_ns(from_ns - channel->accounted_ns),
            .gap = true,
            .watts = NAN,
            .peak_watts = NAN,
            .utilization_ratio = NAN,
        };
        const struct energy_sums sums = { .gap_seconds = gap.seconds };

        session_account(session, index, &gap, &sums, from_ns);
    }
    channel->is_told = true;
    channel->told_ns = from_ns;
    channel->told_sums = ours ? (struct energy_sums){ 0 } : item->totals.sums;
    return ours;
}

/* What was told has been taken back: nothing of it holds. */
static void forget(struct session *session, size_t index)
{
    session->channels[index].totals = DEVICE_TOTALS_NULL;
    slicing_forget(&session->record.slices, (int)index);
    slicing_forget(&session->record.task_slices, (int)index);
}

/* Since when: what was told last may have been that there was no interval yet. */
static int64_t since_ns(const struct channel *channel, const struct figures_device *item,
                        const struct energy_sums *sums)
{
    double seconds = sums->covered_seconds + sums->gap_seconds;

    return channel->told_ns > 0 ? channel->told_ns : item->accounted_ns - llround(seconds * 1e9);
}

/* What lies before our start is not ours: the other's readings stand where they like. */
static void account(struct session *session, size_t index, const struct figures_device *item)
{
    struct channel *channel = &session->channels[index];
    struct energy_sums sums = since(&item->totals.sums, &channel->told_sums);
    int64_t from_ns = since_ns(channel, item, &sums);
    int64_t length_ns = item->accounted_ns - from_ns;
    struct interval interval = { .watts = item->watts,
                                 .peak_watts = NAN,
                                 .utilization_ratio = NAN };

    channel->told_ns = item->accounted_ns;
    channel->told_sums = item->totals.sums;
    if (item->accounted_ns <= session->start_mono_ns)
        return;
    if (from_ns < session->start_mono_ns) {
        sums = energy_sums_scaled(&sums, (double)(item->accounted_ns - session->start_mono_ns) /
                                             (double)length_ns);
        from_ns = session->start_mono_ns;
    }
    interval.seconds = seconds_from_ns(item->accounted_ns - from_ns);
    interval.gap = !(sums.covered_seconds > 0);
    interval.joules = sums.joules;
    channel->watts = item->watts;
    if (isfinite(item->watts) && !(channel->totals.peak_watts >= item->watts))
        channel->totals.peak_watts = item->watts;
    session_account(session, index, &interval, &sums, item->accounted_ns);
}

/* first: nothing was told before. A device that comes later has had no interval until then, or was not believed: all
 * that it is told to have used is as of an interval since the other's run began. */
static bool take(struct session *session, const struct figures_device *item, bool first)
{
    int index = find(session, item);
    struct channel *channel;
    bool news;

    if (index < 0) {
        index = add(session, item);
        if (index < 0)
            return false;
        session->channels[index].is_told = !first;
    }
    channel = &session->channels[index];
    figures_take_device(item, &session->record.devices[index]);
    if (channel->is_told &&
        item->totals.sums.covered_seconds < channel->told_sums.covered_seconds) {
        forget(session, (size_t)index);
        channel->is_told = false;
    }
    news = item->accounted_ns > channel->told_ns;
    if (channel->is_told ? news : begin(session, (size_t)index, item))
        account(session, (size_t)index, item);
    /* of the whole of the other's run: it knows better than we could */
    channel->totals.floor_watts = item->totals.floor_watts;
    channel->totals.lowest_watts = item->totals.lowest_watts;
    return news;
}

bool session_take_page(struct session *session)
{
    struct figures_page page;
    bool first = session->follow->page_mono_ns == 0;
    bool news = false;

    if (!session->started || !figures_follow_look(session->follow, &page))
        return false;
    for (uint32_t i = 0; i < page.head.device_count; i++)
        news = take(session, &page.devices[i], first) || news;
    return news;
}
