/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/board.c - the whole machine where no meter of it can be read: by its parts and a
 * calibration */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "session/session_private.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "model/calibration.h"

/* Parts that were read for less of the run tell too little of the machine. */
static const double COVERED_RATIO = 0.9;
/* What the line misses of a machine whose fans and disks do as they like: +-5 % (1 sigma). */
static const double LINE_BAND_RATIO = 0.10;

static bool has_meter(const struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (device->kind == DEVICE_BOARD && strcmp(device->reader, "rapl") != 0 &&
            session->channels[i].totals.sums.covered_seconds > 0)
            return true;
    }
    return false;
}

/* What is proportional to the parts, with its half-width. Return: false where a part is missing. */
static bool add_up(const struct session *session, double per_watt, struct energy_sums *sums,
                   double *idle_watts, double *half_joules)
{
    double least_seconds = COVERED_RATIO * seconds_from_ns(session->record.run.duration_ns);
    bool cpu = false;

    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];
        const struct energy_sums *part = &session->channels[i].totals.sums;
        double idle = isfinite(session->channels[i].totals.floor_watts)
                          ? session->channels[i].totals.floor_watts
                          : device->idle_watts;

        if (!session_is_counted(session, i))
            continue;
        if (part->covered_seconds < least_seconds)
            return false;
        sums->joules += per_watt * part->joules;
        sums->job_gross_joules += per_watt * part->job_gross_joules;
        sums->others_gross_joules += per_watt * part->others_gross_joules;
        *idle_watts += isfinite(idle) ? per_watt * idle : 0;
        *half_joules += per_watt * part->joules * fmax(device->band_ratio, 0);
        if (cpu || (device->kind != DEVICE_CPU && device->kind != DEVICE_MODULE))
            continue;
        cpu = true;
        sums->covered_seconds = part->covered_seconds;
        sums->job_seconds = part->job_seconds;
        sums->others_seconds = part->others_seconds;
        sums->job_activity = part->job_activity;
        sums->all_activity = part->all_activity;
        sums->samples = part->samples;
    }
    return cpu;
}

static void describe(const struct session *session, const struct calibrated_board *board,
                     struct device *device_out)
{
    struct device device = DEVICE_NULL;
    char day[32];

    wall_time_format(day, sizeof(day), session->options.calibration->wall_ns);
    device.kind = DEVICE_BOARD;
    device.basis = BASIS_MODELLED;
    (void)snprintf(device.id, sizeof(device.id), "board-calibrated");
    (void)snprintf(device.reader, sizeof(device.reader), "calibration");
    (void)snprintf(device.model, sizeof(device.model), "the machine by its calibration");
    (void)snprintf(device.note, sizeof(device.note),
                   "%.3g W + %.3g x what its parts draw, calibrated %.10s by %s",
                   board->fixed_watts, board->per_watt, day, board->meter);
    *device_out = device;
}

int session_add_calibrated_board(struct session *session, struct aico2_error *err)
{
    const struct calibration *calibration = session->options.calibration;
    struct channel channel = { .source = SIZE_MAX,
                               .totals = DEVICE_TOTALS_NULL,
                               .watts = NAN,
                               .shadow_peak_watts = NAN,
                               .activity_source = CHANNEL_NO_SOURCE,
                               .proven = true,
                               .derived = true };
    size_t index = session->channel_count;
    double half_joules = 0;
    double idle_watts = 0;
    double fixed_watts;
    struct device device;

    if (calibration == NULL || !isfinite(calibration->board.per_watt) || has_meter(session) ||
        !add_up(session, calibration->board.per_watt, &channel.totals.sums, &idle_watts,
                &half_joules))
        return 0;
    if (array_reserve(&session->channels, &session->channel_capacity, index + 1,
                      sizeof(*session->channels)) < 0 ||
        array_reserve(&session->record.devices, &session->device_capacity, index + 1,
                      sizeof(*session->record.devices)) < 0 ||
        array_reserve(&session->record.totals, &session->totals_capacity, index + 1,
                      sizeof(*session->record.totals)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    fixed_watts = calibration->board.fixed_watts;
    describe(session, &calibration->board, &device);
    device.idle_watts = fixed_watts + idle_watts;
    channel.totals.sums.joules += fixed_watts * channel.totals.sums.covered_seconds;
    channel.totals.sums.job_gross_joules += fixed_watts * channel.totals.sums.job_seconds;
    channel.totals.sums.others_gross_joules += fixed_watts * channel.totals.sums.others_seconds;
    device.band_ratio = hypot(hypot(calibration->board.band_ratio, LINE_BAND_RATIO),
                              half_joules / channel.totals.sums.joules);
    session->channels[index] = channel;
    session->record.devices[index] = device;
    session->record.totals[index] = channel.totals;
    session->channel_count = session->record.device_count = index + 1;
    session->devices_changed = true;
    return 0;
}
