/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/cpu_default.h - what stands in for a CPU whose name matches nothing */
#pragma once

#include "catalog/cpu_arm.h"
#include "catalog/cpu_name.h"

struct cpu_default {
    double tdp_watts; /* of a middle package of the class */
    double band_ratio;
    int threads;      /* of that package; 0 unknown */
    bool per_package; /* power goes by the package, not by the thread */
    char label[64];   /* "Xeon Scalable 3rd gen (Ice Lake)", "Intel Core ...K" */
};

/* core: the ARM design, NULL not known. */
void cpu_default_find(const struct cpu_query *query, const struct cpu_name *name,
                      const struct arm_core *core, struct cpu_default *default_out);
