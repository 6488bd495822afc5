/* SPDX-License-Identifier: Apache-2.0 */
/* readers/amdgpu_metrics.h - the table of figures that AMD's firmware fills, gpu_metrics */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AMDGPU_METRICS_SIZE = 4096 };

struct amdgpu_metrics {
    unsigned format; /* 1: a card, 2 and 3: graphics within a processor */
    unsigned content;
    bool has_energy; /* this revision has an accumulator that is known, and it is filled */
    uint64_t energy_uj;
};

/* false: no such table. A revision that is not known has no energy: nothing is guessed. */
bool amdgpu_metrics_parse(const void *bytes, size_t size, struct amdgpu_metrics *metrics_out);
