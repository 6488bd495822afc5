/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauge_sources.h - where live figures come from, a function each */
#pragma once

#include <stdint.h>

#include "readers/gauge_list.h"
#include "readers/reader.h"
#include "readers/topology.h"

/* CPU time of each CPU at the last reading, in ticks. */
struct gauge_cpu_times {
    uint64_t *busy_ticks; /* by the CPU's number; NULL: there was no reading yet */
    uint64_t *rest_ticks;
    size_t count;
    struct cpu_mask seen;
};

void gauge_cpu_times_deinit(struct gauge_cpu_times *times);
/* Cores that are on, load and clock of each. */
void gauges_add_cpus(const struct reader_env *env, struct gauge_cpu_times *times,
                     struct gauge_list *list);
/* RAM and swap. */
void gauges_add_memory(const struct reader_env *env, struct gauge_list *list);
/* Thermal zones, the sensors of x86 processors, fans. */
void gauges_add_thermal(const struct reader_env *env, struct gauge_list *list);
/* Power mode, rails, GPU and memory controller of a Jetson; nothing elsewhere. */
void gauges_add_jetson(const struct reader_env *env, struct gauge_list *list);
