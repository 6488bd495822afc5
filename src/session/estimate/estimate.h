/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate/estimate.h - a footprint from hardware, time and place, without measuring */
#pragma once

#include "base/error.h"
#include "model/documents.h"
#include "session/estimate/device.h"

/* NULL and NAN: not given. */
struct estimate_query {
    const char *gpu;
    const char *cpu;
    const struct estimate_device *devices; /* more of them, GPUs first */
    size_t device_count;
    int64_t
        count; /* of the first device, the GPU where one is named; 0: not given, each counts once */
    double memory_gib;
    double hours;
    double gpu_hours;   /* count x hours of the first device, instead of hours */
    double energy_kwh;  /* of all devices before PUE, instead of devices and time */
    double power_watts; /* of one of the first device, instead of the table's */
    double utilization; /* 0-1, linear */
    double pue;
    bool embodied;
    double lifetime_years;
    double servers;         /* whose board, chassis and supplies count too; 0: none */
    const char *pue_source; /* who disclosed it; NULL, "": as given, or 1.0 */
    const char *wue_source; /* NULL: no WUE is known */
    double wue_l_per_kwh;
    struct price price; /* without a currency there is none */
    struct intensity intensity;
    struct market_terms market;
};

/**
 * estimate_make() - energy = count x hours x watts x utilisation x PUE, of the devices named and no
 * others
 * Return: 0, -EINVAL when no device or no time is named or a figure could be of several, -ENOMEM. An unknown model name is assumed
 * and warned of, never an error.
 */
int estimate_make(const struct estimate_query *query, struct estimate *estimate_out,
                  struct aico2_error *err);
void estimate_deinit(struct estimate *estimate);
