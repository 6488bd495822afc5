/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/meters.c - what this machine has that is not everybody's to read, opened once */
#include "sensord/meters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "model/sensord.h"
#include "sensord/slow_reader.h"

/* A driver that is loaded anew is gone for less. */
static const int64_t LOST_NS = 5 * NSEC_PER_SEC;

static void say_found(const struct log *log, const struct reader_driver *driver,
                      const struct reader *reader, const struct reader_status *status)
{
    if (reader != NULL)
        log_write(log, LOG_INFO, "reader '%s': %zu device%s%s%s", driver->name,
                  reader->device_count, reader->device_count == 1 ? "" : "s",
                  status->detail[0] != '\0' ? " by " : "", status->detail);
    if (status->state == READER_DENIED || status->state == READER_BROKEN ||
        (reader != NULL && status->reason[0] != '\0'))
        log_write(log, LOG_WARNING, "reader '%s': %s", driver->name, status->reason);
}

static int open_source(struct meters *meters, const struct reader_driver *driver,
                       const struct reader_env *env, struct aico2_error *err)
{
    struct reader_status status = { .state = READER_ABSENT };
    struct meter_source *source = &meters->sources[meters->source_count];
    struct reader *reader = NULL;
    int r;

    if (meters->source_count == METERS_READERS_MAX ||
        (driver->is_absent != NULL && driver->is_absent(env, &status)))
        return 0;
    r = driver->probe(env, &reader, &status, err);
    if (r < 0)
        return r;
    say_found(env->log, driver, reader, &status);
    if (reader == NULL)
        return 0;
    *source = (struct meter_source){ .reader = reader };
    meters->source_count++; /* from here on it is closed with the others */
    source->samples = calloc(reader->device_count, sizeof(*source->samples));
    return source->samples == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

static int list_devices(struct meters *meters, struct aico2_error *err)
{
    size_t room = 1;

    for (size_t i = 0; i < meters->source_count; i++)
        room += meters->sources[i].reader->device_count;
    meters->devices = calloc(room, sizeof(*meters->devices));
    meters->readings = calloc(room, sizeof(*meters->readings));
    meters->failing_ns = calloc(room, sizeof(*meters->failing_ns));
    if (meters->devices == NULL || meters->readings == NULL || meters->failing_ns == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < meters->source_count; i++) {
        const struct reader *reader = meters->sources[i].reader;

        for (size_t j = 0; j < reader->device_count; j++) {
            size_t at = meters->device_count;

            if (!sensord_is_told(reader->devices[j].kind) || at == AICO2_SENSORD_DEVICES_MAX)
                continue;
            meters->devices[at] = &reader->devices[j];
            meters->readings[at] = (struct aico2_sensord_reading){
                .type = AICO2_SENSORD_READING_RECORD,
                .index = (uint16_t)at,
                .key = sensord_key(reader->devices[j].id),
            };
            meters->device_count++;
        }
    }
    return 0;
}

int meters_open(struct meters *meters, const struct reader_driver *const *drivers,
                const struct reader_env *env, uint64_t instance, struct aico2_error *err)
{
    *meters = (struct meters){ .clock = env->clock, .instance = instance };
    for (size_t i = 0; drivers[i] != NULL; i++) {
        int r = open_source(meters, drivers[i], env, err);

        if (r < 0)
            return r;
    }
    return list_devices(meters, err);
}

int meters_start(struct meters *meters, struct aico2_error *err)
{
    for (size_t i = 0; i < meters->source_count; i++) {
        struct meter_source *source = &meters->sources[i];
        int r;

        if (!source->reader->driver->may_block)
            continue;
        r = slow_reader_start(&source->slow, source->reader);
        if (r < 0)
            return aico2_error_set_errno(err, -r, "cannot start a thread for reader '%s'",
                                         source->reader->driver->name);
    }
    return 0;
}

/* A counter of the hardware itself goes on when we are started again; one that we have opened or summed up begins with
 * us. Only the first kind wraps. */
static uint64_t counter_of(const struct meters *meters, const struct device *device, uint64_t key,
                           uint32_t epoch)
{
    uint64_t origin = device->counter_range_uj != 0 ? device->counter_range_uj : meters->instance;

    return (key ^ (origin * UINT64_C(0x9e3779b97f4a7c15))) + epoch;
}

static bool needs_opening(int code)
{
    return code == -ENODEV || code == -ENOENT || code == -EBADF || fs_is_denied(code);
}

static void take(struct meters *meters, size_t at, const struct sample *sample)
{
    struct aico2_sensord_reading *reading = &meters->readings[at];
    bool fresh = sample->valid != 0 || sample->error != 0;

    if (!fresh)
        return; /* nothing new */
    reading->mono_ns = sample->mono_ns;
    reading->sequence = meters->rounds;
    reading->error = sample->error < 0 ? -sample->error : 0;
    reading->valid = 0;
    if ((sample->valid & SAMPLE_ENERGY) != 0) {
        reading->valid |= AICO2_SENSORD_ENERGY;
        reading->energy_uj = sample->energy_uj;
        reading->counter = counter_of(meters, meters->devices[at], reading->key, sample->epoch);
    }
    if ((sample->valid & SAMPLE_POWER) != 0 && sample->power_watts >= 0 &&
        sample->power_watts < 1e6) {
        reading->valid |= AICO2_SENSORD_POWER;
        reading->power_uw = (uint64_t)(sample->power_watts * 1e6 + 0.5);
    }
    if (reading->valid != 0)
        meters->failing_ns[at] = 0;
    else if (needs_opening(sample->error) && meters->failing_ns[at] == 0)
        meters->failing_ns[at] = sample->mono_ns;
}

void meters_read(struct meters *meters)
{
    size_t at = 0;

    meters->rounds++;
    meters->read_ns = meters->clock->mono_ns(meters->clock->payload);
    for (size_t i = 0; i < meters->source_count; i++) {
        struct meter_source *source = &meters->sources[i];
        const struct reader *reader = source->reader;

        if (source->slow != NULL)
            slow_reader_take(source->slow, source->samples);
        else
            reader->driver->read(source->reader, source->samples);
        for (size_t j = 0; j < reader->device_count && at < meters->device_count; j++) {
            if (meters->devices[at] == &reader->devices[j])
                take(meters, at++, &source->samples[j]);
        }
    }
}

const struct device *meters_lost(const struct meters *meters)
{
    for (size_t i = 0; i < meters->device_count; i++) {
        if (meters->failing_ns[i] != 0 && meters->read_ns - meters->failing_ns[i] > LOST_NS)
            return meters->devices[i];
    }
    return NULL;
}

void meters_close(struct meters *meters)
{
    for (size_t i = 0; i < meters->source_count; i++) {
        struct meter_source *source = &meters->sources[i];

        if (slow_reader_stop(source->slow)) /* one that hangs keeps its reader */
            source->reader->driver->close(source->reader);
        free(source->samples);
    }
    free(meters->devices);
    free(meters->readings);
    free(meters->failing_ns);
    *meters = (struct meters){ .source_count = 0 };
}
