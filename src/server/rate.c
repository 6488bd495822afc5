/* SPDX-License-Identifier: Apache-2.0 */
/* server/rate.c - so many requests at once, and then one each interval: rate_limit of the web configuration */
#include "server/rate.h"

bool rate_take(struct rate_bucket *bucket, const struct rate_limit *limit, int64_t now_mono_ns)
{
    int64_t full_ns = bucket->full_mono_ns > now_mono_ns ? bucket->full_mono_ns : now_mono_ns;

    if (limit->interval_ns == 0)
        return true;
    /* each one that came is owed an interval; as many as the burst may be owed at once */
    if (full_ns - now_mono_ns > (limit->burst - 1) * limit->interval_ns)
        return false;
    bucket->full_mono_ns = full_ns + limit->interval_ns;
    return true;
}
