/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/fake_perf.c - performance counters of CPUs that say what a test says */
#include "fake_perf.h"

#include <errno.h>
#include <math.h>

#include "support.h"

enum { FIRST_DESCRIPTOR = 1000000 };

static int open_event(void *payload, uint32_t type, uint64_t config, int cpu)
{
    struct fake_perf *perf = payload;

    for (size_t i = 0; i < perf->count; i++) {
        struct fake_perf_counter *counter = &perf->counters[i];

        if (counter->type != type || counter->config != config || counter->cpu != cpu)
            continue;
        if (counter->open_error != 0)
            return counter->open_error;
        assert_true(perf->descriptors < 4 * FAKE_PERF_MAX);
        counter->opened++;
        perf->base[perf->descriptors] = counter->value;
        perf->counter_of[perf->descriptors] = (int)i;
        perf->open_now++;
        return FIRST_DESCRIPTOR + (int)perf->descriptors++;
    }
    return -EINVAL;
}

static int read_event(void *payload, int fd, uint64_t *value_out)
{
    struct fake_perf *perf = payload;
    size_t at = (size_t)(fd - FIRST_DESCRIPTOR);
    struct fake_perf_counter *counter;

    assert_true(fd >= FIRST_DESCRIPTOR && at < perf->descriptors && perf->counter_of[at] >= 0);
    counter = &perf->counters[perf->counter_of[at]];
    if (counter->read_error != 0)
        return counter->read_error;
    *value_out = counter->value - perf->base[at];
    return 0;
}

static void close_event(void *payload, int fd)
{
    struct fake_perf *perf = payload;
    size_t at = (size_t)(fd - FIRST_DESCRIPTOR);

    assert_true(fd >= FIRST_DESCRIPTOR && at < perf->descriptors && perf->counter_of[at] >= 0);
    perf->counter_of[at] = -1; /* closed twice, or read after that, is a failure */
    perf->open_now--;
}

void fake_perf_init(struct fake_perf *perf)
{
    *perf = (struct fake_perf){
        .events = { open_event, read_event, close_event, perf },
    };
}

struct fake_perf_counter *fake_perf_add(struct fake_perf *perf, uint32_t type, uint64_t config,
                                        int cpu)
{
    struct fake_perf_counter *counter = &perf->counters[perf->count++];

    assert_true(perf->count <= FAKE_PERF_MAX);
    *counter = (struct fake_perf_counter){ .type = type, .config = config, .cpu = cpu };
    counter->value = UINT64_C(123456789012345); /* of before */
    return counter;
}

void fake_perf_use(struct fake_perf_counter *counter, double joules)
{
    counter->value += (uint64_t)llround(joules * 4294967296.0);
}
