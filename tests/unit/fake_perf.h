/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/fake_perf.h - performance counters of CPUs that say what a test says */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "readers/perf_event.h"

enum { FAKE_PERF_MAX = 320 };

struct fake_perf_counter {
    uint32_t type;
    uint64_t config;
    int cpu;
    uint64_t value;  /* counts up for ever; who opens it sees what comes from then on */
    int open_error;  /* -errno of the next openings; 0: none */
    int read_error;  /* the same of readings */
    uint64_t opened; /* how often */
};

struct fake_perf {
    struct perf_events events;
    struct fake_perf_counter counters[FAKE_PERF_MAX];
    size_t count;
    uint64_t base[4 * FAKE_PERF_MAX]; /* by descriptor: the value when it was opened */
    int counter_of[4 * FAKE_PERF_MAX];
    size_t descriptors;
    size_t open_now;
};

void fake_perf_init(struct fake_perf *perf);
/* A counter that can be opened; any other is -EINVAL, as of an event that a PMU has not. */
struct fake_perf_counter *fake_perf_add(struct fake_perf *perf, uint32_t type, uint64_t config,
                                        int cpu);
/* Joules in counts of 2^-32 J. */
void fake_perf_use(struct fake_perf_counter *counter, double joules);
