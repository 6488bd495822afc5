/* SPDX-License-Identifier: Apache-2.0 */
/* session/inventory.c - what can be measured here, asked of every reader there is */
#include "session/inventory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "readers/gauges.h"
#include "session/calibration/still.h"
#include "session/checks.h"
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

/* The device that is used in place of another. */
static const struct device *winner_over(const struct session *session, const struct device *device)
{
    for (size_t i = 0; i < session->record.device_count; i++) {
        const struct device *used = &session->record.devices[i];
        bool same = used->kind == device->kind ||
                    (used->kind == DEVICE_DRAM && device->kind == DEVICE_MEMORY);

        if (used->kind == DEVICE_BOARD &&
            !session->sampler.sources[session->channels[i].source].driver->of_machine)
            continue; /* psys and a carrier board stand beside the others */
        if (same && (used->index == device->index || device->kind == DEVICE_MEMORY ||
                     device->kind == DEVICE_BOARD))
            return used;
    }
    return NULL;
}

static const char *meter_name(const char *reader)
{
    static const char *const names[][2] = {
        { "pm_counters", "the node's own counter" },
        { "acpi_meter", "the ACPI meter, which is as prompt" },
        { "ipmi", "that of the management controller, which is as prompt or more" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(reader, names[i][0]) == 0)
            return names[i][1];
    }
    return reader;
}

static void explain_unused(const struct session *session, struct inventory_device *row)
{
    const struct device *winner = winner_over(session, &row->device);

    for (size_t i = 0; row->device.basis != BASIS_MEASURED && i < session->record.device_count;
         i++) {
        if (session->record.devices[i].kind == DEVICE_MODULE)
            winner = &session->record.devices[i];
    }
    if (winner == NULL)
        (void)snprintf(row->reason, sizeof(row->reason),
                       "another reader of the same device is better");
    else if (winner->kind == DEVICE_BOARD)
        (void)snprintf(row->reason, sizeof(row->reason), "one meter of the machine is shown: %s",
                       meter_name(winner->reader));
    else if (winner->kind == row->device.kind)
        (void)snprintf(row->reason, sizeof(row->reason), "%s measures it", winner->reader);
    else
        (void)snprintf(row->reason, sizeof(row->reason), "%s measures it as %s%s", winner->reader,
                       winner->kind == DEVICE_MODULE ? "a part of " : "", winner->id);
}

static int copy_devices(const struct session *session, struct inventory *inventory)
{
    size_t count = session->record.device_count;

    for (size_t i = 0; i < session->sampler.source_count; i++) {
        if (session->sampler.sources[i].reader != NULL)
            count += session->sampler.sources[i].reader->device_count;
    }
    inventory->devices = calloc(count + 1, sizeof(*inventory->devices));
    if (inventory->devices == NULL)
        return -ENOMEM;

    for (size_t i = 0; i < session->record.device_count; i++) {
        if (session->record.devices[i].kind != DEVICE_PART) /* its rail is among the gauges */
            inventory->devices[inventory->device_count++] =
                (struct inventory_device){ .device = session->record.devices[i], .used = true };
    }
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct reader *reader = session->sampler.sources[i].reader;

        for (size_t j = 0; reader != NULL && j < reader->device_count; j++) {
            struct inventory_device *row = &inventory->devices[inventory->device_count];

            if (is_used(session, i, j) || reader->devices[j].kind == DEVICE_PART)
                continue;
            row->device = reader->devices[j];
            explain_unused(session, row);
            inventory->device_count++;
        }
    }
    return 0;
}

static void fix_of_door(const struct reader_door *door, const char *program,
                        struct inventory_reader *row)
{
    const struct remedy *remedy = remedy_find(door->remedy);

    (void)snprintf(row->fix, sizeof(row->fix), "%s", door->fix);
    if (row->fix[0] == '\0' && remedy != NULL)
        remedy_command(remedy, program, door->name, row->fix, sizeof(row->fix));
}

/* One command for all of its doors: the first that has one. */
static void copy_status(const struct reader_status *status, const char *program,
                        struct inventory_reader *row)
{
    size_t doors = status->door_count < READER_DOORS_MAX ? status->door_count : READER_DOORS_MAX;
    const struct remedy *remedy = remedy_find(status->remedy);

    row->state = status->state;
    row->root_only = status->root_only;
    for (size_t i = 0; i < doors; i++)
        row->root_only =
            row->root_only || (status->doors[i].state == READER_USED && status->doors[i].root_only);
    (void)snprintf(row->reason, sizeof(row->reason), "%s", status->reason);
    (void)snprintf(row->fix, sizeof(row->fix), "%s", status->fix);
    (void)snprintf(row->detail, sizeof(row->detail), "%s", status->detail);
    if (row->fix[0] != '\0' || status->state == READER_USED)
        return;
    if (remedy != NULL)
        remedy_command(remedy, program, row->name, row->fix, sizeof(row->fix));
    for (size_t i = 0; row->fix[0] == '\0' && i < doors; i++)
        fix_of_door(&status->doors[i], program, row);
}

static int copy_readers(const struct session *session, const char *program,
                        struct inventory *inventory)
{
    inventory->readers = calloc(session->sampler.source_count + 1, sizeof(*inventory->readers));
    if (inventory->readers == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];
        struct inventory_reader *row = &inventory->readers[inventory->reader_count++];

        row->name = source->driver->name;
        row->summary = source->driver->summary;
        copy_status(source->status, program, row);
        if (!source->probed) {
            row->state = READER_BROKEN;
            (void)snprintf(row->reason, sizeof(row->reason), "the driver does not answer");
        }
        if (source->reader == NULL || row->state == READER_DENIED || row->state == READER_BROKEN)
            continue;
        row->state = READER_AVAILABLE;
        for (size_t j = 0; j < source->reader->device_count; j++) {
            if (is_used(session, i, j))
                row->state = READER_USED;
        }
    }
    return 0;
}

/* Long against the ticks of 10 ms in /proc/stat, short for who waits. */
static const int64_t LOAD_NS = 250 * NSEC_PER_MSEC;

/* The first reading was taken at begin_ns. */
static int copy_gauges(const struct session *session, struct gauges *gauges, int64_t begin_ns,
                       struct inventory *inventory)
{
    const struct gauge *items;
    size_t count;

    if (session->options.sysroot == NULL)
        clock_pause_ns(begin_ns + LOAD_NS - clock_mono_ns());
    if (gauges_read(gauges, &items, &count) < 0)
        return -ENOMEM;
    inventory->gauges = calloc(count + 1, sizeof(*inventory->gauges));
    if (inventory->gauges == NULL)
        return -ENOMEM;
    if (count > 0)
        memcpy(inventory->gauges, items, count * sizeof(*items));
    inventory->gauge_count = count;
    return 0;
}

static int copy_all(struct session *session, const struct inventory_options *asked,
                    struct inventory *inventory)
{
    AICO2_CLEANUP(freep) bool *still = calloc(session->sampler.source_count + 1, sizeof(*still));
    int r = still == NULL ? -ENOMEM : copy_devices(session, inventory);

    if (r == 0)
        r = copy_readers(session, asked->program, inventory);
    if (r == 0 && asked->watch_ns > 0)
        r = still_find(session, asked->watch_ns, still);
    if (r == 0)
        r = checks_make(session, still, asked->program, inventory);
    return r;
}

static int make(struct session *session, const struct inventory_options *asked,
                struct inventory *inventory, struct aico2_error *err)
{
    int64_t begin_ns = clock_mono_ns();
    struct gauges *gauges = NULL;
    const struct gauge *items;
    size_t count;
    int r = asked->gauges ? gauges_new(&session->environment.reader, &gauges) : 0;

    if (r == 0 && gauges != NULL)
        r = gauges_read(gauges, &items, &count);
    if (r == 0) {
        session_wait_for_drivers(session, asked->wait_ns);
        r = session_add_channels(session, err);
    }
    if (r == 0)
        r = copy_all(session, asked, inventory);
    if (r == 0 && gauges != NULL)
        r = copy_gauges(session, gauges, begin_ns, inventory);
    gauges_free(gauges);
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

int inventory_make(const struct inventory_options *asked, struct inventory *inventory_out,
                   struct aico2_error *err)
{
    const struct session_options options = {
        .interval_ns = NSEC_PER_SEC,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
        .sysroot = asked->sysroot,
        .explain = true,
        .nvml_path = asked->nvml_path,
        .log = asked->log,
        .root = getpid(),
        .calibration = asked->calibration,
    };
    struct inventory inventory = { 0 };
    struct session *session;
    int r = session_new(&session, &options, err);

    if (r < 0)
        return r;
    r = make(session, asked, &inventory, err);
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
    free(inventory->readers);
    free(inventory->checks);
    free(inventory->gauges);
    *inventory = (struct inventory){ 0 };
}
