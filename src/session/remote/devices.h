/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/devices.h - the devices of a server's answer as the meters take them: model, rating, band */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "energy/meter.h"
#include "model/series.h"
#include "session/remote/window.h"

struct remote_devices {
    struct series_device *items;
    struct power_model *models;         /* one an item */
    const struct remote_device **which; /* one an item: what it was made of */
    size_t count;
    size_t *at;     /* of each device of the answer its first item; SIZE_MAX: it is not taken */
    size_t *copies; /* how many items it has: a load of all processors is each one's */
    char **notes;   /* of the models: a processor that no table has */
    size_t note_count;
};
void remote_devices_deinit(struct remote_devices *devices);

/**
 * remote_devices_make() - one item a device; for a load of all processors one a socket; for memory none
 * where its DRAM is metered
 * @here:  this machine, which may be one of the hosts; NULL: unknown
 * @apart: ids carry the host's name: "gpu0@node1"
 * Return: 0 or -ENOMEM
 */
int remote_devices_make(const struct remote_answer *answer, const struct machine *here, bool apart,
                        struct remote_devices *devices_out, struct aico2_error *err);
