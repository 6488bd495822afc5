/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/stolen_time.c - what a hypervisor took, out of a clock that counts it */
#include "attribution/stolen_time.h"

#include <math.h>

void stolen_time_see(struct stolen_time *stolen, int64_t busy_ns, int64_t stolen_ns)
{
    int64_t ran_ns = busy_ns - stolen->busy_ns;
    int64_t taken_ns = stolen_ns - stolen->stolen_ns;

    stolen->ratio = 0;
    if (busy_ns < 0)
        return;
    if (ran_ns >= 0 && taken_ns > 0)
        stolen->ratio = (double)taken_ns / (double)(ran_ns + taken_ns);
    stolen->busy_ns = busy_ns;
    stolen->stolen_ns = stolen_ns;
}

int64_t stolen_time_within(const struct stolen_time *stolen, int64_t gained_ns)
{
    return gained_ns > 0 ? llround((double)gained_ns * stolen->ratio) : 0;
}
