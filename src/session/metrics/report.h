/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/report.h - the table of what is exported: from counters and runs to named metrics
 *
 * Names and labels are fixed for users; docs/exporter.md tells them. Energies are rounded down to
 * 0.1 J, powers to 0.1 W, grams down to 0.1 mg: finer figures of a machine's power are a side channel
 * (PLATYPUS), and 0.1 mg is more than 0.1 J of any grid there is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/intensity.h"
#include "model/metrics.h"
#include "model/run.h"
#include "session/metrics/device_counters.h"
#include "session/metrics/own_process.h"

/* A run that goes on or has ended lately. */
struct metrics_run {
    struct run run; /* id, name, stage, state, duration and labels are told */
    double total_joules;
    double total_gco2e; /* what the run's report says: with the making of the hardware */
};

struct metrics_reader {
    const char *name;
    bool up; /* each of its devices was read, and not long ago */
};

/* Beside the names of our own, those of another program, so that dashboards made for it work. */
enum metrics_names { METRICS_AICO2, METRICS_KEPLER, METRICS_SCAPHANDRE };

/* Whether what is measured reaches the history. */
enum metrics_history { METRICS_NO_HISTORY, METRICS_STORED, METRICS_NOT_STORED };

/* NULL and 0: nothing is told of it. */
struct metrics_source {
    const struct device_counters *counters;
    const struct intensity *intensity; /* of the grid, now */
    const struct metrics_run *runs;    /* each id once */
    size_t run_count;
    const struct metrics_reader *readers; /* each name once */
    size_t reader_count;
    const struct own_process *process;
    const char *node; /* the host's name, which Kepler's series have */
    enum metrics_names names;
    enum metrics_history history;
    int64_t wall_ns; /* when it was so */
};

/* Empties the snapshot and fills it. What is unavailable is left out; metrics->failed tells of ENOMEM. */
void metrics_of_report(struct metrics *metrics, const struct metrics_source *source);

/* The families of runs alone, added to what there is. */
void metrics_add_runs(struct metrics *metrics, const struct metrics_run *runs, size_t count);
