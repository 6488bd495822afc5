/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate.h - a footprint from hardware, time and place, without measuring */
#pragma once

#include "base/error.h"
#include "model/documents.h"

/* NULL and NAN: not given. */
struct estimate_query {
    const char *gpu;
    const char *cpu;
    int64_t
        count; /* of the GPU, or of the CPU when no GPU is named; a CPU beside GPUs counts once */
    double memory_gib;
    double hours;
    double power_watts; /* of one device, instead of the table's */
    double utilization; /* 0-1, linear */
    double pue;
    bool embodied;
    double lifetime_years;
    struct intensity intensity;
};

/**
 * estimate_make() - energy = count x hours x watts x utilisation x PUE, of the devices named and no
 * others
 * Return: 0, -EINVAL when no device or no time is named, -ENOMEM. An unknown model name is assumed
 * and warned of, never an error.
 */
int estimate_make(const struct estimate_query *query, struct estimate *estimate_out,
                  struct aico2_error *err);
void estimate_deinit(struct estimate *estimate);
