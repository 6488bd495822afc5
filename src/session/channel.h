/* SPDX-License-Identifier: Apache-2.0 */
/* session/channel.h - one device on its way through the stages: meter, attribution, sums */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy/meter.h"
#include "model/sample.h"
#include "model/totals.h"
#include "session/plan.h"

enum { CHANNEL_NO_SOURCE = -1 };

/* Energy over a stretch of time long enough for its mean power to mean something. */
struct power_window {
    double joules;
    double seconds;
};

/* How the job's part of a GPU's work was found. */
enum gpu_way {
    GPU_BY_SM,     /* the driver's SM or engine time per process */
    GPU_BY_MEMORY, /* it does not give that: memory residency stands in */
    GPU_PRESUMED,  /* it cannot tell whose the work is: taken for the job's */
    GPU_ABSENT,    /* it knows the job's processes, and this GPU has none of them */
    GPU_WAYS,
};

struct gpu_use {
    double utilization_ratio; /* the last one told */
    double sm_ratio;          /* SM time of everybody by the last list, 0-1; 0 unknown */
    double job_ratio;         /* the job's part of it, 0-1 */
    double busy_ratio;        /* how busy it was, as far as anything tells, 0-1 */
    enum gpu_way way;
    double activity_seconds[GPU_WAYS];
    int64_t sm_mono_ns;    /* of the last list with SM time */
    size_t listed;         /* processes in the last list */
    uint64_t strangers;    /* of the last list, a number for those whom nobody had met */
    size_t lists;          /* how many there were while the job lived */
    double hidden_ratio;   /* of the last list: whose work is not seen */
    double hidden_seconds; /* of activity */
    bool accounted;        /* the driver has given a list */
    bool own_pids;         /* by our own /proc */
    bool met;              /* somebody has been listed */
    bool timed;            /* with the time of each process, be it 0 */
    bool job_seen;         /* with one of the job's in it */
    bool utilization_known;
    struct power_window peak; /* of the counter */
};

struct channel {
    struct plan plan;
    struct meter meter;
    size_t source;      /* of the energy or power */
    size_t at;          /* index into its samples */
    struct sample last; /* its last answer; processes not kept */
    bool fresh;         /* not accounted yet */
    uint64_t
        memory_used_bytes; /* of a card's own, as it was told last: not every answer has it; 0 never */
    double celsius;        /* as it was told last; NAN never */
    const char *noted;     /* the note of a sample that has been taken over */
    struct device_totals totals;
    double watts;                 /* mean power of the last interval that had one; NAN */
    int64_t accounted_ns;         /* end of the last interval; 0: there was none */
    struct energy_sums last_sums; /* of it, and of what lies before where it was short */
    double last_seconds;          /* that they are of */
    struct power_window lowest;
    struct power_window idle;

    /* what no row of --samples and the history holds yet, with rows further apart than readings */
    struct energy_sums row_sums;
    double row_seconds;

    /* CPU packages: where their utilisation comes from */
    int activity_source; /* CHANNEL_NO_SOURCE: nowhere */
    size_t activity_at;
    size_t activity_errors; /* readings of it that failed */
    struct sample activity;
    int64_t raised_ns;    /* CPU time the exact clocks know of and the machine's do not */
    int64_t util_busy_ns; /* cumulative CPU time and when, at the last interval */
    int64_t util_mono_ns;

    /* a counter that has not moved yet is not believed: what its stand-in says meanwhile */
    bool proven;
    bool forgotten; /* it never did, and nothing stands in: said already */
    struct meter shadow;
    struct energy_sums shadow_sums;
    double shadow_peak_watts;

    /* activity since the last interval of this device; a GPU's is taken from its process list */
    double job_activity;
    double all_activity;
    double gpu_part; /* of a module's work, 0-1: what its graphics do, by what their rails draw */
    struct gpu_use gpu;

    /* of another process's: what its page said last */
    bool is_told;
    int64_t told_ns;
    struct energy_sums told_sums;

    size_t errors; /* readings that failed */
    bool derived;  /* from other devices: it has no reader */
};
