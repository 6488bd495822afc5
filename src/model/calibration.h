/* SPDX-License-Identifier: Apache-2.0 */
/* model/calibration.h - what a machine was seen to draw with nothing to do, and with all it can do */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "model/device.h"

enum { CALIBRATION_TEXT_SIZE = 160 };

/* What a calibration holds for: another machine, kernel or governor makes it worthless. */
struct calibration_basis {
    char hostname[CALIBRATION_TEXT_SIZE];
    char cpu_model[CALIBRATION_TEXT_SIZE];
    int sockets;
    int threads;
    uint64_t memory_gib; /* rounded up: a kernel's own share changes with it */
    char kernel[32];     /* "6.1": patches do not touch power management */
    char governor[32];   /* of cpufreq; "" none */
    char boost[8];       /* "on", "off"; "" unknown */
};

/* One device as its own meter saw it; or, of a CPU without one, what the machine's meter tells. NAN:
 * not known. */
struct calibrated_device {
    char id[DEVICE_ID_SIZE];
    enum device_kind kind;
    char meter[DEVICE_READER_SIZE];
    double idle_watts;
    double full_watts;
    double range_watts; /* full less idle, where only that is known */
    double band_ratio;  /* of the meter */
};

/* The whole machine by a meter of its own: watts = fixed + per_watt x what the parts draw. */
struct calibrated_board {
    char meter[DEVICE_READER_SIZE]; /* "csv": a log that was given; "": there was none */
    double idle_watts;
    double full_watts;
    double fixed_watts;
    double per_watt;
    double band_ratio;
};

struct calibration {
    int64_t wall_ns; /* when */
    struct calibration_basis basis;
    double idle_seconds;
    double idle_busy_cpus;
    double load_seconds; /* NAN: it was not loaded */
    double load_busy_cpus;
    struct calibrated_board board;
    struct calibrated_device *devices; /* owned */
    size_t device_count;
    size_t device_capacity;
};

#define CALIBRATION_NULL                                  \
    ((struct calibration){ .idle_seconds = NAN,           \
                           .idle_busy_cpus = NAN,         \
                           .load_seconds = NAN,           \
                           .load_busy_cpus = NAN,         \
                           .board = { .idle_watts = NAN,  \
                                      .full_watts = NAN,  \
                                      .fixed_watts = NAN, \
                                      .per_watt = NAN,    \
                                      .band_ratio = NAN } })

void calibration_deinit(struct calibration *calibration);
/* One more, all of it unknown. NULL: no memory. */
struct calibrated_device *calibration_add(struct calibration *calibration);
/* By id; NULL: none. */
const struct calibrated_device *calibration_find(const struct calibration *calibration,
                                                 const char *id);
