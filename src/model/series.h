/* SPDX-License-Identifier: Apache-2.0 */
/* model/series.h - readings that somebody else took, handed on one after the other
 *
 * The seam between where past readings come from (a log; later a time-series server) and what makes a
 * run of them (session/series/run.h). A source is opened by who knows its form, and asked for the next
 * reading until there is none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "model/device.h"
#include "model/run.h"
#include "model/sample.h"

/* How a device's energy is told. */
enum series_kind {
    SERIES_POWER,       /* watts at a moment: SAMPLE_POWER */
    SERIES_COUNTER,     /* microjoules that only rise: SAMPLE_ENERGY; burst_watts bounds them */
    SERIES_UTILIZATION, /* only how busy it was: its energy is a model's, idle_watts to max_watts */
    SERIES_NONE,        /* not at all: what else is known of it is shown */
    SERIES_BUSY,        /* CPU time that only rises: SAMPLE_BUSY; else as SERIES_UTILIZATION */
};

struct series_device {
    struct device device;
    enum series_kind kind;
    int64_t interval_ns; /* of its readings, where they have one of their own; 0: the series' */
    bool from_zero;      /* a counter that begins at 0 when it begins anew */
};

/* A clear bit in sample.valid is "not measured"; its time counts all the same. */
struct series_reading {
    size_t device;        /* index into the source's */
    struct sample sample; /* mono_ns: nanoseconds of UTC, rising for each device */
};

/* What a source says of the run and of its machine beside readings; "" and NAN: nothing. */
struct series_facts {
    char name[RUN_NAME_SIZE];
    char stage[RUN_WORD_SIZE];
    char run_id[64]; /* as the other program called it */
    char country[64];
    char hostname[128];
    char os[32];
    char os_release[96];
    char arch[32];
    char cpu_model[DEVICE_MODEL_SIZE];
    int threads; /* of the machine's CPU; 0 */
    double pue;  /* what its own figures were multiplied by */
};

#define SERIES_FACTS_NULL ((struct series_facts){ .pue = NAN })

struct series {
    /* the reading's processes are none. Return: 1, 0 at the end, or -errno */
    int (*next)(struct series *series, struct series_reading *reading_out, struct aico2_error *err);
    void (*close)(struct series *series);
    /* after the end of a run: goes on to another, with devices and facts of its own; NULL: there is
     * but one. Return: 1, 0 there is none, or -errno */
    int (*next_run)(struct series *series, struct aico2_error *err);

    /* known as soon as it is open */
    struct series_device *devices; /* the source's */
    size_t device_count;
    int64_t interval_ns; /* nominal; 0: as the readings come */
    bool jetson;         /* of an NVIDIA Jetson, whatever this machine is */
    struct series_facts facts;

    /* known at the end */
    char **notes; /* of all of it: what was skipped, which zone was assumed; one line each */
    size_t note_count;
    struct digest digest; /* of the text the run was read from */
};

static inline void series_close(struct series *series)
{
    if (series != NULL)
        series->close(series);
}
