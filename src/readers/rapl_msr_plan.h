/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_msr_plan.h - which energy registers a processor has, and what a count is worth */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "readers/cpuinfo.h"

struct rapl_msr_plan {
    uint64_t unit_address;
    uint64_t package_address;
    uint64_t dram_address;  /* 0: none that can be trusted */
    uint64_t info_address;  /* 0: none tells the rating */
    uint64_t limit_address; /* 0: none tells what is allowed for seconds */
    bool inverted;          /* Silvermont: 2^n uJ a count, not 1/2^n J */
    bool dram_fixed;        /* its DRAM counts 15.3 uJ, whatever the unit register says */
    bool per_die;           /* a counter of each die; else of each package */
};

/* false: no registers are known of this processor. */
bool rapl_msr_plan(const struct cpuinfo *info, struct rapl_msr_plan *plan_out);

/* Microjoules a count; 0: the register says nothing. */
double rapl_msr_unit_uj(const struct rapl_msr_plan *plan, uint64_t unit_register, bool dram);

/* Watts by the power-info register; 0: it says none. */
double rapl_msr_rated_watts(uint64_t unit_register, uint64_t info_register);
/* The same of the limit for seconds, by the power-limit register. */
double rapl_msr_burst_watts(uint64_t unit_register, uint64_t limit_register);
