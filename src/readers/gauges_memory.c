/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauges_memory.c - memory and swap in use, as live figures */
#include <string.h>

#include "readers/gauge_sources.h"

#include "base/fs.h"
#include "readers/proc_memory.h"

enum { MEMINFO_SIZE = 16384 };

void gauges_add_memory(const struct reader_env *env, struct gauge_list *list)
{
    char text[MEMINFO_SIZE];
    struct meminfo memory;
    struct gauge *gauge;
    uint64_t swap_kib;
    uint64_t free_kib;

    if (fs_read_text_at(env->proc_fd, "meminfo", text, sizeof(text), NULL) <= 0 ||
        !meminfo_parse(text, &memory))
        return;
    gauge = gauge_add(list, GAUGE_BYTES, "memory.used");
    gauge->value = (double)(memory.total_bytes - memory.available_bytes);
    gauge->limit = (double)memory.total_bytes;
    if (!meminfo_find_kib(text, "SwapTotal", &swap_kib) ||
        !meminfo_find_kib(text, "SwapFree", &free_kib) || free_kib > swap_kib)
        return;
    gauge = gauge_add(list, GAUGE_BYTES, "swap.used");
    gauge->value = (double)(swap_kib - free_kib) * 1024;
    gauge->limit = (double)swap_kib * 1024;
}
