/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_msr_plan.c - which energy registers a processor has, and what a count is worth
 *
 * Intel SDM volume 3, "Platform Specific Power Management Support"; AMD PPR of family 17h;
 * exceptions as Linux drivers/powercap/intel_rapl_common.c has them. Model numbers are of family 6:
 * arch/x86/include/asm/intel-family.h.
 */
#include "readers/rapl_msr_plan.h"

#include <stddef.h>
#include <string.h>

#include "base/attributes.h"

static const double DRAM_FIXED_UJ = 15.3;

static bool is_one_of(int model, const int *models, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (models[i] == model)
            return true;
    }
    return false;
}

static bool plan_intel(const struct cpuinfo *info, struct rapl_msr_plan *plan)
{
    /* Haswell-EP, Broadwell-EP, Skylake-SP and kin, Ice Lake-SP, Ice Lake-D, Knights */
    static const int dram_fixed[] = { 0x3f, 0x4f, 0x55, 0x6a, 0x6c, 0x57, 0x85 };
    static const int inverted[] = { 0x37, 0x4a, 0x4c, 0x5a };
    /* Avoton: nobody says by which rule it counts */
    static const int unknown[] = { 0x4d };
    /* Broadwell-DE: Linux' two drivers do not agree what its DRAM counts */
    static const int dram_unknown[] = { 0x56 };

    if (info->family != 6 || is_one_of(info->model, unknown, ARRAY_LENGTH(unknown)))
        return false;
    *plan = (struct rapl_msr_plan){
        .unit_address = 0x606,
        .package_address = 0x611,
        .info_address = 0x614,
        .limit_address = 0x610,
        .inverted = is_one_of(info->model, inverted, ARRAY_LENGTH(inverted)),
        .dram_fixed = is_one_of(info->model, dram_fixed, ARRAY_LENGTH(dram_fixed)),
        .per_die = true,
    };
    if (!plan->inverted && !is_one_of(info->model, dram_unknown, ARRAY_LENGTH(dram_unknown)))
        plan->dram_address = 0x619;
    if (plan->inverted)
        plan->info_address = plan->limit_address = 0; /* in units of their own */
    return true;
}

bool rapl_msr_plan(const struct cpuinfo *info, struct rapl_msr_plan *plan_out)
{
    if (strcmp(info->vendor, "GenuineIntel") == 0)
        return plan_intel(info, plan_out);
    if (!cpuinfo_is_amd(info) || info->family < 0x17)
        return false;
    *plan_out = (struct rapl_msr_plan){
        .unit_address = 0xc0010299,
        .package_address = 0xc001029b,
    };
    return true;
}

double rapl_msr_unit_uj(const struct rapl_msr_plan *plan, uint64_t unit_register, bool dram)
{
    unsigned status = (unsigned)(unit_register >> 8 & 0x1f);

    if (unit_register == 0)
        return 0;
    if (dram && plan->dram_fixed)
        return DRAM_FIXED_UJ;
    return plan->inverted ? (double)(UINT64_C(1) << status) : 1e6 / (double)(UINT64_C(1) << status);
}

static double in_watts(uint64_t unit_register, uint64_t count)
{
    return (double)(count & 0x7fff) / (double)(UINT64_C(1) << (unit_register & 0xf));
}

double rapl_msr_rated_watts(uint64_t unit_register, uint64_t info_register)
{
    return in_watts(unit_register, info_register);
}

double rapl_msr_burst_watts(uint64_t unit_register, uint64_t limit_register)
{
    return in_watts(unit_register, limit_register >> 32);
}
