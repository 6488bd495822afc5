/* SPDX-License-Identifier: Apache-2.0 */
/* readers/patience.c - leaves a sensor alone for a while whose failures keep the loop waiting */
#include "readers/patience.h"

#include "base/clock.h"

/* What fails sooner costs no more than what works. */
static const int64_t SLOW_NS = 50 * NSEC_PER_MSEC;
static const int64_t MOST_NS = 60 * NSEC_PER_SEC;

enum { TIMES = 20 };

int patience_check(const struct patience *patience, int64_t now_ns)
{
    return now_ns < patience->until_ns ? patience->code : 0;
}

void patience_take(struct patience *patience, int64_t began_ns, int64_t ended_ns, int code)
{
    int64_t took_ns = ended_ns - began_ns;

    if (code >= 0 || took_ns < SLOW_NS)
        return;
    patience->code = code;
    patience->until_ns = ended_ns + (took_ns < MOST_NS / TIMES ? took_ns * TIMES : MOST_NS);
}
