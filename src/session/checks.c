/* SPDX-License-Identifier: Apache-2.0 */
/* session/checks.c - every way to a meter of this machine: its state, and what it does to a band */
#include "session/checks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "session/session_private.h"

/* The widest of the devices of a kind as a run would count them: what holds for all of them. reader:
 * NULL for whoever reads them. (fmax() takes NAN, unknown, for nothing.) */
static double band_of_used(const struct session *session, enum device_kind kind, const char *reader)
{
    double band = NAN;

    for (size_t i = 0; i < session->record.device_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (device->kind == kind && (reader == NULL || strcmp(device->reader, reader) == 0))
            band = fmax(band, device->band_ratio);
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
static double band_now(const struct session *session, const struct reader_driver *driver)
{
    double band = band_of_used(session, driver->domain, driver->name);

    if (isfinite(band))
        return band;
    switch (driver->domain) {
    case DEVICE_GPU:
        return NAN;
    case DEVICE_MODULE:
        band = band_of_used(session, DEVICE_MODULE, NULL);
        return isfinite(band) ? band : band_of_used(session, DEVICE_CPU, NULL);
    case DEVICE_MEMORY:
        band = band_of_used(session, DEVICE_MEMORY, NULL);
        return isfinite(band) ? band : band_of_used(session, DEVICE_DRAM, NULL);
    case DEVICE_BOARD:
        return band_of_machine(session);
    case DEVICE_CPU:
    case DEVICE_DRAM:
    case DEVICE_OTHER:
        return band_of_used(session, driver->domain, NULL);
    }
    return NAN;
}

/* What a reader's own devices say, else what it says of itself. */
static double band_with(const struct source *source, double told)
{
    double band = NAN;

    for (size_t i = 0; source->reader != NULL && i < source->reader->device_count; i++) {
        if (source->reader->devices[i].kind == source->driver->domain)
            band = fmax(band, source->reader->devices[i].band_ratio);
    }
    if (told > 0)
        return told;
    if (isfinite(band))
        return band;
    return source->driver->band_ratio > 0 ? source->driver->band_ratio : NAN;
}

static bool is_open(enum reader_state state)
{
    return state == READER_USED || state == READER_AVAILABLE;
}

/* What is used has shrunk the band already, and what is outranked would not; what nothing opens has
 * no then. */
static void set_bands(const struct session *session, const struct source *source, double told,
                      struct sensor_check *check)
{
    check->domain = source->driver->domain;
    check->band_now = band_now(session, source->driver);
    check->band_then = NAN;
    if (is_open(check->state))
        check->band_then = check->band_now;
    else if (check->fix[0] != '\0' || check->state == READER_DENIED)
        check->band_then = band_with(source, told);
    else if (check->domain == DEVICE_MODULE && check->state == READER_ABSENT)
        check->band_now = NAN; /* there is no module whose band it could be */
}

/* Read through it, and yet something is said of it: one of its meters is closed. */
static bool is_partly_closed(const struct sensor_check *check)
{
    return check->state == READER_USED && check->reason[0] != '\0';
}

static void set_remedy(enum remedy_id id, const char *fix, const char *program,
                       struct sensor_check *check)
{
    check->remedy = remedy_find(id);
    (void)snprintf(check->fix, sizeof(check->fix), "%s", fix);
    if (check->fix[0] == '\0' && check->remedy != NULL &&
        (!is_open(check->state) || check->root_only || is_partly_closed(check)))
        remedy_command(check->remedy, program, check->sensor, check->fix, sizeof(check->fix));
}

static void add_check(const struct session *session, const struct source *source,
                      const struct inventory_reader *row, const char *program,
                      struct inventory *inventory)
{
    struct sensor_check *check = &inventory->checks[inventory->check_count++];

    *check = (struct sensor_check){ .reader = row->name,
                                    .summary = row->summary,
                                    .state = row->state,
                                    .root_only = is_open(row->state) && source->status.root_only };
    (void)snprintf(check->sensor, sizeof(check->sensor), "%s", row->name);
    (void)snprintf(check->reason, sizeof(check->reason), "%s", row->reason);
    set_remedy(source->status.remedy, source->status.fix, program, check);
    set_bands(session, source, source->status.band_ratio, check);
}

/* A door cannot be used more than its reader is. */
static void add_door(const struct session *session, const struct source *source,
                     const struct inventory_reader *row, const struct reader_door *door,
                     const char *program, struct inventory *inventory)
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
        set_remedy(door->remedy, door->fix, program, check);
    set_bands(session, source, door->band_ratio > 0 ? door->band_ratio : source->status.band_ratio,
              check);
}

/* A door may make a reader better that does without: it has a line then, too. */
static bool has_a_line(const struct source *source, const struct inventory_reader *row,
                       size_t doors)
{
    bool none_open = is_open(row->state);

    for (size_t i = 0; i < doors; i++)
        none_open = none_open && !is_open(source->status.doors[i].state);
    return doors == 0 || none_open;
}

static size_t doors_of(const struct reader_status *status)
{
    return status->door_count < READER_DOORS_MAX ? status->door_count : READER_DOORS_MAX;
}

int checks_make(const struct session *session, const char *program, struct inventory *inventory)
{
    size_t count = 0;

    for (size_t i = 0; i < session->sampler.source_count; i++)
        count += 1 + doors_of(&session->sampler.sources[i].status);
    inventory->checks = calloc(count + 1, sizeof(*inventory->checks));
    if (inventory->checks == NULL)
        return -ENOMEM;

    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];
        const struct inventory_reader *row = &inventory->readers[i];
        size_t doors = doors_of(&source->status);

        if (has_a_line(source, row, doors))
            add_check(session, source, row, program, inventory);
        for (size_t j = 0; j < doors; j++)
            add_door(session, source, row, &source->status.doors[j], program, inventory);
    }
    return 0;
}
