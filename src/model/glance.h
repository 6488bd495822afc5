/* SPDX-License-Identifier: Apache-2.0 */
/* model/glance.h - what is seen of the machine at one moment, for who looks on: power, who uses it, what it costs */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/band.h"
#include "model/device.h"
#include "model/intensity.h"
#include "model/process.h"

enum { GLANCE_CLOSED_MAX = 8, GLANCE_USER_SIZE = 16 };

/* NAN: not known. */
struct glance_device {
    char id[DEVICE_ID_SIZE];
    char model[DEVICE_MODEL_SIZE];
    char reader[DEVICE_READER_SIZE];
    enum device_kind kind;
    enum basis basis;
    bool added;         /* part of the machine's power: it is no board, and no module holds it */
    struct band watts;  /* of the last interval */
    double idle_watts;  /* of these, what it draws with nothing running */
    double rated_watts; /* at full load */
    double utilization_ratio;
    double joules;            /* since the watch began */
    double memory_used_bytes; /* of a card's own */
    double memory_total_bytes;
    double celsius;
    bool is_missing; /* no reading for longer than usual */
};

struct glance_process {
    struct machine_process process;
    char user[GLANCE_USER_SIZE];
};

/* A way to a sensor that is shut. */
struct glance_closed {
    char reader[DEVICE_READER_SIZE];
    char reason[192];
};

/* { 0 } is an empty one. Powers are those of the added devices, of the last interval. */
struct glance {
    int64_t wall_ns;
    double interval_seconds; /* since the glance before */
    double elapsed_seconds;  /* since the watch began */
    char hostname[128];
    int threads;      /* CPUs */
    double cpu_ratio; /* of them that were busy, 0-1 */
    double memory_used_bytes;
    double memory_total_bytes;

    struct band watts;
    double measured_watts; /* by what they rest on: they sum to watts */
    double modelled_watts;
    double assumed_watts;
    double active_watts; /* with idle they sum to watts */
    double idle_watts;

    /* since the watch began */
    double joules;
    double measured_ratio; /* of these */
    double idle_joules;    /* of these, by the floor as it was known at each glance */
    double seen_joules;    /* of processes that are there */
    double ended_joules;   /* of those that have ended */
    double others_joules;  /* of what no process was seen to use; the four sum to joules */
    double seen_watts;     /* of the processes, in the last interval */
    double others_watts;   /* of the last interval */
    struct band gco2e;     /* of the electricity, PUE included */
    struct band gco2e_per_hour;
    double pue;
    struct intensity intensity; /* yearly, where no series tells the hour's */
    bool hourly;                /* of a series, and of now */
    enum intensity_point_quality quality;
    char suggested_country[3]; /* of the time zone, where no place is known; "" */

    struct glance_device *devices;
    size_t device_count;
    size_t device_capacity;
    struct glance_process *processes; /* those that have used something */
    size_t process_count;
    size_t process_capacity;
    size_t process_total; /* that are there */
    struct glance_closed closed[GLANCE_CLOSED_MAX];
    size_t closed_count;
    char notes[4][160]; /* warnings of the watch, the last ones */
    size_t note_count;

    double own_cpu_ratio;   /* of one CPU, since the glance before */
    struct band own_energy; /* joules since the watch began, within those of the devices */
    double own_resident_bytes;
    uint64_t late_ticks;

    int64_t taken_mono_ns; /* from one glance to the next: 0 there was none */
    int64_t own_cpu_ns;
};

/* Of those devices that tell one; NAN where none does, for nothing draws 0 W. */
static inline double glance_idle_watts(const struct glance *glance)
{
    return glance->idle_watts > 0 ? glance->idle_watts : NAN;
}
