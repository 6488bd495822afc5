/* SPDX-License-Identifier: Apache-2.0 */
/* session/inventory.c - what can be measured here, and how */
#include "session/inventory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session/session_private.h"

#include "base/clock.h"
#include "readers/gauges.h"

/* By place, not by name: a session gives a device another id where two readers chose the same. */
static bool is_used(const struct session *session, size_t source, size_t at)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->channels[i].source == source && session->channels[i].at == at)
            return true;
    }
    return false;
}

static int copy_devices(const struct session *session, struct inventory *inventory)
{
    size_t count = session->record.device_count;

    for (size_t i = 0; i < session->sampler.source_count; i++) {
        if (session->sampler.sources[i].reader != NULL)
            count += session->sampler.sources[i].reader->device_count;
    }
    inventory->devices = calloc(count + 1, sizeof(*inventory->devices));
    inventory->used = calloc(count + 1, sizeof(*inventory->used));
    if (inventory->devices == NULL || inventory->used == NULL)
        return -ENOMEM;

    for (size_t i = 0; i < session->record.device_count; i++) {
        inventory->used[inventory->device_count] = true;
        inventory->devices[inventory->device_count++] = session->record.devices[i];
    }
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct reader *reader = session->sampler.sources[i].reader;

        for (size_t j = 0; reader != NULL && j < reader->device_count; j++) {
            if (!is_used(session, i, j))
                inventory->devices[inventory->device_count++] = reader->devices[j];
        }
    }
    return 0;
}

static int copy_readers(const struct session *session, struct inventory *inventory)
{
    inventory->readers = calloc(session->sampler.source_count + 1, sizeof(*inventory->readers));
    if (inventory->readers == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];
        struct inventory_reader *row = &inventory->readers[inventory->reader_count++];

        row->name = source->driver->name;
        row->summary = source->driver->summary;
        row->status = source->status;
        if (row->status.fix[0] == '\0' && row->status.remedy != REMEDY_NONE &&
            row->status.state != READER_USED)
            remedy_command(remedy_find(row->status.remedy), row->name, row->status.fix,
                           sizeof(row->status.fix));
        if (!source->probed) {
            row->status.state = READER_BROKEN;
            (void)snprintf(row->status.reason, sizeof(row->status.reason),
                           "the driver does not answer");
        }
        if (source->reader == NULL || row->status.state == READER_DENIED ||
            row->status.state == READER_BROKEN)
            continue;
        row->status.state = READER_AVAILABLE;
        for (size_t j = 0; j < source->reader->device_count; j++) {
            if (is_used(session, i, j))
                row->status.state = READER_USED;
        }
    }
    return 0;
}

/* Long against the ticks of 10 ms in /proc/stat, short for who waits. */
static const int64_t LOAD_NS = 250 * NSEC_PER_MSEC;

static void pause_ns(int64_t ns)
{
    struct timespec rest = { .tv_nsec = (long)ns };

    while (ns > 0 && nanosleep(&rest, &rest) != 0 && errno == EINTR)
        continue;
}

/* The first reading was taken at begin_ns. */
static int copy_gauges(const struct session *session, struct gauges *gauges, int64_t begin_ns,
                       struct inventory *inventory)
{
    const struct gauge *items;
    size_t count;

    if (session->options.sysroot == NULL)
        pause_ns(begin_ns + LOAD_NS - clock_mono_ns());
    if (gauges_read(gauges, &items, &count) < 0)
        return -ENOMEM;
    inventory->gauges = calloc(count + 1, sizeof(*inventory->gauges));
    if (inventory->gauges == NULL)
        return -ENOMEM;
    memcpy(inventory->gauges, items, count * sizeof(*items));
    inventory->gauge_count = count;
    return 0;
}

static int make(struct session *session, int64_t wait_ns, struct inventory *inventory,
                struct aico2_error *err)
{
    int64_t begin_ns = clock_mono_ns();
    struct gauges *gauges = NULL;
    const struct gauge *items;
    size_t count;
    int r = gauges_new(&session->environment.reader, &gauges);

    if (r == 0)
        r = gauges_read(gauges, &items, &count);
    if (r == 0) {
        session_wait_for_drivers(session, wait_ns);
        r = session_add_channels(session, err);
    }
    if (r == 0)
        r = copy_devices(session, inventory);
    if (r == 0)
        r = copy_readers(session, inventory);
    if (r == 0)
        r = copy_gauges(session, gauges, begin_ns, inventory);
    gauges_free(gauges);
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

int inventory_make(const char *sysroot, const char *nvml_path, int64_t wait_ns,
                   const struct log *log, struct inventory *inventory_out, struct aico2_error *err)
{
    const struct session_options options = {
        .interval_ns = NSEC_PER_SEC,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
        .sysroot = sysroot,
        .explain = true,
        .nvml_path = nvml_path,
        .log = log,
        .root = getpid(),
    };
    struct inventory inventory = { 0 };
    struct session *session;
    int r = session_new(&session, &options, err);

    if (r < 0)
        return r;
    r = make(session, wait_ns, &inventory, err);
    inventory.machine = session->record.run.machine;
    session_free(session);
    if (r < 0) {
        inventory_deinit(&inventory);
        return r;
    }
    *inventory_out = inventory;
    return 0;
}

void inventory_deinit(struct inventory *inventory)
{
    free(inventory->devices);
    free(inventory->used);
    free(inventory->readers);
    free(inventory->gauges);
    *inventory = (struct inventory){ 0 };
}
