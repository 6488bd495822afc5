/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/coarse.c - how much of a figure those get who have not the right to all of it */
#include "sensord/coarse.h"

#include "base/clock.h"

static const int64_t INTERVAL_NS = COARSE_INTERVAL_MS * NSEC_PER_MSEC;

void coarse_begin(struct coarse_pace *pace, int64_t now_ns)
{
    pace->next_ns = now_ns + INTERVAL_NS;
}

bool coarse_is_due(struct coarse_pace *pace, int64_t now_ns)
{
    if (now_ns < pace->next_ns)
        return false;
    pace->next_ns = now_ns + INTERVAL_NS;
    return true;
}

void coarse_taken(struct coarse_pace *pace, int64_t now_ns)
{
    if (pace->next_ns < now_ns + INTERVAL_NS)
        pace->next_ns = now_ns + INTERVAL_NS;
}

void coarse_cut(struct aico2_sensord_reading *reading)
{
    reading->energy_uj -= reading->energy_uj % COARSE_ENERGY_UJ;
    reading->power_uw -= reading->power_uw % COARSE_POWER_UW;
}
