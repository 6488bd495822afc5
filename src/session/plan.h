/* SPDX-License-Identifier: Apache-2.0 */
/* session/plan.h - how a device is metered, with what rating and band, and what stands in for it */
#pragma once

#include <stdbool.h>

#include "energy/meter.h"
#include "model/device.h"
#include "model/machine.h"

/* How a device will be metered. */
struct plan {
    enum meter_method method;
    struct power_model model;   /* for modelled methods */
    enum meter_method fallback; /* METER_NONE, or what stands in for a counter that never moves */
    struct device fallback_device; /* the device as it then is: basis, band, note */
    char warning[512];             /* for the report; "" none */
    bool calibrated;               /* the model was seen to be so on this machine */
    double idle_half_watts;        /* then: half-width of the idle power */
    double above_idle_ratio;       /* and of what is drawn above it */
};

/* What a reader found, completed from the catalog: rating, idle, band, source, note. */
void plan_cpu_measured(struct device *device, const struct machine *machine, struct plan *plan_out);
/* Of the model that stands in: why, where the counter never had two figures. */
void plan_tell_unread(struct device *device);
void plan_cpu_modelled(struct device *device, const struct machine *machine, struct plan *plan_out);
void plan_dram(struct device *device, const struct machine *machine, struct plan *plan_out);
/* share_ratio: of the memory, what has no counter of its own. */
void plan_memory(struct device *device, const struct machine *machine, double share_ratio,
                 struct plan *plan_out);
void plan_gpu(struct device *device, struct plan *plan_out);
/* Modules and boards: by their counter or power, else not at all. */
void plan_metered(struct device *device, struct plan *plan_out);
/* A meter that is slow and filters is better over minutes than over seconds: the band of a board,
 * once it is known how long it was read. */
void plan_settle_board(struct device *device, double covered_seconds);
