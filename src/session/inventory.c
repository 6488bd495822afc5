/* SPDX-License-Identifier: Apache-2.0 */
/* session/inventory.c - what can be measured here, and how */
#include "session/inventory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session_private.h"

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
    session_wait_for_drivers(session, wait_ns);
    r = session_add_channels(session, err);
    if (r == 0 && (copy_devices(session, &inventory) < 0 || copy_readers(session, &inventory) < 0))
        r = aico2_error_set(err, -ENOMEM, "out of memory");
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
    *inventory = (struct inventory){ 0 };
}
