/* SPDX-License-Identifier: Apache-2.0 */
/* writers/seed_usage.h - a run's load in the three figures that the original project knows */
#pragma once

#include "model/report.h"

/* NAN: nothing was read. */
struct seed_usage {
    double cpu_percent;
    double ram_percent;
    double gpu_percent;
};

struct seed_usage seed_usage_of(const struct report *report);
/* Of the first GPU; "" without one. */
const char *seed_gpu_model(const struct report *report);
