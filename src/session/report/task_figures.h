/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/task_figures.h - what was used between two moments of a run, readings at them or not */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/band.h"
#include "model/totals.h"

struct session;

/* The sums of a device at an edge. */
struct edge_device {
    struct energy_sums sums;
    int64_t read_ns;     /* they are of the reading at this time, until settled */
    double slack_joules; /* they may be off by */
    bool settled;
};

/* A moment at which a task begins or ends. */
struct task_edge {
    int64_t mono_ns;
    int64_t cpu_ns;
    uint64_t readings;
    struct edge_device *devices; /* of the session's devices, those that were known then */
    size_t count;
    bool settled; /* all are */
};

struct task_figures {
    struct band energy_joules; /* that the report's total counts; BAND_NONE: nothing was read */
    double seconds;
    double cpu_seconds;
    uint64_t readings;
};

/* The sums as they are; a reading right before makes them exact. Return: 0 or -ENOMEM. */
int task_edge_take(const struct session *session, int64_t mono_ns, struct task_edge *edge_out);
void task_edge_deinit(struct task_edge *edge);

/* There were readings since: the edge's sums are between those before and after, by time. */
void task_edge_settle(const struct session *session, struct task_edge *edge);

/**
 * task_figures_between() - from an edge to this moment
 * What no reading tells yet is as the last interval was. Idle power and the job's share of idle are those of the
 * run so far. The band is the meters', and what the sums may be off by at both edges: at most what three times
 * the power of the last interval would be over the time to the nearest reading.
 */
void task_figures_between(const struct session *session, struct task_edge *begin, int64_t mono_ns,
                          struct task_figures *figures_out);
