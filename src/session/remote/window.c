/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/window.c - a past stretch of time out of what a time-series server kept of it */
#include "session/remote/window.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/lines.h"
#include "readers/machine.h"
#include "session/environment.h"
#include "session/remote/devices.h"
#include "session/remote/hosts.h"
#include "session/remote/notes.h"

static const double MICROJOULES = 1e6;
/* What microjoules in 64 bits hold. */
static const double MOST_JOULES = 1.8e13;
/* As of powers: a hole in sums since the reading before is not bridged. */
static const double GAP_INTERVALS = 2.5;

/* A wrap that would have drawn so much more than the interval before is none. */
static const double UNLIKE_RATIO = 4;
static const double UNLIKE_WATTS = 100;

/* One device on its way. */
struct stream {
    int64_t last_ns; /* INT64_MIN: nothing was read */
    double last_value;
    double watts;    /* of a counter, between the two readings before; NAN */
    uint64_t sum_uj; /* of deltas */
    double busy_seconds;
    uint32_t epoch;
};

struct source {
    struct series base;
    struct remote_answer *answer;
    const struct remote_devices *devices;
    struct stream *streams; /* one an item */
    struct digest *digest;
    struct remote_reading reading; /* in hand, for the items that are left of its device */
    size_t item;
    size_t items_left;
    struct aico2_error torn; /* code 0: it is whole */
};

/* A counter that fell has begun anew when its host did. Where nobody tells when that was: when a wrap
 * would have drawn much more than just before. */
static bool has_restarted(const struct source *source, size_t at, const struct stream *stream,
                          const struct remote_reading *reading)
{
    const struct remote_device *device = source->devices->which[at];
    double boot = source->answer->hosts[device->host].boot_wall_seconds;
    double seconds = seconds_from_ns(reading->wall_ns - stream->last_ns);
    double wrap_watts = (device->range_joules - stream->last_value + reading->value) / seconds;

    if (boot <= (double)reading->wall_ns / 1e9) /* and it is the last time that it did */
        return boot > (double)stream->last_ns / 1e9;
    return isfinite(stream->watts) && wrap_watts > UNLIKE_RATIO * stream->watts + UNLIKE_WATTS;
}

static void fill_counter(const struct source *source, size_t at, struct stream *stream,
                         const struct remote_reading *reading, struct sample *sample)
{
    if (!(reading->value < MOST_JOULES))
        return;
    if (stream->last_ns != INT64_MIN && reading->value >= stream->last_value)
        stream->watts = (reading->value - stream->last_value) /
                        seconds_from_ns(reading->wall_ns - stream->last_ns);
    else if (stream->last_ns != INT64_MIN && has_restarted(source, at, stream, reading))
        stream->epoch++; /* whatever the register's range, this is no wrap */
    sample->energy_uj = (uint64_t)llround(reading->value * MICROJOULES);
    sample->epoch = stream->epoch;
    sample->valid = SAMPLE_ENERGY;
}

static void fill_delta(const struct series_device *item, struct stream *stream,
                       const struct remote_reading *reading, struct sample *sample)
{
    double since = seconds_from_ns(reading->wall_ns - stream->last_ns);

    if (!(reading->value < MOST_JOULES))
        return;
    if (stream->last_ns != INT64_MIN) {
        if (item->interval_ns > 0 && since > GAP_INTERVALS * seconds_from_ns(item->interval_ns))
            stream->epoch++; /* what was counted between is in no sample */
        stream->sum_uj += (uint64_t)llround(reading->value * MICROJOULES);
    }
    sample->energy_uj = stream->sum_uj;
    sample->epoch = stream->epoch;
    sample->valid = SAMPLE_ENERGY;
}

static void fill_busy(const struct series_device *item, struct stream *stream,
                      const struct remote_reading *reading, struct sample *sample)
{
    double threads = item->device.threads > 0 ? item->device.threads : 1;

    if (stream->last_ns != INT64_MIN)
        stream->busy_seconds +=
            fmin(reading->value, 1) * threads * seconds_from_ns(reading->wall_ns - stream->last_ns);
    sample->busy_ns = (int64_t)(stream->busy_seconds * 1e9);
    sample->valid = SAMPLE_BUSY;
}

static void fill(const struct source *source, size_t at, const struct remote_reading *reading,
                 struct sample *sample)
{
    const struct series_device *item = &source->devices->items[at];
    struct stream *stream = &source->streams[at];

    *sample = (struct sample){ .mono_ns = reading->wall_ns };
    switch (item->kind) {
    case SERIES_COUNTER:
        if (source->devices->which[at]->deltas != 0)
            fill_delta(item, stream, reading, sample);
        else
            fill_counter(source, at, stream, reading, sample);
        break;
    case SERIES_POWER:
        sample->power_watts = reading->value;
        sample->valid = SAMPLE_POWER;
        break;
    case SERIES_BUSY:
        fill_busy(item, stream, reading, sample);
        break;
    case SERIES_UTILIZATION:
        sample->utilization_ratio = fmin(reading->value, 1);
        sample->valid = SAMPLE_UTILIZATION;
        break;
    case SERIES_NONE:
        break;
    }
    stream->last_ns = reading->wall_ns;
    stream->last_value = reading->value;
}

/* A tear is an end: what came before it holds. Return: 1 there is one in hand, 0. */
static int read_one(struct source *source)
{
    struct remote_reading *reading = &source->reading;

    do {
        if (source->answer->next(source->answer, reading, &source->torn) <= 0)
            return 0;
    } while (source->devices->at[reading->device] == SIZE_MAX);
    digest_add(source->digest, &reading->wall_ns, sizeof(reading->wall_ns));
    digest_add(source->digest, &reading->value, sizeof(reading->value));
    digest_add(source->digest, &reading->device, sizeof(reading->device));
    source->item = source->devices->at[reading->device];
    source->items_left = source->devices->copies[reading->device];
    return 1;
}

static int next(struct series *base, struct series_reading *reading_out, struct aico2_error *err)
{
    struct source *source = (struct source *)base;

    (void)err;
    if (source->items_left == 0 && read_one(source) == 0)
        return 0;
    source->items_left--;
    reading_out->device = source->item++;
    fill(source, reading_out->device, &source->reading, &reading_out->sample);
    return 1;
}

static int make_source(struct source *source, const struct remote_devices *devices)
{
    int64_t interval_ns = 0;

    source->streams = calloc(devices->count + 1, sizeof(*source->streams));
    if (source->streams == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < devices->count; i++) {
        source->streams[i].last_ns = INT64_MIN;
        source->streams[i].watts = NAN;
        if (interval_ns == 0 ||
            (devices->items[i].interval_ns > 0 && devices->items[i].interval_ns < interval_ns))
            interval_ns = devices->items[i].interval_ns;
    }
    source->base = (struct series){
        .next = next,
        .devices = devices->items,
        .device_count = devices->count,
        .interval_ns = interval_ns,
    };
    return 0;
}

/* What was asked, and of whom: two windows that tell the same are not one. */
static void digest_question(struct digest *digest, const struct remote_answer *answer,
                            const struct remote_window *window)
{
    digest_add(digest, &window->from_wall_ns, sizeof(window->from_wall_ns));
    digest_add(digest, &window->to_wall_ns, sizeof(window->to_wall_ns));
    for (size_t i = 0; i < answer->device_count; i++) {
        const struct remote_device *device = &answer->devices[i];
        const char *host = answer->hosts[device->host].name;

        digest_add(digest, host, strlen(host) + 1);
        digest_add(digest, device->metric, strlen(device->metric) + 1);
        digest_add(digest, device->name, strlen(device->name) + 1);
        digest_add(digest, device->uuid, strlen(device->uuid) + 1);
        digest_add(digest, &device->index, sizeof(device->index));
    }
}

/* By how the server's answer ended, when it brought nothing that could be integrated. */
static int no_energy(const struct source *source, struct aico2_error *err)
{
    const struct remote_answer *answer = source->answer;

    if (source->torn.code != 0)
        return aico2_error_set(err, source->torn.code, "%s", source->torn.message);
    if (answer->end.outcome != REMOTE_COMPLETE)
        return aico2_error_set(err, remote_outcome_error(answer->end.outcome), "%s: %s",
                               remote_outcome_name(answer->end.outcome), answer->end.message);
    return aico2_error_set(err, -ENODATA,
                           "%s has %zu device%s, and none with two readings in that window no more "
                           "than 2.5 scrapes apart",
                           answer->server.url, answer->device_count,
                           answer->device_count == 1 ? "" : "s");
}

static void widen_bands(struct history_record *record, const struct series_doubt *doubts)
{
    for (size_t i = 0; i < record->device_count; i++) {
        double joules = record->totals[i].sums.joules;

        if (joules > 0)
            record->devices[i].band_ratio += (doubts[i].joules + doubts[i].lost_joules) / joules;
    }
}

static int integrate(struct source *source, const struct remote_window *window,
                     struct remote_result *result, struct aico2_error *err)
{
    const struct remote_devices *devices = source->devices;
    AICO2_CLEANUP(freep)
    struct series_doubt *doubts = calloc(devices->count + 1, sizeof(*doubts));
    const struct series_window stretch = {
        .from_wall_ns = window->from_wall_ns,
        .to_wall_ns = window->to_wall_ns,
        .whole = !window->hours,
        .models = devices->models,
        .doubts = doubts,
    };
    int r;

    if (doubts == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = series_run_read(&source->base, &stretch, window->cuts, &result->record,
                        window->hours || window->rows ? &result->rows : NULL, err);
    if (r == -ENODATA)
        return no_energy(source, err);
    if (r < 0)
        return r;
    result->partial = source->torn.code != 0 || source->answer->end.outcome != REMOTE_COMPLETE;
    widen_bands(&result->record, doubts);
    r = remote_notes_add(source->answer, devices, &result->record, doubts, &source->torn,
                         &result->notes, &result->note_count);
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

static bool read_here(const char *sysroot, struct machine *here_out)
{
    struct environment environment = ENVIRONMENT_NULL;

    if (environment_open(&environment, sysroot, NULL, &clock_system, NULL, NULL) < 0)
        return false;
    machine_read(&environment.reader, here_out);
    environment_close(&environment);
    return true;
}

int remote_window_read(struct remote_answer *answer, const struct remote_window *window,
                       struct remote_result *result, struct aico2_error *err)
{
    struct remote_devices devices = { 0 };
    struct source source = { .answer = answer, .devices = &devices, .digest = &result->digest };
    struct machine machine;
    const struct machine *here = read_here(window->sysroot, &machine) ? &machine : NULL;
    int r =
        remote_devices_make(answer, here, window->apart || answer->host_count > 1, &devices, err);

    result->digest = DIGEST_NULL;
    if (r == 0 && make_source(&source, &devices) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    if (r == 0) {
        digest_question(&result->digest, answer, window);
        r = integrate(&source, window, result, err);
    }
    if (r == 0)
        result->record.run.machine = remote_machines(answer->hosts, answer->host_count, here);
    free(source.streams);
    remote_devices_deinit(&devices);
    return r;
}

void remote_result_deinit(struct remote_result *result)
{
    history_record_deinit(&result->record);
    series_rows_deinit(&result->rows);
    lines_free(result->notes, result->note_count);
    *result = (struct remote_result){ 0 };
}
