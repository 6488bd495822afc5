/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauges.c - what a monitor shows of this machine beside energy: loads, clocks, temperatures */
#include "readers/gauges.h"

#include <errno.h>
#include <stdlib.h>

#include "readers/gauge_sources.h"

struct gauges {
    struct reader_env env; /* borrowed descriptors */
    struct gauge_list list;
    struct gauge_cpu_times cpu_times;
};

int gauges_new(const struct reader_env *env, struct gauges **gauges_out)
{
    struct gauges *gauges = calloc(1, sizeof(*gauges));

    if (gauges == NULL)
        return -ENOMEM;
    gauges->env = *env;
    *gauges_out = gauges;
    return 0;
}

void gauges_free(struct gauges *gauges)
{
    if (gauges == NULL)
        return;
    gauge_list_deinit(&gauges->list);
    gauge_cpu_times_deinit(&gauges->cpu_times);
    free(gauges);
}

int gauges_read(struct gauges *gauges, const struct gauge **items_out, size_t *count_out)
{
    struct gauge_list *list = &gauges->list;

    list->count = 0;
    list->failed = false;
    gauges_add_jetson(&gauges->env, list);
    gauges_add_cpus(&gauges->env, &gauges->cpu_times, list);
    gauges_add_memory(&gauges->env, list);
    gauges_add_thermal(&gauges->env, list);
    *items_out = list->items;
    *count_out = list->count;
    return list->failed ? -ENOMEM : 0;
}
