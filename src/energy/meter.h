/* SPDX-License-Identifier: Apache-2.0 */
/* energy/meter.h - from two readings of a device to the joules between them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy/counter.h"
#include "model/device.h"
#include "model/sample.h"

enum { METER_CURVE_MAX = 12 };

/* How a device without a sensor draws power: P(u) = idle + (full - idle) * shape(u). */
struct power_model {
    double idle_watts;
    double full_watts;
    size_t count; /* 0: linear */
    double load_ratio[METER_CURVE_MAX];
    double shape[METER_CURVE_MAX];
};

double power_model_watts(const struct power_model *model, double utilization_ratio);

enum meter_method {
    METER_COUNTER,     /* integer differences of an energy counter */
    METER_POWER,       /* trapezoid over power readings */
    METER_BUSY,        /* model over cumulative CPU time */
    METER_UTILIZATION, /* model over a driver's utilisation figure */
    METER_NONE,        /* utilisation only, or nothing */
};

struct meter {
    enum meter_method method;
    struct power_model model;
    struct energy_counter counter;
    uint32_t epoch; /* of the counter's last reading */
    double threads;
    int64_t interval_ns; /* nominal: a hole of more than 2.5 of it is a gap for power readings */
    bool started;
    int64_t last_mono_ns; /* of the last reading that was used */
    double last_watts;
    int64_t last_busy_ns;
    uint64_t resets; /* counted for the report's note */
    bool from_zero;  /* of METER_COUNTER: see energy/counter.h; set before the first reading */
};

/* What happened between the last used reading and this one. */
struct interval {
    double seconds; /* 0: nothing to account yet (first or invalid reading) */
    bool gap;       /* the time is not backed by readings; joules is 0 */
    bool restarted; /* the counter began anew in it: joules is what it counted since */
    double joules;
    double watts;             /* mean power; NAN when the counter has not moved */
    double peak_watts;        /* highest power seen; NAN */
    double utilization_ratio; /* NAN unknown */
};

/* rated_watts or burst_watts of the device must be known (> 0) for METER_COUNTER. */
void meter_init(struct meter *meter, const struct device *device, enum meter_method method,
                const struct power_model *model, int64_t interval_ns);

/* The counter has not moved for so long that it no longer counts: what is drawn meanwhile is
 * unknown. */
bool meter_is_stalled(const struct meter *meter, int64_t mono_ns);

/**
 * meter_advance() - account the time up to a reading
 * @busy_ns: for METER_BUSY, cumulative CPU time of the device's threads where it is known better
 *           than the sample says; negative: take the sample's
 * An invalid sample gives an interval of 0 seconds: counters bridge it later, power readings will
 * show a gap.
 * So does a counter that stands still for long: nothing that is on draws nothing. One that began
 * anew leaves a gap.
 */
void meter_advance(struct meter *meter, const struct sample *sample, int64_t busy_ns,
                   struct interval *interval_out);
