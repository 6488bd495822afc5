/* SPDX-License-Identifier: Apache-2.0 */
/* session/checks.c - every way to a meter of this machine: its state, and what it does to a band */
#include "session/checks.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "session/session_private.h"

/* All that a line is made of. */
struct look {
    const struct session *session;
    const bool *still;
    const char *program;
};

/* Of a device whose counter does not move: that of what stands in for it. */
static double band_of(const struct look *look, size_t index)
{
    const struct channel *channel = &look->session->channels[index];

    if (look->still[channel->source] && channel->plan.fallback != METER_NONE)
        return channel->plan.fallback_device.band_ratio;
    return look->session->record.devices[index].band_ratio;
}

/* The widest of the devices of a kind as a run would count them: what holds for all of them. reader:
 * NULL for whoever reads them. (fmax() takes NAN, unknown, for nothing.) */
static double band_of_used(const struct look *look, enum device_kind kind, const char *reader)
{
    const struct session *session = look->session;
    double band = NAN;

    for (size_t i = 0; i < session->record.device_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (device->kind == kind && (reader == NULL || strcmp(device->reader, reader) == 0))
            band = fmax(band, band_of(look, i));
    }
    return band;
}

/* Of the processor for those who cannot read its counter. */
static double band_without(const struct look *look)
{
    double band = NAN;

    for (size_t i = 0; i < look->session->record.device_count; i++) {
        if (look->session->record.devices[i].kind == DEVICE_CPU &&
            look->session->channels[i].plan.fallback != METER_NONE)
            band = fmax(band, look->session->channels[i].plan.fallback_device.band_ratio);
    }
    return band;
}

/* Meters of the machine stand beside each other: the best says how well it is known. */
static double band_of_machine(const struct session *session)
{
    double band = NAN;

    for (size_t i = 0; i < session->record.device_count; i++) {
        if (session->record.devices[i].kind == DEVICE_BOARD)
            band = fmin(band, session->record.devices[i].band_ratio);
    }
    return band;
}

/* Each GPU has a reader of its own. A module that is not measured is modelled as CPU and memory, and
 * memory is metered as DRAM. */
static double band_now(const struct look *look, const struct reader_driver *driver)
{
    double band = band_of_used(look, driver->domain, driver->name);

    if (isfinite(band))
        return band;
    switch (driver->domain) {
    case DEVICE_GPU:
        return NAN;
    case DEVICE_MODULE:
        band = band_of_used(look, DEVICE_MODULE, NULL);
        return isfinite(band) ? band : band_of_used(look, DEVICE_CPU, NULL);
    case DEVICE_MEMORY:
        band = band_of_used(look, DEVICE_MEMORY, NULL);
        return isfinite(band) ? band : band_of_used(look, DEVICE_DRAM, NULL);
    case DEVICE_BOARD:
        return band_of_machine(look->session);
    case DEVICE_CPU:
    case DEVICE_DRAM:
    case DEVICE_PART:
    case DEVICE_OTHER:
        return band_of_used(look, driver->domain, NULL);
    }
    return NAN;
}

/* What a reader says of itself, whatever it has found. */
static double band_open(const struct source *source, double told)
{
    if (told > 0)
        return told;
    return source->driver->band_ratio > 0 ? source->driver->band_ratio : NAN;
}

/* What a reader's own devices say, else what it says of itself. */
static double band_with(const struct source *source, double told)
{
    double band = NAN;

    for (size_t i = 0; source->reader != NULL && i < source->reader->device_count; i++) {
        if (source->reader->devices[i].kind == source->driver->domain)
            band = fmax(band, source->reader->devices[i].band_ratio);
    }
    return told > 0 || !isfinite(band) ? band_open(source, told) : band;
}

static bool is_open(enum reader_state state)
{
    return state == READER_USED || state == READER_AVAILABLE;
}

/* Read through it, and yet something is said of it: one of its meters is closed. */
static bool is_partly_closed(const struct sensor_check *check)
{
    return check->state == READER_USED && check->reason[0] != '\0';
}

/* What it tells is taken for a model where it could be a meter. */
static bool stands_in(const struct look *look, const struct reader_driver *driver)
{
    for (size_t i = 0; i < look->session->record.device_count; i++) {
        const struct device *device = &look->session->record.devices[i];

        if (device->basis != BASIS_MEASURED && device->kind == driver->domain &&
            strcmp(device->reader, driver->name) == 0)
            return true;
    }
    return false;
}

/* What is used has shrunk the band already, and what is outranked would not; what nothing opens has
 * no then. */
static void set_bands(const struct look *look, const struct source *source, double told,
                      struct sensor_check *check)
{
    check->domain = source->driver->domain;
    check->band_now = band_now(look, source->driver);
    check->band_then = NAN;
    if (is_partly_closed(check) && stands_in(look, source->driver))
        check->band_then = fmin(check->band_now, band_open(source, told));
    else if (is_open(check->state))
        check->band_then = check->band_now;
    else if (check->fix[0] != '\0' || check->state == READER_DENIED)
        check->band_then = band_with(source, told);
    else if (check->domain == DEVICE_MODULE && check->state == READER_ABSENT)
        check->band_now = NAN; /* there is no module whose band it could be */
    check->band_others = check->root_only && check->domain == DEVICE_CPU ? band_without(look) : NAN;
    check->no_better = !is_open(check->state) && isfinite(check->band_now) &&
                       isfinite(check->band_then) && check->band_then >= check->band_now;
}

/* Written before, and it does not help: not yet, or not this user. */
static bool has_file(const struct look *look, const struct sensor_check *check)
{
    int etc_fd = look->session->environment.reader.etc_fd;

    return check->remedy != NULL && check->remedy->path != NULL && etc_fd >= 0 &&
           faccessat(etc_fd, check->remedy->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void set_remedy(const struct look *look, enum remedy_id id, const char *fix,
                       struct sensor_check *check)
{
    check->remedy = remedy_find(id);
    (void)snprintf(check->fix, sizeof(check->fix), "%s", fix);
    if (check->fix[0] == '\0' && check->remedy != NULL &&
        (!is_open(check->state) || check->root_only || is_partly_closed(check)))
        remedy_command(check->remedy, look->program, check->sensor, check->fix, sizeof(check->fix));
    check->file_there = has_file(look, check);
}

/* Read it may be, believed it is not: a run finds that out after a second. */
static void judge_counter(const struct look *look, const struct source *source,
                          struct sensor_check *check)
{
    if (check->state != READER_USED || !look->still[source - look->session->sampler.sources])
        return;
    check->state = READER_BROKEN;
    check->root_only = false;
    check->reason[0] = check->fix[0] = '\0';
    check->remedy = NULL;
    text_append(check->reason, sizeof(check->reason),
                "its counter does not move: a run models the processor instead%s",
                look->session->record.run.machine.virtualized
                    ? " (the hypervisor shows a counter that it does not fill)"
                    : "");
}

static void add_check(const struct look *look, const struct source *source,
                      const struct inventory_reader *row, struct inventory *inventory)
{
    struct sensor_check *check = &inventory->checks[inventory->check_count++];

    *check = (struct sensor_check){ .reader = row->name,
                                    .summary = row->summary,
                                    .state = row->state,
                                    .root_only = is_open(row->state) && source->status->root_only };
    (void)snprintf(check->sensor, sizeof(check->sensor), "%s", row->name);
    (void)snprintf(check->reason, sizeof(check->reason), "%s",
                   row->state == READER_AVAILABLE && row->reason[0] == '\0'
                       ? "another reader of the same device is better"
                       : row->reason);
    set_remedy(look, source->status->remedy, source->status->fix, check);
    judge_counter(look, source, check);
    set_bands(look, source, source->status->band_ratio, check);
}

/* A door cannot be used more than its reader is. */
static void add_door(const struct look *look, const struct source *source,
                     const struct inventory_reader *row, const struct reader_door *door,
                     struct inventory *inventory)
{
    struct sensor_check *check = &inventory->checks[inventory->check_count++];

    *check = (struct sensor_check){ .reader = row->name,
                                    .summary = row->summary,
                                    .state = door->state,
                                    .root_only = is_open(door->state) && door->root_only };
    if (check->state == READER_USED && row->state != READER_USED)
        check->state = READER_AVAILABLE;
    (void)snprintf(check->sensor, sizeof(check->sensor), "%s", door->name);
    (void)snprintf(check->reason, sizeof(check->reason), "%s", door->reason);
    if (row->state == READER_AVAILABLE && !is_open(door->state))
        text_append_note(check->reason, sizeof(check->reason),
                         "not needed: another reader has better");
    else
        set_remedy(look, door->remedy, door->fix, check);
    judge_counter(look, source, check);
    set_bands(look, source, door->band_ratio > 0 ? door->band_ratio : source->status->band_ratio,
              check);
}

/* A door may make a reader better that does without: it has a line then, too. */
static bool has_a_line(const struct source *source, const struct inventory_reader *row,
                       size_t doors)
{
    bool none_open = is_open(row->state);

    for (size_t i = 0; i < doors; i++)
        none_open = none_open && !is_open(source->status->doors[i].state);
    return doors == 0 || none_open;
}

static size_t doors_of(const struct reader_status *status)
{
    return status->door_count < READER_DOORS_MAX ? status->door_count : READER_DOORS_MAX;
}

int checks_make(const struct session *session, const bool *still, const char *program,
                struct inventory *inventory)
{
    const struct look look = { .session = session, .still = still, .program = program };
    size_t count = 0;

    for (size_t i = 0; i < session->sampler.source_count; i++)
        count += 1 + doors_of(session->sampler.sources[i].status);
    inventory->checks = calloc(count + 1, sizeof(*inventory->checks));
    if (inventory->checks == NULL)
        return -ENOMEM;

    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];
        const struct inventory_reader *row = &inventory->readers[i];
        size_t doors = doors_of(source->status);

        if (has_a_line(source, row, doors))
            add_check(&look, source, row, inventory);
        for (size_t j = 0; j < doors; j++)
            add_door(&look, source, row, &source->status->doors[j], inventory);
    }
    return 0;
}
